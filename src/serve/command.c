/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/executable.h"
#include "base/log.h"
#include "base/signals.h"
#include "guard/privileges.h"
#include "io/pump.h"
#include "io/stream.h"
#include "serve/command.h"
#include "serve/environment.h"
#include "serve/reaper.h"
#include "serve/session.h"

/* Where the kernel has no pidfd_open(2), and for a second signal: look so
 * often. */
#define LOOK_AGAIN	(20 * CLOCK_MS)

/* The longest message of a command, bytes, and what the kernel counts with it:
 * as much as is read at once. */
#define MESSAGE_MOST	(128 * 1024)

/* Who has closed its terminal is about to end; a hang-up would kill it before
 * it has a status. */
#define HANG_UP_AFTER	(1 * CLOCK_SECOND)

/* As the shell says it. */
#define STATUS_CANNOT_RUN	126
#define STATUS_NOT_FOUND	127

/* --- whether it can be run ----------------------------------------------- */

/* As the shell says it: that it can't. */
static enum result
command_set_missing(const struct options *o, int errnum, struct error *err)
{
	error_set_errno(err, RESULT_COMMAND, errnum, "%s %.300s%s%.200s%s"
	    "%.200s", o->sh_exec != NULL ? "--sh-exec" : "--exec",
	    o->command[0], o->user != NULL ? ", as " : "",
	    o->user != NULL ? o->user : "",
	    o->chroot_dir != NULL ? ", below " : "",
	    o->chroot_dir != NULL ? o->chroot_dir : "");
	err->status = errnum == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
	return RESULT_COMMAND;
}

/* In a process of its own, as whom the command will be run. */
static _Noreturn void
command_look_as(const struct options *o)
{
	struct error err;

	log_set_level(LOG_QUIET);
	if (privileges_drop(o->user, o->chroot_dir, &err) != RESULT_OK)
		_exit(0);	/* it will be said when that is done */
	_exit(executable_find(o->command[0]));
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

	if (o->command == NULL)
		return RESULT_OK;
	errnum = o->user != NULL || o->chroot_dir != NULL ?
	    command_find_as(o) : executable_find(o->command[0]);
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
	errnum = posix_spawnp(&cmd->pid, o->command[0], &actions, &attr,
	    o->command, env);
	reaper_after_start(errnum == 0 ? cmd->pid : 0);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (errnum == EAGAIN || errnum == ENOMEM || errnum == EMFILE)
		return error_set_errno(err, RESULT_LOCAL, errnum,
		    "%s %s", o->sh_exec != NULL ? "--sh-exec" : "--exec",
		    o->command[0]);
	if (errnum != 0)
		return command_set_missing(o, errnum, err);
	cmd->pidfd = (int)syscall(SYS_pidfd_open, cmd->pid, 0);
	log_line(LOG_STEP, "started %s, process %ld", o->command[0],
	    (long)cmd->pid);
	return RESULT_OK;
}

/* --- end ----------------------------------------------------------------- */

/* Whether it has ended before `until', and *status then. */
static bool
command_ended(struct command *cmd, int64_t until, bool signals, int *status)
{
	for (;;) {
		struct pollfd pfd[2] = {
			{ .fd = cmd->pidfd, .events = POLLIN },
			{ .fd = signals ? signals_fd() : -1,
			    .events = POLLIN },
		};
		int64_t now = clock_now(), look = until;
		pid_t pid;

		do
			pid = waitpid(cmd->pid, status, WNOHANG);
		while (pid == -1 && errno == EINTR);
		if (pid != 0)
			return true;
		if (now >= until || (signals && signals_caught() != 0) ||
		    (!signals && signals_count() > 1))
			return false;
		if (cmd->pidfd == -1 || !signals)
			look = clock_earlier(until, now + LOOK_AGAIN);
		poll(pfd, 2, clock_poll_timeout(look, now));
	}
}

/* Whether it has ended before `until', or a signal came; it is waited for as
 * before. */
static void
command_linger(const struct command *cmd, int64_t until)
{
	siginfo_t info = { .si_pid = 0 };
	int64_t now;

	while (signals_caught() == 0 && (now = clock_now()) < until &&
	    waitid(P_PID, (id_t)cmd->pid, &info, WEXITED | WNOHANG |
	    WNOWAIT) == 0 && info.si_pid == 0) {
		struct pollfd pfd[2] = {
			{ .fd = cmd->pidfd, .events = POLLIN },
			{ .fd = signals_fd(), .events = POLLIN },
		};

		poll(pfd, 2, clock_poll_timeout(clock_earlier(until, now +
		    LOOK_AGAIN), now));
	}
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
		if (signals_caught() != 0)
			return error_set(err, RESULT_SIGNAL, "interrupted");
		return error_set(err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	}
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

/* --- on a connection ----------------------------------------------------- */

/* Whether the command can have the socket itself: not when it may be traded for
 * one to another address. */
static bool
command_direct(const struct options *o, const struct connection *c)
{
	return o->tls_context == NULL && c->targets.count < 2 && !o->pty &&
	    !o->crlf && !o->telnet && o->delay == 0 && o->recv_limit == 0 &&
	    o->limit_rate == 0 && !o->send_only && !o->recv_only &&
	    !o->no_shutdown && !o->exit_on_eof &&
	    o->idle_timeout == CLOCK_NEVER &&
	    (o->udp || o->quit_after == CLOCK_NEVER);
}

static void
command_set_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

static const char *
command_proto(const struct options *o)
{
	return o->unix_domain ? "UNIX" : o->udp ? "UDP" : o->sctp ? "SCTP" :
	    o->vsock ? "VSOCK" : "TCP";
}

/* All that the command has written shall arrive: input that it left unread
 * would turn the end into a reset. */
static enum result
command_settle(const struct options *o, int64_t deadline, struct connection *c,
    struct error *err)
{
	const struct pump_options po = {
		.wait_acknowledged = !o->no_wait,
		.quit_after = CLOCK_NEVER,
		.idle_timeout = CLOCK_NEVER,
		.deadline = deadline,
	};
	struct pump_counts counts;
	struct stream *net;
	enum result result;
	bool abort;
	int flags = fcntl(c->fd, F_GETFL);

	fcntl(c->fd, F_SETFL, flags | O_NONBLOCK);
	net = stream_from_connection(c);
	result = pump_run(net, net, &po, &counts, &abort, err);
	net->ops->close(net, false);
	return result;
}

static enum result
command_run_direct(const struct options *o, int64_t deadline,
    struct connection *c, char *const *env, struct error *err)
{
	struct command cmd;
	struct error e = { .result = RESULT_OK };
	enum result result, settled;

	command_set_blocking(c->fd);
	result = command_start(&cmd, o, c->fd, NULL, env, err);
	if (result == RESULT_OK)
		result = command_wait(&cmd, deadline, err);
	if (!o->udp && (result == RESULT_OK || result == RESULT_COMMAND)) {
		settled = command_settle(o, deadline, c, &e);
		/* A command that failed has said more. */
		if (result == RESULT_OK || settled == RESULT_SIGNAL) {
			result = settled;
			*err = e;
		}
	} else if (!o->udp) {	/* no clean end, for it was none */
		sockopt_abort_on_close(c->fd);
	}
	connection_close(c);
	return result;
}

/* The command's end and ours, as a stream. */
static enum result
command_connect(const struct options *o, char *const *env, struct command *cmd,
    struct stream **local, struct error *err)
{
	/* Messages stay what they are, and there is an end. */
	struct connection ours = { .type = o->udp ? SOCK_SEQPACKET :
	    SOCK_STREAM };
	const int half = MESSAGE_MOST / 2;	/* the kernel doubles it */
	enum result result;
	int pair[2];

	if (socketpair(AF_UNIX, ours.type | SOCK_CLOEXEC, 0, pair) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socketpair");
	/* A message that we could not read has to fail where it is written. */
	if (ours.type == SOCK_SEQPACKET)
		setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &half,
		    sizeof(half));
	result = command_start(cmd, o, pair[1], NULL, env, err);
	close(pair[1]);
	if (result != RESULT_OK) {
		close(pair[0]);
		return result;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	ours.fd = pair[0];
	ours.remote.sa.sa_family = AF_UNIX;
	*local = stream_from_connection(&ours);
	return RESULT_OK;
}

static enum result
command_connect_terminal(const struct options *o, char *const *env,
    struct command *cmd, struct stream **local, struct error *err)
{
	char path[128];
	enum result result;
	int fd;

	result = stream_open_terminal(local, path, sizeof(path), &fd, err);
	if (result != RESULT_OK)
		return result;
	result = command_start(cmd, o, -1, path, env, err);
	close(fd);
	if (result != RESULT_OK)
		(*local)->ops->close(*local, false);
	return result;
}

static enum result
command_run_pumped(const struct options *o, int64_t deadline,
    struct stream *net, const struct addr *remote, char *const *env,
    struct error *err)
{
	struct command cmd;
	struct stream *local;
	struct error wait_err = { .result = RESULT_OK };
	enum result result, ended;

	result = o->pty ? command_connect_terminal(o, env, &cmd, &local, err) :
	    command_connect(o, env, &cmd, &local, err);
	if (result != RESULT_OK) {
		net->ops->close(net, true);
		return result;
	}
	local->duplex = true;
	local->name = local->in_name = "the command";
	result = session_run(o, deadline, net, remote, local, NULL, err);
	if (local->left)
		command_linger(&cmd, clock_earlier(deadline,
		    clock_now() + HANG_UP_AFTER));
	local->ops->close(local, false);
	if (result == RESULT_OK) {
		ended = command_wait(&cmd, deadline, &wait_err);
		if (ended != RESULT_OK)
			*err = wait_err;
		return ended;
	}
	command_end(&cmd);
	return result;
}

enum result
command_run(void *context, const struct options *o, int64_t deadline,
    struct connection *c, struct stream *net, struct error *err)
{
	struct environment_peer peer = {
		.proto = command_proto(o),
		.remote_host = o->listen || o->numeric ? NULL : o->host,
		.stranger = o->listen,
		.local = &c->local,
		.remote = &c->remote,
		.fd = net != NULL ? net->in.fd : c->fd,
	};
	struct addr remote, local;
	struct tls_session session;
	bool direct = net == NULL && command_direct(o, c);
	char **env;
	enum result result;

	(void)context;
	if (!direct && net == NULL)
		net = session_connect(o, deadline, c, err);
	if (!direct) {
		if (net == NULL)
			return err->result;
		remote = c->remote;
		local = c->local;
		peer.local = &local;
		peer.remote = &remote;
	}
	if (o->tls_context != NULL) {
		tls_describe(net, &session);
		peer.tls = &session;
	}
	env = environment_make(&peer);
	result = direct ? command_run_direct(o, deadline, c, env, err) :
	    command_run_pumped(o, deadline, net, &remote, env, err);
	environment_free(env);
	return result;
}

const struct server_mode command_mode = {
	.serve = command_run,
	.descriptors = 4,
	.starts_commands = true,
};
