/* SPDX-License-Identifier: ISC */
/*
 * generate bash|zsh|fish: copy the completion of that shell from standard input
 * to standard output, with what is made of the tables of options, for sockcat
 * and each personality, in the place of the line "# @OPTIONS@".
 */
#include <stdio.h>
#include <string.h>

#include "completions/shells.h"

static const struct {
	const char	*name;
	void		 (*print)(const struct program *p);
} shells[] = {
	{ "bash", bash_print },
	{ "zsh", zsh_print },
	{ "fish", fish_print },
};

static void
print_all(void (*print)(const struct program *p))
{
	static struct program p;

	for (unsigned i = 0; program_make(&p, i); i++)
		print(&p);
}

int
main(int argc, char **argv)
{
	void (*print)(const struct program *) = NULL;
	char line[1024];

	for (size_t i = 0; argc == 2 && i < sizeof(shells) /
	    sizeof(shells[0]); i++) {
		if (strcmp(shells[i].name, argv[1]) == 0)
			print = shells[i].print;
	}
	if (print == NULL) {
		fputs("usage: generate bash|zsh|fish <engine\n", stderr);
		return 2;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, "# @OPTIONS@\n") == 0)
			print_all(print);
		else
			fputs(line, stdout);
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
