/* SPDX-License-Identifier: ISC */
/*
 * Waiting for descriptors, poll(2), until one is ready, a point in time has
 * come, or a signal asks us to leave.  An interrupted call is no reason to
 * return: what is left of the time is waited for.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum wait_result {
	WAIT_READY,	/* revents of at least one of them says something */
	WAIT_TIMEOUT,	/* until then, nothing has come */
	WAIT_SIGNAL,	/* a signal asks us to leave; some may be ready, too */
	WAIT_FAILED,	/* errno says why; see poll(2) */
};

/* No waiting at all: look what is ready now. */
#define WAIT_NOW	INT64_C(0)

/* Signals are somebody else's, or looked at later. */
#define WAIT_NO_SIGNALS	1U

/* Also for a signal that is still held back from the others (`hold' of
 * signals_manage()).  For the main thread. */
#define WAIT_HELD_SIGNALS	2U

/*
 * Wait for the `n' descriptors of fds until `until', a point in time
 * (base/clock), CLOCK_NEVER or WAIT_NOW.  `flags' are WAIT_NO_SIGNALS or
 * WAIT_HELD_SIGNALS, or 0.  A descriptor of -1 is not looked at, and none at
 * all (NULL, 0) is nothing but a pause.  All revents are set, to 0 where there
 * is nothing to say.
 */
enum wait_result	wait_for(struct pollfd *fds, size_t n, int64_t until,
			    unsigned flags);

/* The same for `events' of one descriptor; that it has failed or its peer gone
 * is WAIT_READY, too. */
enum wait_result	wait_fd(int fd, short events, int64_t until,
			    unsigned flags);

/* A pause of so many nanoseconds: WAIT_TIMEOUT, or WAIT_SIGNAL. */
enum wait_result	wait_span(int64_t span);

/* Whether fd is ready for `events', or in error, now. */
bool			wait_is_ready(int fd, short events);

/*
 * What went wrong, as an error: WAIT_SIGNAL is RESULT_SIGNAL, "interrupted",
 * and WAIT_FAILED RESULT_LOCAL, with errno.  RESULT_OK for the others: what has
 * not come in time, the caller knows.
 */
enum result		wait_error(enum wait_result how, struct error *err);

#endif
