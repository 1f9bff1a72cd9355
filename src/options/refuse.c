/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <string.h>

#include "options/check.h"
#include "wire/nearest.h"

/* Letters that other netcats have, and what becomes of them here. */
static const struct {
	char		 letter;
	const char	*text;
} foreign[] = {
	{ 'g', "source routing is gone from the Internet" },
	{ 'G', "source routing is gone from the Internet" },
	{ 'J', "sockcat is not ssh: to connect clients to another place, -l "
	    "and --forward" },
	{ 'L', "to connect clients to another place as ssh does, -l and "
	    "--forward; to go on after the first client, -lk" },
	{ 'o', "a copy of the session is --output, or --hex-dump" },
	{ 'V', "routing tables can't be chosen, --interface and --so-mark can; "
	    "the version is --version" },
	{ 'Z', "the peer's certificates are saved by --tls-peer-cert" },
	{ '?', "--help" },
};

/* Words that other programs have. */
static const struct {
	const char	*word;
	const char	*text;
} foreign_words[] = {
	{ "cacert", "--tls-ca" },
	{ "fork", "-k (--keep-open)" },
	{ "host", "the host is an operand: sockcat host port" },
	{ "lua-exec", "--exec runs any program" },
	{ "no-check-certificate", "--tls-insecure" },
	{ "port", "the port is the last operand; --source-port is a local "
	    "one" },
	{ "ssl-verify", "a peer's certificate is verified unless "
	    "--tls-insecure says otherwise" },
	{ "verify", "a peer's certificate is verified unless --tls-insecure "
	    "says otherwise" },
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

/* --- words that may be meant --------------------------------------------- */

static enum result
parser_refuse_word(const struct parser *p, const char *arg)
{
	const char *text = arg + 2;
	size_t length = strcspn(text, "=");
	struct nearest nearest;
	char words[256];

	for (size_t i = 0; i < sizeof(foreign_words) /
	    sizeof(foreign_words[0]); i++) {
		if (strlen(foreign_words[i].word) == length &&
		    strncmp(foreign_words[i].word, text, length) == 0)
			return error_set(p->err, RESULT_USAGE, "unknown option "
			    "%s: %s", arg, foreign_words[i].text);
	}
	spec_nearest(&nearest, text, length);
	if (nearest.count == 0)
		return error_set(p->err, RESULT_USAGE, "unknown option %s (see "
		    "--help)", arg);
	return error_set(p->err, RESULT_USAGE, "%s option %s: is %s meant?",
	    nearest_is_begun(&nearest) ? "ambiguous" : "unknown", arg,
	    nearest_name(&nearest, words, sizeof(words)));
}

/* Of which kind the argument is, as far as its name does not tell. */
static const char *
spec_wants(const struct spec *s)
{
	switch (s->kind) {
	case KIND_TIME:
	case KIND_TIME_NEVER:
		return " (a time: 500ms, 5s)";
	case KIND_SIZE:
		return " (bytes: 65536, 64k)";
	case KIND_RATE:
		return " (bytes a second: 65536, 64k)";
	default:
		return "";
	}
}

const char *
options_other(const struct spec *s)
{
	return s->word != NULL && strcmp(s->word, "mark") == 0 ?
	    " (the socket option is --so-mark)" : "";
}

enum result
options_refuse(const struct parser *p, int value, const struct spec *s,
    char *const *argv)
{
	char name[64];

	if (value == SPEC_NO_WORD)
		return parser_refuse_word(p, "--" SPEC_NO_WORD_TEXT);
	if (value == ':' && s != NULL)
		return error_set(p->err, RESULT_USAGE, "%s: needs an argument, "
		    "%s%s", spec_name(s, name), s->arg, spec_wants(s));
	if (optopt != 0 && s != NULL)
		return error_set(p->err, RESULT_USAGE,
		    "%s: takes no argument%s", argv[optind - 1],
		    options_other(s));
	if (optopt != 0)
		return parser_refuse_letter(p, optopt);
	return parser_refuse_word(p, argv[optind - 1]);
}
