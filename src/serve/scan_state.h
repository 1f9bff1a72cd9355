/* SPDX-License-Identifier: ISC */
/* What a scan is made of, for the files scan*.c alone. */
#ifndef SERVE_SCAN_STATE_H
#define SERVE_SCAN_STATE_H

#include <poll.h>

#include "net/dial.h"
#include "options/options.h"

enum verdict {
	VERDICT_NONE,
	VERDICT_SILENT,		/* in the order of what outweighs what */
	VERDICT_UNREACHABLE,
	VERDICT_CLOSED,
	VERDICT_OPEN,
};

struct port_state {
	uint16_t	port;
	enum verdict	verdict;
	enum verdict	before;		/* that of the round before */
	size_t		left;		/* addresses without an outcome */
	bool		finished;	/* nothing more is tried */
};

/* One address of the host. */
struct scan_way {
	bool		told;		/* why it failed, with -v */
	bool		useless;	/* from here, whatever the port */
};

struct attempt {
	struct port_state	*port;
	struct addr		 address;
	int64_t			 deadline;
	int64_t			 ask_again;	/* UDP */
};

struct scan {
	struct report		*report;	/* --report; or NULL */
	const struct options	*o;
	struct addr_list	 target;
	struct addr_list	 source;
	struct scan_way		*way;		/* each address of target */
	struct error		 failure;	/* of a useless one */
	struct port_state	*port;
	size_t			*order;		/* in which they are tried */
	size_t			 count;
	size_t			 next;		/* in order */
	size_t			 next_address;
	size_t			 printed;
	size_t			 missing;	/* ports that are not open */
	struct attempt		*attempt;
	struct pollfd		*pfd;		/* each attempt, one more */
	size_t			 pending;
	size_t			 most;
	bool			 drop;		/* some are in vain */
	int64_t			 deadline;
	int64_t			 now;
	int64_t			 not_before;	/* -i */
	int64_t			 patience;
	int64_t			 until;		/* of --retry; or 0 */
	int64_t			 pause;		/* between two rounds of it */
	int64_t			 round_at;	/* the next one begins */
	int64_t			 resolved_at;
	bool			 print;
	struct error		*err;
};

/* --- scan_attempt.c ------------------------------------------------------ */

/* What the result of a connect(2) says of the port; VERDICT_NONE: nothing, for
 * nobody was asked. */
enum verdict	scan_verdict_of(enum result result);

/* One address of the port has its outcome; nothing outweighs an open one. */
void		scan_settle(struct scan *s, struct port_state *p,
		    enum verdict verdict);

/* Open a socket that asks `to'; *fd is its descriptor, or -1 when there is
 * nothing to wait for. */
enum result	scan_try(struct scan *s, const struct addr *to, int *fd,
		    struct error *err);

/* Wait for the outcome of fd, which asks port p of address a. */
void		scan_await(struct scan *s, int fd, struct port_state *p,
		    const struct addr *a);

/* After poll(2): settle the attempts that have an outcome, or no more time. */
void		scan_check_pending(struct scan *s);

/* End the attempts to ports that another address has open. */
void		scan_drop(struct scan *s);

/* --- scan_retry.c -------------------------------------------------------- */

/* The addresses of the host; with --retry, its name may not be known yet. */
enum result	scan_look_up(struct scan *s);

/* --retry: begin the next round, for those that are not open, or set the time
 * for it. */
enum result	scan_again(struct scan *s);

/* --retry: what the result is if the time is over: with a message that names
 * what is missing, unless something else has gone wrong. */
enum result	scan_time_over(struct scan *s, enum result result);

/* --- scan_report.c ------------------------------------------------------- */

/* The word for a verdict. */
const char	*scan_verdict_text(const struct options *o,
		    enum verdict verdict);

/* Print the ports that are finished, as far as no earlier one is not. */
void		scan_print(struct scan *s);

/* With --report: those that were not finished, at the end. */
void		scan_report_rest(const struct scan *s);

/* What all the verdicts come to.  Of one port nothing is printed. */
enum result	scan_conclude(const struct scan *s);

/* --retry: the time is over.  Name those that are not open, with the last that
 * was heard of them.  RESULT_TIMEOUT. */
enum result	scan_missing(struct scan *s);

#endif
