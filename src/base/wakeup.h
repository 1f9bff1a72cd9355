/* SPDX-License-Identifier: ISC */
/*
 * Descriptors that one thread sets and another one waits for: eventfd(2),
 * non-blocking and close-on-exec.  A descriptor that is set is readable, for
 * wait_for(), poll(2) and epoll(7), until it is cleared.
 */
#ifndef BASE_WAKEUP_H
#define BASE_WAKEUP_H

#include <stdbool.h>

enum wakeup_kind {
	WAKEUP_ONCE,	/* set many times is set once */
	WAKEUP_COUNTS,	/* ... is to be cleared as many times */
};

/* One that is not set, the caller's; -1 with errno. */
int	wakeup_open(enum wakeup_kind kind);

/* Any thread may, and a signal handler, which keeps errno itself.  It never
 * waits, and one that is set stays so.  -1: nobody is there to be woken. */
void	wakeup_set(int fd);

/* Whether it was set (false for -1); then it is not any more, or, if it counts,
 * once less.  Clear first, then look for what there is to do: what comes later
 * sets it again. */
bool	wakeup_clear(int fd);

/* Nothing for -1. */
void	wakeup_close(int fd);

#endif
