/* SPDX-License-Identifier: ISC */
/*
 * How far the connections of a run are, while they are served: a meter on the
 * terminal of standard error, lines for logs, and what SIGUSR1 asks for.  It
 * reads counters that the pumps leave behind, and touches no byte.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "io/pump.h"
#include "net/addr.h"

/* Neither a meter nor lines. */
#define PROGRESS_OFF	(-1)

struct progress_options {
	int64_t	 every;		/* ns between lines where standard error is no
				 * terminal; 0: none; or PROGRESS_OFF */
	int64_t	 size;		/* bytes; 0: not given */
};

/* One connection, from its beginning to its end. */
struct progress_entry {
	struct progress_entry	*next, *before;
	struct addr		 remote;
	int64_t			 since;		/* base/clock */
	struct pump_traffic	 traffic;
};

/*
 * From now on SIGUSR1 is answered.  o has to last.  `input': standard input is
 * what is sent, so that its size, if it is a file, is known; `many': there may
 * be many connections at a time.
 */
struct progress	*progress_open(const struct progress_options *o, bool input,
		    bool many);

/* The last line of the meter, which stays; nobody is entered any more.  Nothing
 * for NULL. */
void		 progress_close(struct progress *p);

/* e, which stays the caller's, is one that is served now, until it leaves; its
 * traffic is 0.  From any thread; nothing for NULL. */
void		 progress_enter(struct progress *p, struct progress_entry *e,
		    const struct addr *remote);
void		 progress_leave(struct progress *p, struct progress_entry *e);

#endif
