/* SPDX-License-Identifier: ISC */
/*
 * Messages that would come again and again, as often as clients do.  Each is
 * said at once, as an error; then it is counted, and the count is said at
 * growing intervals, so that no flood of clients fills a log: 10 s, and twice
 * as long each time, up to an hour.  After an hour without it, it is new again.
 *
 * Eight different ones are known at a time.  While each of those is still being
 * counted, others are counted together, whatever they are.
 */
#ifndef BASE_REPEATS_H
#define BASE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repeats;

struct repeats	*repeats_new(void);
void		 repeats_free(struct repeats *r);	/* also NULL */

/*
 * Say `text' now, or count it: at `at' in there begins what makes it the same
 * as others, behind whom it befell.  From any thread.  Returns whether there is
 * a count now, where there was none: see to it that repeats_say_counts() is
 * called.
 */
bool	repeats_say(struct repeats *r, const char *text, size_t at,
	    int64_t now);

/* Say the counts whose time has come.  Returns when the next is due;
 * CLOCK_NEVER: there is none. */
int64_t	repeats_say_counts(struct repeats *r, int64_t now);

/* Say all counts: it is the end. */
void	repeats_end(struct repeats *r);

#endif
