/* SPDX-License-Identifier: ISC */
/*
 * Who sockcat is: itself, or the program that scripts expect under the name it
 * was called by.  A personality is a row of data: which options there are and
 * what they mean among ours (options/table.h), what is so without any, how it
 * speaks and what its statuses are.  The rest of the program knows none.
 *
 * A new one: a file with a `struct personality', and a row in personality.c.
 */
#ifndef OPTIONS_PERSONALITY_H
#define OPTIONS_PERSONALITY_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "net/life.h"
#include "options/options.h"

struct parser;

/* An option of another program.  What is said of it is for people. */
struct personality_option {
	int		 letter;	/* 0: none */
	const char	*word;		/* NULL: none */
	const char	*arg;		/* name of the argument; NULL: it has
					 * none */
	const char	*means;		/* the word of ours; NULL: none */
	const char	*value;		/* what that gets, if it is not the
					 * argument */
	/* Looks at the argument (NULL: there is none), and may put
	 * another in its place; RESULT_USAGE.  NULL: it is taken. */
	enum result	(*read)(struct parser *p, const char **arg);
	const char	*refusal;	/* why it is not taken; or NULL */
	const char	*help;		/* one line, for completions, too */
	bool		 unlisted;	/* not among the letters of -h */
};

#define PERSONALITY_OPTIONS	96	/* at most */

struct personality {
	const char	*name;		/* of --compat */
	const char	*const *called;	/* names in argv[0], besides; ends with
					 * NULL */
	const char	*says;		/* in front of messages; NULL: what it
					 * was called */
	/* The options; the last one has neither letter nor word.  NULL: ours.
	 * Ours that have another word are there, too. */
	const struct personality_option *options;
	/* Options that are as if not given where the second is; by words of
	 * ours, ends with NULL. */
	const char	*const (*without_effect)[2];
	/* The same, where the second is not. */
	const char	*const (*no_effect_without)[2];
	/* Statuses of main(), by results; NULL: ours. */
	const int	*status;
	/* Said behind some mistakes of usage (options.show_usage), and to
	 * whoever asks for help.  NULL: ours. */
	const char	*usage;
	const char	*help;
	bool		 lists_letters;	/* ... and a line about each letter */
	int		 help_fd, help_status;
	const char	*version;	/* NULL: ours */
	int		 version_fd;

	/* Any of these may be NULL. */

	/* What is so unless an option says otherwise. */
	void		 (*defaults)(struct options *o);
	/* getopt_long(3) has said `value' (':' or '?'): what is wrong.
	 * RESULT_USAGE.  `name' is the option as it was given, without dashes;
	 * `letter' whether that is one. */
	enum result	 (*refuse)(struct parser *p, int value,
			    const char *name, bool letter);
	/* After all options, before what excludes what is looked at. */
	enum result	 (*check)(struct parser *p);
	/* ... and after that, instead of options_read_operands(). */
	enum result	 (*read_operands)(struct parser *p, int count,
			    char *const *operand);
	/* When all was read, before it is checked. */
	enum result	 (*finish)(struct parser *p);
	/* Connections; context is the struct options. */
	life_hearer	*hear;
	/* The run has failed: whether that has been said, or is not to be.
	 * *result may become another one, for its status. */
	bool		 (*say_failure)(const struct options *o,
			    enum result *result, const struct error *err);
};

/* Who sockcat is, by --compat, or else by argv[0]; itself if that names nobody.
 * NULL: --compat names nobody, which is in err; RESULT_USAGE. */
const struct personality *personality_find(int argc, char *const *argv,
			    struct error *err);

/* The i-th, from 0: sockcat itself; NULL behind the last. */
const struct personality *personality_at(unsigned i);

/* What it says to whoever asks for help; it has one. */
void			 personality_print_help(const struct personality *who,
			    FILE *to);

/* Speak as that one, from now on. */
void			 personality_assume(const struct personality *who);

/* ... of what happens to connections; o has been read, and stays. */
void			 personality_hear(const struct personality *who,
			    const struct options *o);

#endif
