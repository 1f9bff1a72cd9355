/* SPDX-License-Identifier: ISC */
/* The options as data: what there is, and what does not go together. */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	KIND_FLAG,		/* bool, which becomes true */
	KIND_CLEAR,		/* ... false */
	KIND_SET,		/* int, which becomes spec.value */
	KIND_COUNT,		/* int, one more each time */
	KIND_TEXT,		/* const char * */
	KIND_INT,		/* an integer of any size, from min to max */
	KIND_ANY_BASE,		/* the same, 0x allowed */
	KIND_TIME,		/* int64_t, ns, from min to max if that is not
				 * 0 */
	KIND_TIME_NEVER,	/* the same; negative is CLOCK_NEVER */
	KIND_OPTIONAL_TIME,	/* the same as KIND_TIME, the argument may be
				 * left out: spec.value */
	KIND_OPTIONAL_INT,	/* the same as KIND_INT; as above */
	KIND_SIZE,		/* an integer, bytes, at most max */
	KIND_RATE,		/* the same, a second */
	KIND_PORT,		/* uint16_t */
	KIND_MODE,		/* int, the permissions of a file */
	KIND_TOS,		/* int */
	KIND_OPTIONAL_TEXT,
	KIND_HEADING,		/* of a part of --help */
	KIND_END,		/* of the table */
};

/* What it means that an option is given again. */
enum repeat {
	REPEAT_LAST,		/* the last one counts */
	REPEAT_TOLD,		/* the same, and what does not count is named,
				 * since it was to keep somebody out */
	REPEAT_LIST,		/* a KIND_TEXT in struct texts, which grows */
};

/* What the argument is, where its kind does not tell: what can be put there by
 * a shell that completes it. */
enum takes {
	TAKES_TEXT,
	TAKES_FILE,
	TAKES_DIRECTORY,
	TAKES_COMMAND,		/* and its arguments */
	TAKES_HOST,		/* a name or an address */
	TAKES_TARGET,		/* host:port, or the path of a socket */
	TAKES_INTERFACE,
	TAKES_USER,
	TAKES_OPTION,		/* the word of one */
};

struct choices;

struct spec {
	enum kind	 kind;
	enum repeat	 repeat;
	int		 letter;	/* 0: none */
	const char	*word;		/* NULL: none */
	const char	*arg;		/* name of the argument, in --help */
	size_t		 offset, size;	/* of the member it sets */
	int64_t		 min, max;
	const char	*help;
	int64_t		 value;		/* see KIND_SET, KIND_OPTIONAL_... */
	size_t		 also[3];	/* others of that size that are the
					 * same, given or not; or 0 */
	bool		 common;	/* it is in the short --help */
	enum takes	 takes;
	const struct choices *choices;	/* NULL: any value */
};

#define SPEC_MAX	160

/* Named in --help, too. */
#define MD5_KEY_VARIABLE	"SOCKCAT_MD5SIG_KEY"

/* In the order of --help; the last one is KIND_END. */
extern const struct spec specs[SPEC_MAX];

/* Options that exclude each other, named by their words, or letters; those that
 * do unless the third is given; and options of which the first only makes sense
 * with the second.  All end with NULL. */
extern const char *const spec_conflicts[][2];
extern const char *const spec_conflicts_without[][3];
extern const char *const spec_needs[][2];

/* Other words for options, as other netcats have them; ends with NULL. */
#define SPEC_ALIASES	16
struct spec_alias {
	const char	*word;
	const char	*means;
};
extern const struct spec_alias spec_aliases[];

/* As the user knows it: "-c (--word)".  Returns buf. */
const char	*spec_name(const struct spec *s, char buf[64]);

/* The index of the option that has exactly that word, or an alias that does;
 * SIZE_MAX: none. */
size_t		 spec_find_word(const char *word);

/* Whether an option, or an alias, has exactly that word. */
bool		 spec_is_word(const char *word);

/* The index of the option with that word or letter; there must be one. */
size_t		 spec_find(const char *name);

/* What somebody means who writes that, of so many bytes. */
struct nearest;
void		 spec_nearest(struct nearest *n, const char *text,
		    size_t length);

/* no_argument, required_argument or optional_argument of getopt_long(3). */
int		 spec_has_argument(const struct spec *s);

#endif
