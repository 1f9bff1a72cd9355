/* SPDX-License-Identifier: ISC */
/*
 * Processes that commands, or others, have left: where they become our children
 * (as process 1 of a container, or as a subreaper, PR_SET_CHILD_SUBREAPER of
 * prctl(2)), somebody has to take note of their ends.  Elsewhere all of this
 * does nothing.
 */
#ifndef SERVE_REAPER_H
#define SERVE_REAPER_H

#include <sys/types.h>

/* Once, before there are threads and children.  What has ended and is not ours
 * is waited for from now on. */
void	reaper_start(void);

/*
 * Around the start of a process of our own, which we wait for ourselves: the
 * second call has its number, or 0 if there is none.
 */
void	reaper_before_start(void);
void	reaper_after_start(pid_t pid);

/* The process pid was waited for by whoever started it. */
void	reaper_forget(pid_t pid);

#endif
