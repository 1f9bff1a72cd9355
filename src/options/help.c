/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options/options.h"
#include "options/table.h"

static void
help_print_option(const struct spec *s, FILE *to)
{
	char left[64];
	int n = 0;

	if (s->letter != 0)
		n += snprintf(left, sizeof(left), "  -%c", s->letter);
	else
		n += snprintf(left, sizeof(left), "    ");
	if (s->word != NULL)
		n += snprintf(left + n, sizeof(left) - (size_t)n, "%s--%s",
		    s->letter != 0 ? ", " : "  ", s->word);
	if (s->arg != NULL)
		snprintf(left + n, sizeof(left) - (size_t)n,
		    spec_has_argument(s) == optional_argument ? "[=%s]" :
		    " %s", s->arg);
	if (strlen(left) > 28)
		fprintf(to, "%s\n%30s%s\n", left, "", s->help);
	else
		fprintf(to, "%-30s%s\n", left, s->help);
}

void
options_print_help(FILE *to)
{
	fputs("usage: sockcat [options] host port        connect\n"
	    "       sockcat [options] host:port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat -l [options] [host] port   listen\n"
	    "       sockcat -l [options] -U path\n"
	    "       sockcat -z [options] host port ... scan\n"
	    "\n"
	    "T and IDLE are times: 500ms, 5s (or 5), 2m, 1h.\n"
	    "SIZE and RATE are bytes, or with k, M or G behind as many times "
	    "1024.\n", to);
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].kind == KIND_HEADING)
			fprintf(to, "\n%s:\n", specs[i].help);
		else
			help_print_option(&specs[i], to);
	}
}
