/* SPDX-License-Identifier: ISC */
/* Copies of sessions: which files, of what. */
#include <string.h>

#include "options/check.h"

/* Two of them in one file would be of no use to anybody. */
static enum result
parser_check_copies_differ(const struct parser *p)
{
	const struct copies_options *o = &p->o->copies;
	const char *const names[] = { o->output, o->hex_dump, o->pcap };

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < i; j++) {
			if (names[i] != NULL && names[j] != NULL &&
			    strcmp(names[i], names[j]) == 0)
				return error_set(p->err, RESULT_USAGE,
				    "--output, --hex-dump and --pcap: '%s' "
				    "can't be two of them", names[i]);
		}
	}
	return RESULT_OK;
}

enum result
options_check_copies(struct parser *p)
{
	const struct copies_options *o = &p->o->copies;
	bool file = o->output != NULL || o->hex_dump != NULL ||
	    o->pcap != NULL;

	if (!file && (o->append || o->required))
		return error_set(p->err, RESULT_USAGE, "--%s goes with "
		    "--output, --hex-dump or --pcap only", o->append ?
		    "append-output" : "output-required");
	return parser_check_copies_differ(p);
}
