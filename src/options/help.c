/* SPDX-License-Identifier: ISC */
/* --help: what most people need, all that there is, what has to do with a
 * word. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options/choices.h"
#include "options/help.h"
#include "options/options.h"
#include "options/table.h"

#define TEXT_COLUMN	30
#define LEFT_MOST	28	/* columns of an option that has its text beside
				 * it */
#define LINE_MOST	79

#define TIMES		"500ms, 5s (or 5), 2m, 1h.\n"
#define BYTES		"bytes, or with k, M or G behind as many times 1024.\n"

/* Text in its column. */
struct column {
	FILE		*to;
	size_t		 used;		/* of the line */
};

static void
column_next_line(struct column *c)
{
	fprintf(c->to, "\n%*s", TEXT_COLUMN, "");
	c->used = TEXT_COLUMN;
}

/* A word, on the next line if there is no room. */
static void
column_put(struct column *c, const char *word)
{
	size_t length = strlen(word);

	if (c->used > TEXT_COLUMN && c->used + 1 + length > LINE_MOST)
		column_next_line(c);
	else if (c->used > TEXT_COLUMN)
		c->used += (size_t)fprintf(c->to, " ");
	fputs(word, c->to);
	c->used += length;
}

/* A word of n bytes, with something in front of it and behind. */
static void
column_put_item(struct column *c, const char *before, const char *word, int n,
    const char *behind)
{
	char item[80];

	snprintf(item, sizeof(item), "%s%.*s%s", before, n, word, behind);
	column_put(c, item);
}

/* The words of a text, with something behind the last one. */
static void
column_put_text(struct column *c, const char *text, const char *behind)
{
	for (;;) {
		size_t n = strcspn(text, " ");

		column_put_item(c, "", text, (int)n, text[n] == '\0' ?
		    behind : "");
		if (text[n] == '\0')
			return;
		text += n + 1;
	}
}

static void
column_put_choices(struct column *c, const struct choices *choices)
{
	for (const char *const *v = choices->value; *v != NULL; v++) {
		if (v > choices->value && v[1] == NULL)
			column_put(c, "or");
		column_put_item(c, "", *v, (int)strlen(*v), v[1] != NULL &&
		    v[2] != NULL ? "," : "");
	}
}

/* --- one option ---------------------------------------------------------- */

static void
column_put_option(struct column *c, const struct spec *s, const char *behind)
{
	char left[64];
	int n;

	n = snprintf(left, sizeof(left), s->letter != 0 ? "  -%c" : "    ",
	    s->letter);
	if (s->word != NULL)
		n += snprintf(left + n, sizeof(left) - (size_t)n, "%s--%s",
		    s->letter != 0 ? ", " : "  ", s->word);
	if (s->arg != NULL)
		n += snprintf(left + n, sizeof(left) - (size_t)n,
		    spec_has_argument(s) == optional_argument ? "[=%s]" :
		    " %s", s->arg);
	if (n > LEFT_MOST)
		fprintf(c->to, "%s\n%*s", left, TEXT_COLUMN, "");
	else
		fprintf(c->to, "%-*s", TEXT_COLUMN, left);
	c->used = TEXT_COLUMN;
	column_put_text(c, s->help, behind);
}

/* Sets that are large and not all that there is are left to --help=WORD. */
static void
print_option(FILE *to, const struct spec *s, bool open_sets)
{
	struct column c = { .to = to };
	bool choices = s->choices != NULL && (open_sets || !s->choices->open);

	column_put_option(&c, s, choices ? ":" : "");
	if (choices)
		column_put_choices(&c, s->choices);
	fputc('\n', to);
}

/* What the table says of one and others: the second word of the rows that have
 * it first and, if both ways, the first of those that have it second. */
static void
print_rows(FILE *to, const char *label, const char *const (*row)[2],
    const struct spec *s, bool both_ways)
{
	struct column c = { .to = to };

	for (; (*row)[0] != NULL; row++) {
		bool first = strcmp((*row)[0], s->word) == 0;

		if (!first && (!both_ways || strcmp((*row)[1], s->word) != 0))
			continue;
		if (c.used == 0) {
			fprintf(to, "%*s", TEXT_COLUMN, "");
			c.used = TEXT_COLUMN;
			column_put(&c, label);
		}
		column_put_item(&c, "--", (*row)[first],
		    (int)strlen((*row)[first]), "");
	}
	if (c.used > 0)
		fputc('\n', to);
}

static void
print_details(FILE *to, const struct spec *s)
{
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		if (strcmp(a->means, s->word) == 0)
			fprintf(to, "%*salso: --%s\n", TEXT_COLUMN, "",
			    a->word);
	}
	print_rows(to, "only with:", spec_needs, s, false);
	print_rows(to, "not with:", spec_conflicts, s, true);
}

/* --- all of it ----------------------------------------------------------- */

static void
print_common(FILE *to)
{
	fputs("usage: sockcat [options] host port           connect\n"
	    "       sockcat -l [options] [host] port      listen\n"
	    "       sockcat -z [options] host port ...    see which ports are "
	    "open\n"
	    "\n", to);
	for (const struct spec *s = specs; s->kind != KIND_END; s++) {
		if (s->common)
			print_option(to, s, false);
	}
	fputs("\n"
	    "T is a time: " TIMES
	    "All options: --help=all; what has to do with WORD: --help=WORD; "
	    "man sockcat\n", to);
}

static void
print_usage(FILE *to)
{
	fputs("usage: sockcat [options] host port        connect\n"
	    "       sockcat [options] host:port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat -l [options] [host] port   listen\n"
	    "       sockcat -l [options] -U path\n"
	    "       sockcat -z [options] host port ... scan\n"
	    "\n"
	    "T and IDLE are times: " TIMES
	    "SIZE and RATE are " BYTES
	    "\n", to);
}

/* Each below the heading of its part. */
static void
print_found(FILE *to, const struct help_search *h)
{
	size_t heading = 0, printed = SIZE_MAX;
	bool details = help_search_count(h) == 1;

	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].kind == KIND_HEADING)
			heading = i;
		if (!help_search_has(h, i))
			continue;
		if (printed != heading)
			fprintf(to, "%s%s:\n", printed == SIZE_MAX ? "" : "\n",
			    specs[heading].help);
		printed = heading;
		print_option(to, &specs[i], !h->all);
		if (details)
			print_details(to, &specs[i]);
	}
}

/* What stands for a time, and for a number of bytes, among those found. */
static void
print_units(FILE *to, const struct help_search *h)
{
	const char *time = NULL, *bytes = NULL;

	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		enum kind kind = specs[i].kind;

		if (!help_search_has(h, i))
			continue;
		if (kind == KIND_TIME || kind == KIND_TIME_NEVER ||
		    kind == KIND_OPTIONAL_TIME)
			time = specs[i].arg;
		if (kind == KIND_SIZE || kind == KIND_RATE)
			bytes = specs[i].arg;
	}
	if (time != NULL || bytes != NULL)
		fputc('\n', to);
	if (time != NULL)
		fprintf(to, "%s is a time: " TIMES, time);
	if (bytes != NULL)
		fprintf(to, "%s is " BYTES, bytes);
}

void
options_print_help(FILE *to, const char *word)
{
	struct help_search h;

	if (word == NULL) {
		print_common(to);
		return;
	}
	help_search_init(&h, word);
	if (h.all)
		print_usage(to);
	print_found(to, &h);
	if (!h.all)
		print_units(to, &h);
}
