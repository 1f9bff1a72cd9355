/* SPDX-License-Identifier: ISC */
/*
 * Signals that ask us to leave: INT, TERM, HUP.  The first one is remembered
 * and makes a descriptor readable, so that whoever waits in poll(2) sees it and
 * cleans up; a second one kills at once.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Catch INT, TERM and HUP (but for those that we were started with ignored, as
 * by nohup), and ignore PIPE and XFSZ, so that EPIPE and EFBIG are returned.
 * To be called once.  Returns 0, or -1 with errno when there is no descriptor.
 */
int	signals_install(void);

/* A descriptor for poll(2), readable once a signal came; -1 before. */
int	signals_fd(void);

/* The signal that we are to leave for now, or 0: the first one that came; with
 * signals_manage(true), 0 until signals_stop(). */
int	signals_terminating(void);

/*
 * From now on a second signal does not kill at once, it is counted: somebody
 * has to end what was started.  A second later, or with the third, it kills.
 * `hold': the first one doesn't make signals_fd() readable, either, until
 * signals_stop() says that it is time.  Returns 0, or -1 with errno when there
 * is no descriptor.
 */
int	signals_manage(bool hold);

/* HUP (unless it was ignored from the start) is no longer a signal to leave,
 * but one to read files again. */
void	signals_want_reload(void);

/* A descriptor that each signal makes readable, after signals_manage(); -1
 * before. */
int	signals_received_fd(void);

/* The first signal that asked us to leave, or 0, also when it is held; and how
 * many of these came. */
int	signals_received(void);
int	signals_count(void);

/*
 * From now on USR1 (unless it was ignored from the start) asks for an answer:
 * whoever waits in base/wait, or in a pump, gives it, in any thread.  NULL: it
 * is heard, and nothing is said until there is somebody who answers; this may
 * come before signals_install().  No system call fails of it but poll(2).
 */
void	signals_want_answer(void (*answer)(void *context), void *context);

/* USR1 does from now on what it does to others, whatever is wanted later. */
void	signals_want_no_answer(void);

/* signals_fd() or signals_received_fd() was readable: answer, if that was
 * asked for, and nobody has.  Afterwards they are readable only if it is time
 * to leave. */
void	signals_woken(void);

/* Whether signals_fd() stays readable: see signals_stop(). */
bool	signals_are_stopping(void);

/* Whether HUP came since the last call. */
bool	signals_take_reload(void);

/* Whether HUP came and nobody has taken it.  In a thread that blocks it, one
 * that was sent counts, too: until the main thread has heard of it, that is
 * waited for. */
bool	signals_reload_is_due(void);

/* A descriptor that HUP makes readable; -1 without signals_want_reload(). */
int	signals_reload_fd(void);

/* pthread_create(3), with all signals blocked in the new thread, but for
 * those that stop a job: they are the main thread's.  0 or an errno value. */
int	signals_thread(pthread_t *thread, const pthread_attr_t *attr,
	    void *(*run)(void *), void *arg);

/* Make signals_fd() readable and signals_terminating() say what came. */
void	signals_stop(void);

/* Everything ends at once, for a reason of ours: as if `signum' had come, more
 * than once, and it were time.  From any thread. */
void	signals_abort(int signum);

/* Whether SIGPIPE was ignored when the program was started. */
bool	signals_pipe_ignored(void);

/* Die of `signum`, as if it had never been caught (as process 1, which it can't
 * kill, with the status that says so).  Also for handlers. */
void	signals_die(int signum) __attribute__((noreturn));

#endif
