/* SPDX-License-Identifier: ISC */
/* --retry: again, until it succeeds or the time for that is over. */
#ifndef NET_DIAL_RETRY_H
#define NET_DIAL_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct dial_options;

/* When to give up, and how long to pause before the next try. */
struct dial_retry {
	const struct dial_options	*o;
	int64_t				 deadline;	/* of the whole run */
	int64_t				 stop;	/* of that, and of --retry */
	int64_t				 pause;	/* dial_retry_pause()'s; 0 */
	bool				 over;	/* there was no time left */
};

/* Whether to try again after *result, having paused (which a signal ends, and
 * *result says so). */
bool		dial_retry_wanted(struct dial_retry *r, enum result *result,
		    struct error *err);

/* How long to wait before the next try, from 20 ms to 1 s, more and
 * more, at random.  *last is private, and 0 at first. */
int64_t		dial_retry_pause(int64_t *last);

/* Add to the message of the last try that there were others: " (tried again for
 * 10.0 s)". */
void		dial_retry_over(const struct dial_options *o,
		    struct error *err);

/* Wait for `span', or a signal: RESULT_SIGNAL. */
enum result	dial_pause(int64_t span, struct error *err);

#endif
