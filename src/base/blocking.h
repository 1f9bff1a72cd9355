/* SPDX-License-Identifier: ISC */
/*
 * A thread that looks after many may have to wait for one of them.  Who waits
 * says so here, and knows nothing of threads; who made the thread has said what
 * to do then.
 */
#ifndef BASE_BLOCKING_H
#define BASE_BLOCKING_H

#include <stdbool.h>

/* For this thread: what to do before it may block, perhaps often.  NULL, as at
 * first: nothing. */
void	blocking_set_hook(void (*hook)(void));

/* Whether there is something to do.  Only then is it worth a look whether what
 * is waited for is there already. */
bool	blocking_matters(void);

/* What follows may take a while. */
void	blocking_begins(void);

#endif
