/* SPDX-License-Identifier: ISC */
/* --help=WORD: which options have to do with a word. */
#ifndef OPTIONS_HELP_H
#define OPTIONS_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct help_search {
	const char	*word;		/* without dashes in front */
	bool		 all;
	size_t		 only;		/* the one option that is named by its
					 * letter, or behind dashes; or
					 * SIZE_MAX */
	size_t		 named;		/* the one that has the word, by a
					 * short cut or not; or SIZE_MAX */
};

/*
 * Look for the options of `word': the one of that letter (-w or w) or, behind
 * dashes, of that word; else all of whose theme, word, argument, values or text
 * it is a word, or begins one, and those that need the one that it names.
 */
void		help_search_init(struct help_search *h, const char *word);

/* Whether specs[i] is one of them; of headings, none is. */
bool		help_search_has(const struct help_search *h, size_t i);

/* How many are. */
size_t		help_search_count(const struct help_search *h);

/* RESULT_USAGE: no option has to do with it, and which word is near it. */
enum result	help_check(const char *word, struct error *err);

#endif
