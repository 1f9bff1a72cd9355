/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/executable.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "guard/privileges.h"
#include "serve/command.h"
#include "serve/reaper.h"

/* Where the kernel has no pidfd_open(2), and for a second signal: look so
 * often. */
#define LOOK_AGAIN	(20 * CLOCK_MS)

/* A process that ends closes its descriptors before anybody can ask how; where
 * much else is running, long before. */
#define END_TIME	CLOCK_SECOND

/* As the shell says it. */
#define STATUS_CANNOT_RUN	126
#define STATUS_NOT_FOUND	127

/* --- whether it can be run ----------------------------------------------- */

static const char *
command_option(const struct options *o)
{
	return o->command.sh_exec != NULL ? "--sh-exec" : "--exec";
}

/* As the shell says it: that it can't. */
static enum result
command_set_missing(const struct options *o, int errnum, struct error *err)
{
	error_set_errno(err, RESULT_COMMAND, errnum, "%s %.300s%s%.200s%s"
	    "%.200s", command_option(o), o->command.argv[0],
	    o->privileges.user != NULL ? ", as " : "",
	    o->privileges.user != NULL ? o->privileges.user : "",
	    o->privileges.chroot_dir != NULL ? ", below " : "",
	    o->privileges.chroot_dir != NULL ? o->privileges.chroot_dir : "");
	err->status = errnum == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
	return RESULT_COMMAND;
}

/* In a process of its own, as whom the command will be run. */
static _Noreturn void
command_look_as(const struct options *o)
{
	struct error err;

	log_set_level(LOG_QUIET);
	if (privileges_drop(&o->privileges, &err) != RESULT_OK)
		_exit(0);	/* it will be said when that is done */
	_exit(executable_find(o->command.argv[0]));
}

/* As executable_find(). */
static int
command_find_as(const struct options *o)
{
	int status = 0;
	pid_t pid;

	reaper_before_start();
	pid = fork();
	if (pid == 0)
		command_look_as(o);
	reaper_after_start(pid > 0 ? pid : 0);
	if (pid == -1)
		return 0;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	reaper_forget(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

enum result
command_check(const struct options *o, struct error *err)
{
	int errnum;

	if (o->command.argv == NULL)
		return RESULT_OK;
	errnum = privileges_wanted(&o->privileges) ?
	    command_find_as(o) : executable_find(o->command.argv[0]);
	return errnum == 0 ? RESULT_OK : command_set_missing(o, errnum, err);
}

/* --- start --------------------------------------------------------------- */

static void
command_set_attributes(posix_spawnattr_t *attr, bool session)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t set;

	sigfillset(&set);
	posix_spawnattr_setsigdefault(attr, &set);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(attr, &set);
	posix_spawnattr_setpgroup(attr, 0);
	flags |= session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setflags(attr, flags);
}

static void
command_set_descriptors(posix_spawn_file_actions_t *actions, int fd,
    const char *terminal)
{
	if (terminal != NULL) {
		/* Opened by the leader of a session: its terminal. */
		posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
		    terminal, O_RDWR, 0);
		posix_spawn_file_actions_adddup2(actions, STDIN_FILENO,
		    STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(actions, STDIN_FILENO,
		    STDERR_FILENO);
	} else {
		posix_spawn_file_actions_adddup2(actions, fd, STDIN_FILENO);
		posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
	}
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
	posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
}

enum result
command_start(struct command *cmd, const struct options *o, int fd,
    const char *terminal, char *const *env, struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int errnum;

	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_init(&actions);
	command_set_attributes(&attr, terminal != NULL);
	command_set_descriptors(&actions, fd, terminal);
	reaper_before_start();
	errnum = posix_spawnp(&cmd->pid, o->command.argv[0], &actions, &attr,
	    o->command.argv, env);
	reaper_after_start(errnum == 0 ? cmd->pid : 0);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (errnum == EAGAIN || errnum == ENOMEM || errnum == EMFILE)
		return error_set_errno(err, RESULT_LOCAL, errnum,
		    "%s %s", command_option(o), o->command.argv[0]);
	if (errnum != 0) {
		command_set_missing(o, errnum, err);
		if (errnum == ENOENT &&
		    executable_find(o->command.argv[0]) == 0)
			strlcat(err->text, " (it is there; the interpreter in "
			    "its first line is not)", sizeof(err->text));
		return RESULT_COMMAND;
	}
	cmd->pidfd = (int)syscall(SYS_pidfd_open, cmd->pid, 0);
	log_line(LOG_STEP, "started %s, process %ld", o->command.argv[0],
	    (long)cmd->pid);
	return RESULT_OK;
}

/* --- end ----------------------------------------------------------------- */

/* Whether it has ended before `until', and *status then. */
static bool
command_ended(struct command *cmd, int64_t until, bool signals, int *status)
{
	for (;;) {
		int64_t now = clock_now(), look = until;
		pid_t pid;

		do
			pid = waitpid(cmd->pid, status, WNOHANG);
		while (pid == -1 && errno == EINTR);
		if (pid != 0)
			return true;
		if (now >= until || (signals && signals_terminating() != 0) ||
		    (!signals && signals_count() > 1))
			return false;
		if (cmd->pidfd == -1 || !signals)
			look = clock_earlier(until, now + LOOK_AGAIN);
		wait_fd(cmd->pidfd, POLLIN, look,
		    signals ? 0 : WAIT_NO_SIGNALS);
	}
}

void
command_linger(const struct command *cmd, int64_t until)
{
	siginfo_t info = { .si_pid = 0 };
	int64_t now;

	while (signals_terminating() == 0 && (now = clock_now()) < until &&
	    waitid(P_PID, (id_t)cmd->pid, &info, WEXITED | WNOHANG |
	    WNOWAIT) == 0 && info.si_pid == 0)
		wait_fd(cmd->pidfd, POLLIN, clock_earlier(until, now +
		    LOOK_AGAIN), 0);
}

bool
command_is_cut(const struct command *cmd)
{
	siginfo_t info = { .si_pid = 0 };

	command_linger(cmd, clock_now() + END_TIME);
	return waitid(P_PID, (id_t)cmd->pid, &info, WEXITED | WNOHANG |
	    WNOWAIT) == 0 && info.si_pid != 0 && info.si_code != CLD_EXITED;
}

static void
command_forget(struct command *cmd)
{
	if (cmd->pidfd != -1)
		close(cmd->pidfd);
	reaper_forget(cmd->pid);
	cmd->pidfd = -1;
	cmd->pid = 0;
}

void
command_signal(const struct command *cmd, int signum)
{
	kill(-cmd->pid, signum);
	kill(-cmd->pid, SIGCONT);
}

void
command_end(struct command *cmd)
{
	int64_t until = clock_after(clock_now(), COMMAND_GRACE);
	int status;

	if (cmd->pid == 0)
		return;
	command_signal(cmd, SIGTERM);
	if (!command_ended(cmd, until, false, &status)) {
		kill(-cmd->pid, SIGKILL);
		waitpid(cmd->pid, &status, 0);
	}
	command_forget(cmd);
}

enum result
command_wait(struct command *cmd, int64_t deadline, struct error *err)
{
	int status = 0;

	if (!command_ended(cmd, deadline, true, &status)) {
		command_end(cmd);
		if (signals_terminating() != 0)
			return error_interrupted(err);
		return error_set(err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	}
	cmd->status = status;
	log_line(LOG_STEP, WIFSIGNALED(status) ? "process %ld ended by signal "
	    "%d" : "process %ld ended with status %d", (long)cmd->pid,
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	command_forget(cmd);
	if (status == 0)
		return RESULT_OK;
	error_set(err, RESULT_COMMAND, "%s", "");
	err->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
	return RESULT_COMMAND;
}

void
command_describe(const struct command *cmd, char how[COMMAND_HOW_MAX])
{
	snprintf(how, COMMAND_HOW_MAX, WIFSIGNALED(cmd->status) ?
	    "the command was ended by signal %d" :
	    "the command ended with status %d", WIFSIGNALED(cmd->status) ?
	    WTERMSIG(cmd->status) : WEXITSTATUS(cmd->status));
}

void
command_judge(const struct options *o, const struct command *cmd,
    struct error *err)
{
	bool found = err->status != STATUS_NOT_FOUND;

	if (!o->server.keep_open || err->result != RESULT_COMMAND ||
	    (found && err->status != STATUS_CANNOT_RUN) ||
	    WIFSIGNALED(cmd->status))
		return;
	error_set(err, RESULT_COMMAND, "%s %.700s: the command ended with "
	    "status %d, as when something %s", command_option(o),
	    o->command.sh_exec != NULL ? o->command.sh_exec : o->command.exec,
	    WEXITSTATUS(cmd->status), found ? "can't be run" :
	    "was not found");
	err->status = WEXITSTATUS(cmd->status);
	error_own(err, 0);
}
