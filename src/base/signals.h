/* SPDX-License-Identifier: ISC */
/*
 * Signals that ask us to leave: INT, TERM, HUP.  The first one is remembered
 * and makes a descriptor readable, so that whoever waits in poll(2) sees it and
 * cleans up; a second one kills at once.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <stdbool.h>

/*
 * Catch INT, TERM and HUP (but for those that we were started with ignored, as
 * by nohup), and ignore PIPE and XFSZ, so that EPIPE and EFBIG are returned.
 * To be called once.  Returns 0, or -1 with errno when there is no descriptor.
 */
int	signals_install(void);

/* A descriptor for poll(2), readable once a signal came; -1 before. */
int	signals_fd(void);

/* The first signal that came, or 0. */
int	signals_caught(void);

/* Whether SIGPIPE was ignored when the program was started. */
bool	signals_pipe_ignored(void);

/* Die of `signum`, as if it had never been caught. */
void	signals_die(int signum) __attribute__((noreturn));

#endif
