/* SPDX-License-Identifier: ISC */
/* A command at the local end of a connection. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/pump.h"
#include "io/stream.h"
#include "serve/command.h"
#include "serve/environment.h"
#include "session/session.h"

/* The longest message of a command, bytes, and what the kernel counts with it:
 * as much as is read at once. */
#define MESSAGE_MOST	(128 * 1024)

/* Who has closed its terminal is about to end; a hang-up would kill it before
 * it has a status. */
#define HANG_UP_AFTER	(1 * CLOCK_SECOND)

/* Whether the command can have the socket itself: not when it may be traded for
 * one to another address. */
static bool
command_direct(const struct options *o, const struct connection *c)
{
	return o->tls_context == NULL && c->targets.count < 2 &&
	    !o->command.pty && !o->pump.crlf && !o->pump.telnet &&
	    o->pump.line_delay == 0 && o->pump.read_limit == 0 &&
	    o->pump.rate == 0 && o->pump.receive && o->pump.send &&
	    o->pump.half_close && !o->pump.exit_on_eof &&
	    o->pump.idle_timeout == CLOCK_NEVER &&
	    (options_datagrams(o) || o->pump.quit_after == CLOCK_NEVER);
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
	return o->socket.family == AF_UNIX ? "UNIX" : options_datagrams(o) ?
	    "UDP" : o->socket.protocol == IPPROTO_SCTP ? "SCTP" :
	    o->socket.family == AF_VSOCK ? "VSOCK" : "TCP";
}

/* All that the command has written shall arrive: input that it left unread
 * would turn the end into a reset. */
static enum result
command_settle(const struct options *o, int64_t deadline, struct connection *c,
    struct error *err)
{
	const struct pump_options po = {
		.wait_acknowledged = o->pump.wait_acknowledged,
		.quit_after = CLOCK_NEVER,
		.idle_timeout = CLOCK_NEVER,
	};
	const struct pump_setup setup = {
		.uncounted = true,	/* most of it has passed us by */
		.deadline = deadline,
	};
	struct pump_counts counts;
	struct stream *net;
	enum result result;
	bool abort;
	int flags = fcntl(c->fd, F_GETFL);

	fcntl(c->fd, F_SETFL, flags | O_NONBLOCK);
	net = stream_from_connection(c);
	result = pump_run(net, net, &po, &setup, &counts, &abort, err);
	stream_close(net, false);
	return result;
}

/* It could not be started. */
static enum result
command_say_unable(const struct addr *remote, struct error *why,
    struct error *err)
{
	error_own(why, 0);
	session_say_failed(remote, why, err);
	return err->result;
}

/* It has ended, or was ended; counts: of what passed through us, or NULL. */
static enum result
command_say(const struct options *o, const struct command *cmd,
    const struct addr *remote, enum result result,
    const struct pump_counts *counts, struct error *why, struct error *err)
{
	char how[COMMAND_HOW_MAX];

	if (result != RESULT_OK && result != RESULT_COMMAND) {
		session_say_failed(remote, why, err);
		return result;
	}
	command_describe(cmd, how);
	if (counts != NULL)
		session_say_done(remote, how, counts);
	else
		session_say_closed(remote, how);
	*err = *why;
	command_judge(o, cmd, err);
	return result;
}

static enum result
command_run_direct(const struct options *o, int64_t deadline,
    struct connection *c, char *const *env, struct error *err)
{
	const struct addr remote = c->remote;
	struct command cmd;
	struct error why = { .result = RESULT_OK }, e = why;
	enum result result, settled;

	command_set_blocking(c->fd);
	if (command_start(&cmd, o, c->fd, NULL, env, &why) != RESULT_OK) {
		/* It is no clean end, for it was none. */
		if (!options_datagrams(o))
			sockopt_abort_on_close(c->fd);
		connection_close(c);
		return command_say_unable(&remote, &why, err);
	}
	result = command_wait(&cmd, deadline, &why);
	if (!options_datagrams(o) && (result == RESULT_OK ||
	    result == RESULT_COMMAND)) {
		settled = command_settle(o, deadline, c, &e);
		/* A command that failed has said more. */
		if (result == RESULT_OK || settled == RESULT_SIGNAL) {
			result = settled;
			why = e;
		}
	} else if (!options_datagrams(o)) {
		sockopt_abort_on_close(c->fd);
	}
	connection_close(c);
	return command_say(o, &cmd, &remote, result, NULL, &why, err);
}

/* The command's end and ours, as a stream. */
static enum result
command_connect(const struct options *o, char *const *env, struct command *cmd,
    struct stream **local, struct error *err)
{
	/* Messages stay what they are, and there is an end. */
	struct connection ours = {
		.type = options_datagrams(o) ? SOCK_SEQPACKET : SOCK_STREAM
	};
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
		stream_close(*local, false);
	return result;
}

static enum result
command_run_pumped(const struct options *o, int64_t deadline,
    struct stream *net, const struct addr *remote, char *const *env,
    struct error *err)
{
	struct command cmd;
	struct stream *local;
	struct pump_counts counts;
	struct error why = { .result = RESULT_OK };
	enum result result;

	result = o->command.pty ? command_connect_terminal(o, env, &cmd, &local,
	    &why) : command_connect(o, env, &cmd, &local, &why);
	if (result != RESULT_OK) {
		stream_close(net, true);
		return command_say_unable(remote, &why, err);
	}
	local->duplex = true;
	local->name = local->in_name = "the command";
	result = session_pump(o, deadline, net, local, NULL, &counts, &why);
	if (local->left)
		command_linger(&cmd, clock_earlier(deadline,
		    clock_now() + HANG_UP_AFTER));
	stream_close(local, false);
	if (result == RESULT_OK)
		result = command_wait(&cmd, deadline, &why);
	else
		command_end(&cmd);
	return command_say(o, &cmd, remote, result, &counts, &why, err);
}

enum result
command_run(void *context, const struct options *o, int64_t deadline,
    struct connection *c, struct stream *net, struct error *err)
{
	struct environment_peer peer = {
		.proto = command_proto(o),
		.remote_host = o->listening || o->socket.numeric ? NULL :
		    o->host,
		.stranger = o->listening,
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
