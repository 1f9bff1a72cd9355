/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <string.h>

#include "options_check.h"

/* Letters that other netcats have, and what becomes of them here. */
static const struct {
	char		 letter;
	const char	*text;
} foreign[] = {
	{ 'g', "source routing is gone from the Internet" },
	{ 'o', "a copy of the session is not in this version" },
	{ 'x', "proxies are not in this version" },
	{ 'X', "proxies are not in this version" },
	{ 'P', "proxies are not in this version" },
	{ 'V', "routing tables can't be chosen; --interface and --mark can" },
};

static enum result
parser_refuse_letter(const struct parser *p, int letter)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (foreign[i].letter == letter)
			return error_set(p->err, RESULT_USAGE, "unknown option "
			    "-%c: %s", letter, foreign[i].text);
	}
	return error_set(p->err, RESULT_USAGE, "unknown option -%c (see "
	    "--help)", letter);
}

/* getopt_long(3) did not like a word. */
enum result
options_refuse(const struct parser *p, int value, const struct spec *s,
    char *const *argv)
{
	char name[64];

	if (value == ':' && s != NULL)
		return error_set(p->err, RESULT_USAGE, "%s: needs an argument, "
		    "%s", spec_name(s, name), s->arg);
	if (optopt != 0 && s != NULL)
		return error_set(p->err, RESULT_USAGE,
		    "%s: takes no argument", argv[optind - 1]);
	if (optopt != 0)
		return parser_refuse_letter(p, optopt);
	return error_set(p->err, RESULT_USAGE, "unknown or ambiguous option "
	    "%s (see --help)", argv[optind - 1]);
}
