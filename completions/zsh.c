/* SPDX-License-Identifier: ISC */
/* What _arguments (zshcompsys) takes, one array of it for each program. */
#include <stdio.h>
#include <string.h>

#include "completions/shells.h"

static const char *const actions[] = {
	[TAKES_TEXT] = " ",
	[TAKES_FILE] = "_files",
	[TAKES_DIRECTORY] = "_files -/",
	[TAKES_COMMAND] = "_command_names -e",
	[TAKES_HOST] = "_hosts",
	[TAKES_TARGET] = "_sockcat_target",
	[TAKES_INTERFACE] = "_net_interfaces",
	[TAKES_USER] = "_users",
	[TAKES_OPTION] = "_sockcat_words",
};

/* In single quotes, with a backslash in front of what means something to
 * _arguments. */
static void
print_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr("[]\\:", *text) != NULL)
			putchar('\\');
		putchar(*text);
	}
}

/* All names of those that are not to be offered beside this one. */
static void
print_excluded(const struct program *p, const struct item *item)
{
	char before = '(';

	for (size_t i = 0; i < p->items; i++) {
		const struct item *other = &p->item[i];

		for (size_t n = 0; n < other->names &&
		    program_excludes(item, other); n++) {
			printf("%c%s", before, other->name[n]);
			before = ' ';
		}
	}
	if (before == ' ')
		putchar(')');
	if (item->again)
		putchar('*');
}

static void
print_values(const struct choices *choices, const char *separator)
{
	for (const char *const *v = choices->value; *v != NULL; v++)
		printf("%s%s", v == choices->value ? "" : separator, *v);
}

static void
print_action(const struct item *item)
{
	fputs(item->argument == ARGUMENT_OPTIONAL ? "::" : ":", stdout);
	print_text(item->arg);
	putchar(':');
	if (item->choices == NULL) {
		fputs(item->port ? "_ports" : actions[item->takes], stdout);
		return;
	}
	fputs(item->choices->list ? "{_values -s , kind " : "(", stdout);
	print_values(item->choices, " ");
	putchar(item->choices->list ? '}' : ')');
}

/* Letters have no argument that may be left out. */
static void
print_name(const struct program *p, const struct item *item, const char *name)
{
	bool word = name[1] == '-';
	bool has = item->argument == ARGUMENT_NEEDED ||
	    (word && item->argument == ARGUMENT_OPTIONAL);

	fputs("\t\t'", stdout);
	print_excluded(p, item);
	fputs(name, stdout);
	if (has)
		fputs(!word ? "+" : item->argument == ARGUMENT_OPTIONAL ?
		    "=-" : "=", stdout);
	putchar('[');
	print_text(item->help);
	putchar(']');
	if (has)
		print_action(item);
	puts("'");
}

void
zsh_print(const struct program *p)
{
	printf("_sockcat_options_%s() {\n\toptions=(\n", p->name);
	for (size_t i = 0; i < p->items; i++) {
		for (size_t n = 0; n < p->item[i].names; n++)
			print_name(p, &p->item[i], p->item[i].name[n]);
	}
	fputs("\t)\n\toption_words=(", stdout);
	for (size_t i = 0; i < p->items; i++) {
		for (size_t n = 0; n < p->item[i].names; n++) {
			if (p->item[i].name[n][1] == '-')
				printf(" %s", p->item[i].name[n] + 2);
		}
	}
	puts(" )\n}\n");
}
