/* SPDX-License-Identifier: ISC */
/* A call of __sockcat_option for each option; engine.fish has what it does. */
#include <stdio.h>

#include "completions/shells.h"

static const char *const actions[] = {
	[TAKES_TEXT] = "",
	[TAKES_DIRECTORY] = "(__fish_complete_directories)",
	[TAKES_COMMAND] = "(__fish_complete_command)",
	[TAKES_HOST] = "(__fish_print_hostnames)",
	[TAKES_TARGET] = "(__sockcat_targets)",
	[TAKES_INTERFACE] = "(__fish_print_interfaces)",
	[TAKES_USER] = "(__fish_complete_users)",
	[TAKES_OPTION] = "(__sockcat_words)",
};

static void
print_quoted(const char *text)
{
	putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

static void
print_values(const struct choices *choices)
{
	fputs(choices->list ? " '(__sockcat_list" : " '", stdout);
	for (const char *const *v = choices->value; *v != NULL; v++)
		printf("%s%s", choices->list || v > choices->value ? " " : "",
		    *v);
	fputs(choices->list ? ")'" : "'", stdout);
}

/* -x: it needs one, which is no file; -r: it needs one. */
static void
print_argument(const struct item *item, bool word)
{
	bool file = item->takes == TAKES_FILE || item->takes == TAKES_TARGET;

	if (item->argument == ARGUMENT_NONE ||
	    (!word && item->argument == ARGUMENT_OPTIONAL))
		return;
	if (item->argument == ARGUMENT_NEEDED)
		fputs(file ? " -rF" : " -x", stdout);
	else if (file)
		fputs(" -F", stdout);
	if (item->takes == TAKES_FILE)
		return;
	fputs(" -a", stdout);
	if (item->choices != NULL)
		print_values(item->choices);
	else
		printf(" '%s'", item->port ? "(__sockcat_ports)" :
		    actions[item->takes]);
}

static void
print_excluded(const struct program *p, const struct item *item)
{
	for (size_t i = 0; i < p->items; i++) {
		const struct item *other = &p->item[i];

		for (size_t n = 0; n < other->names &&
		    program_excludes(other, item); n++)
			printf(" %s", other->name[n]);
	}
}

static void
print_name(const struct program *p, const struct item *item, const char *name)
{
	bool word = name[1] == '-';

	printf("__sockcat_option %s '", p->name);
	print_excluded(p, item);
	printf("' %s %s", word ? "-l" : "-s", name + (word ? 2 : 1));
	print_argument(item, word);
	fputs(" -d ", stdout);
	print_quoted(item->help);
	putchar('\n');
}

/* Letters behind which there is an argument. */
static void
print_letters(const struct program *p)
{
	printf("set -g __sockcat_letters_%s ", p->name);
	for (size_t i = 0; i < p->items; i++) {
		if (p->item[i].argument == ARGUMENT_NEEDED &&
		    p->item[i].name[0][1] != '-')
			fputs(p->item[i].name[0] + 1, stdout);
	}
	putchar('\n');
}

/* Words of options: all, and those that need an argument. */
static void
print_words(const struct program *p, const char *variable, bool needing)
{
	printf("set -g __sockcat_%s_%s", variable, p->name);
	for (size_t i = 0; i < p->items; i++) {
		const struct item *item = &p->item[i];

		for (size_t n = 0; n < item->names && (!needing ||
		    item->argument == ARGUMENT_NEEDED); n++) {
			if (item->name[n][1] == '-')
				printf(" %s", item->name[n] + 2);
		}
	}
	putchar('\n');
}

void
fish_print(const struct program *p)
{
	print_letters(p);
	print_words(p, "words", false);
	print_words(p, "needing", true);
	for (size_t i = 0; i < p->items; i++) {
		for (size_t n = 0; n < p->item[i].names; n++)
			print_name(p, &p->item[i], p->item[i].name[n]);
	}
	putchar('\n');
}
