/* SPDX-License-Identifier: ISC */
/* Copies of sessions: which files, of what. */
#include <string.h>

#include "options/check.h"

/* Two of them in one file would be of no use to anybody; a device, as standard
 * error, may well take two. */
static enum result
parser_check_copies_differ(const struct parser *p)
{
	const struct {
		const char	*option, *file;
	} files[] = {
		{ "output", p->o->copies.output },
		{ "hex-dump", p->o->copies.hex_dump },
		{ "pcap", p->o->copies.pcap },
		{ "report-file", p->o->report.file },
		{ "port-file", p->o->notify.port_file },
	};

	for (size_t i = 1; i < sizeof(files) / sizeof(files[0]); i++) {
		for (size_t j = 0; j < i; j++) {
			if (files[i].file != NULL && files[j].file != NULL &&
			    strcmp(files[i].file, files[j].file) == 0 &&
			    strncmp(files[i].file, "/dev/", 5) != 0)
				return error_set(p->err, RESULT_USAGE,
				    "--%s and --%s: '%s' can't be both",
				    files[j].option, files[i].option,
				    files[i].file);
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
