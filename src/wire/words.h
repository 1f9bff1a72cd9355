/* SPDX-License-Identifier: ISC */
/* A command line in one string, split into words without a shell. */
#ifndef WIRE_WORDS_H
#define WIRE_WORDS_H

#include <stddef.h>

enum words_verdict {
	WORDS_OK,
	WORDS_EMPTY,		/* no word at all */
	WORDS_QUOTE,		/* a quote that does not end */
	WORDS_BACKSLASH,	/* a backslash with nothing behind it */
};

/*
 * Split text at blanks, tabs and line ends (LF, CR).  'single quotes' keep
 * everything; "double quotes" keep everything but \" and \\, which are the
 * second character alone; outside of quotes a backslash keeps the next one,
 * even a line end.  Quoted and plain parts with nothing between them are one
 * word, and '' is an empty one.  Nothing is expanded.  On WORDS_OK *words is
 * an array of *count strings and a NULL behind them, for execvp(3), that the
 * caller gives back with words_free(); otherwise both are left alone.
 */
enum words_verdict	words_split(const char *text, char ***words,
			    size_t *count);

/*
 * What a shell would have taken for something else than a word: an operator
 * that is a word of its own or begins one (| > 2>&1 && ;), or a variable or a
 * command to be put in ($NAME ${NAME} $(COMMAND) `COMMAND`), outside of quotes.
 * *length is that of what is returned.  NULL: nothing.
 */
const char		*words_find_shell(const char *text, size_t *length);

/* The array and the strings; NULL: nothing happens. */
void			words_free(char **words);

/* What is wrong, for a message: "a quote does not end" */
const char		*words_verdict_text(enum words_verdict verdict);

#endif
