/* SPDX-License-Identifier: ISC */
/* Of the words that there are, those that are most likely meant by one that is
 * none of them. */
#ifndef WIRE_NEAREST_H
#define WIRE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_LENGTH	32	/* bytes of a word that is compared, at most */
#define NEAREST_MOST	4	/* words that are remembered */

struct nearest {
	const char	*text;		/* the caller's, as are the words */
	size_t		 length;
	size_t		 grade;		/* of the words below; SIZE_MAX: none */
	size_t		 count;		/* how many have it */
	const char	*word[NEAREST_MOST];	/* the first of these */
};

/* Begin to look for what text, of so many bytes, may mean. */
void	nearest_init(struct nearest *n, const char *text, size_t length);

/*
 * A word that there is.  By falling merit: it begins with the text, so that
 * the text is short for it; few letters are wrong, a fifth at most and one
 * more; and the text is one of its parts, between dashes, if parts count.
 */
void	nearest_offer(struct nearest *n, const char *word, bool parts);

/* Whether the text is short for some word. */
bool	nearest_is_begun(const struct nearest *n);

/* The best of all that were offered, each behind two dashes: "--a, --b or --c",
 * "--a, --b, --c, --d or 5 others"; "" if there is none.  Returns buf. */
char	*nearest_name(const struct nearest *n, char *buf, size_t size);

/*
 * How many letters have to be put in, left out, changed or swapped with their
 * neighbour to make b of a (optimal string alignment).  Neither has more than
 * NEAREST_LENGTH bytes.
 */
size_t	nearest_distance(const char *a, size_t a_length, const char *b,
	    size_t b_length);

#endif
