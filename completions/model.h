/* SPDX-License-Identifier: ISC */
/*
 * The options of a program as a shell offers them, made of the tables of
 * src/options: ours, or those of a personality.
 */
#ifndef COMPLETIONS_MODEL_H
#define COMPLETIONS_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "options/choices.h"
#include "options/personality.h"
#include "options/table.h"

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_OPTIONAL,	/* behind a = only, and of words only */
	ARGUMENT_NEEDED,
};

#define ITEM_NAMES	5

struct item {
	char		 name[ITEM_NAMES][40];	/* -w, --wait ...; "" ends */
	size_t		 names;
	const char	*help;
	enum argument	 argument;
	const char	*arg;		/* its name */
	enum takes	 takes;
	bool		 port;		/* it takes that */
	const struct choices *choices;
	bool		 again;		/* it can be given more than once */
	const struct spec *spec;	/* what it is of ours; NULL: nothing */
};

struct program {
	const char	*name;		/* sockcat, nc, ncat */
	const char	*const *called;	/* other names */
	struct item	 item[SPEC_MAX + PERSONALITY_OPTIONS];
	size_t		 items;
};

/* What the i-th personality is, from 0.  False: there is none. */
bool	program_make(struct program *p, unsigned i);

/* Whether b is not to be offered where a was given: they exclude each other, or
 * it is the same option, and once is enough. */
bool	program_excludes(const struct item *a, const struct item *b);

#endif
