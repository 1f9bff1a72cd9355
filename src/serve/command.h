/* SPDX-License-Identifier: ISC */
/* --exec and --sh-exec: a command at the local end of a connection. */
#ifndef SERVE_COMMAND_H
#define SERVE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"
#include "options/options.h"

/* A command that runs in a process group of its own. */
struct command {
	pid_t	pid;
	int	pidfd;		/* readable once it has ended; -1: unknown */
	int	status;		/* wait(2), after command_wait() */
};

/*
 * Whether the command can be found and may be run, by the user and below the
 * root directory that it will have (--user, --chroot): before anything is
 * opened, and with one thread.  RESULT_COMMAND with status 127 or 126.  What
 * can't be looked at yet is left to command_start().
 */
enum result	command_check(const struct options *o, struct error *err);

/*
 * Start the command of o with fd, which must not be O_NONBLOCK, as descriptors
 * 0 and 1, and the environment env.  With `terminal' (or NULL), the path of a
 * terminal, it gets that for 0, 1 and 2 in a session of its own.  Signals are
 * at their defaults in it, and it has no other descriptor but 2.
 * RESULT_COMMAND: it can't run (126, 127).
 */
enum result	command_start(struct command *cmd, const struct options *o,
		    int fd, const char *terminal, char *const *env,
		    struct error *err);

/*
 * Wait for the end of cmd.  A signal to leave, or the deadline, ends it: TERM
 * to its group, and KILL two seconds later.  RESULT_OK, or RESULT_COMMAND with
 * its status (128 + n for a signal), RESULT_TIMEOUT, RESULT_SIGNAL.
 */
enum result	command_wait(struct command *cmd, int64_t deadline,
		    struct error *err);

/* "the command ended with status 3": how it was, after command_wait() with
 * RESULT_OK or RESULT_COMMAND. */
#define COMMAND_HOW_MAX	64
void		command_describe(const struct command *cmd,
		    char how[COMMAND_HOW_MAX]);

/* With -k nobody learns of the status of cmd: where that says that something
 * was not found, or could not be run, it is our own fault, and told in err. */
void		command_judge(const struct options *o,
		    const struct command *cmd, struct error *err);

/* Whether a signal has ended cmd, which may be about to end, before it was
 * done: what it said is cut.  command_wait() has to be called still. */
bool		command_is_cut(const struct command *cmd);

/* Wait until cmd has ended, `until', or a signal, whatever comes first.
 * command_wait() has to be called still. */
void		command_linger(const struct command *cmd, int64_t until);

/* From TERM to KILL. */
#define COMMAND_GRACE	(2 * CLOCK_SECOND)

/* Send a signal to the process group of cmd, which may be stopped. */
void		command_signal(const struct command *cmd, int signum);

/* End cmd: TERM, COMMAND_GRACE, KILL. */
void		command_end(struct command *cmd);

#endif
