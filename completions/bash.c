/* SPDX-License-Identifier: ISC */
/*
 * A line for each option, its parts with blanks in between, "-" for none:
 *
 *	NAME,NAME	the names
 *	no|may|needs	the argument
 *	TAKES		what that is: a word, or =a,b,c for a set of values, or
 *			+a,b,c if several can be given
 *	NAME,NAME	what is not offered any more once this was given
 */
#include <stdio.h>

#include "completions/shells.h"

static const char *const arguments[] = {
	[ARGUMENT_NONE] = "no",
	[ARGUMENT_OPTIONAL] = "may",
	[ARGUMENT_NEEDED] = "needs",
};

static const char *const takes[] = {
	[TAKES_TEXT] = "-",
	[TAKES_FILE] = "file",
	[TAKES_DIRECTORY] = "directory",
	[TAKES_COMMAND] = "command",
	[TAKES_HOST] = "host",
	[TAKES_TARGET] = "target",
	[TAKES_INTERFACE] = "interface",
	[TAKES_USER] = "user",
	[TAKES_OPTION] = "option",
};

static void
print_takes(const struct item *item)
{
	char before = item->choices != NULL && item->choices->list ? '+' : '=';

	if (item->choices == NULL) {
		printf(" %s", item->port ? "port" : takes[item->takes]);
		return;
	}
	putchar(' ');
	for (const char *const *v = item->choices->value; *v != NULL; v++) {
		printf("%c%s", before, *v);
		before = ',';
	}
}

/* By the first name of each. */
static void
print_excluded(const struct program *p, const struct item *item)
{
	char before = ' ';

	for (size_t i = 0; i < p->items; i++) {
		if (!program_excludes(item, &p->item[i]))
			continue;
		printf("%c%s", before, p->item[i].name[0]);
		before = ',';
	}
	puts(before == ' ' ? " -" : "");
}

static void
print_item(const struct program *p, const struct item *item)
{
	for (size_t i = 0; i < item->names; i++)
		printf("%s%s", i == 0 ? "" : ",", item->name[i]);
	printf(" %s", arguments[item->argument]);
	print_takes(item);
	print_excluded(p, item);
}

void
bash_print(const struct program *p)
{
	printf("_sockcat_called %s %s", p->name, p->name);
	for (const char *const *called = p->called; *called != NULL; called++)
		printf(" %s", *called);
	printf("\n_sockcat_options[%s]='\n", p->name);
	for (size_t i = 0; i < p->items; i++)
		print_item(p, &p->item[i]);
	puts("'\n");
}
