/* SPDX-License-Identifier: ISC */
/* A command at the local end of a connection. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/pump.h"
#include "io/stream.h"
#include "serve/command.h"
#include "serve/environment.h"
#include "session/way.h"

/* The longest message of a command, bytes, and what the kernel counts with it:
 * as much as is read at once. */
#define MESSAGE_MOST	(128 * 1024)

/* Who has closed its terminal is about to end; a hang-up would kill it before
 * it has a status. */
#define HANG_UP_AFTER	(1 * CLOCK_SECOND)

/* Whether the command has the socket itself. */
static bool
command_takes_socket(struct session *s)
{
	const struct options *o = s->run->options;

	return !o->command.pty && !pump_options_concern_bytes(&o->pump) &&
	    o->progress.every == PROGRESS_OFF && session_take_socket(s);
}

static void
command_set_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

static const char *
command_proto(const struct session *s)
{
	const struct options *o = s->run->options;

	if (s->sender.len > 0)	/* as the header says */
		return s->connection.remote.sa.sa_family == AF_UNIX ? "UNIX" :
		    "TCP";
	if (o->socket.family == AF_UNIX)
		return "UNIX";
	if (options_datagrams(o))
		return "UDP";
	return o->socket.protocol == IPPROTO_SCTP ? "SCTP" :
	    o->socket.family == AF_VSOCK ? "VSOCK" : "TCP";
}

/* All that the command has written shall arrive: input that it left unread
 * would turn the end into a reset.  One that was killed is no clean end. */
static enum result
command_settle(struct session *s, const struct command *cmd,
    struct record_tcp *tcp, struct error *err)
{
	int fd = s->connection.fd, flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	s->net = stream_from_connection(&s->connection);
	return session_settle(s, WIFSIGNALED(cmd->status), tcp, err);
}

/* It could not be started. */
static enum result
command_say_unable(const struct session *s, struct error *why,
    struct error *err)
{
	error_own(why, 0);
	return session_fail(s, why, err);
}

/* It has ended, or was ended; r is what is known of the connection. */
static enum result
command_say(const struct session *s, const struct command *cmd,
    struct record *r, enum result result, struct error *why,
    struct error *err)
{
	char how[COMMAND_HOW_MAX];

	r->ended = clock_now();
	r->error = why;
	if (result != RESULT_OK && result != RESULT_COMMAND) {
		record_fail(r, err);
		return result;
	}
	command_describe(cmd, how);
	r->how = how;
	record_say(r);
	*err = *why;
	command_judge(s->run->options, cmd, err);
	return result;
}

static enum result
command_run_direct(struct session *s, char *const *env, struct error *err)
{
	const struct options *o = s->run->options;
	bool counts = !options_datagrams(o);	/* how it ends */
	struct command cmd;
	struct record record;
	struct record_tcp tcp = { .known = false };
	struct error why = { .result = RESULT_OK }, e = why;
	enum result result, settled;

	command_set_blocking(s->connection.fd);
	if (command_start(&cmd, o, s->connection.fd, NULL, env, &why) !=
	    RESULT_OK) {
		session_close(s, counts);	/* no clean end: it was none */
		return command_say_unable(s, &why, err);
	}
	progress_enter(s->run->progress, &s->progress, &s->connection.remote);
	progress_ask_kernel(s->run->progress, &s->progress, s->connection.fd);
	result = command_wait(&cmd, s->run->deadline, &why);
	progress_leave(s->run->progress, &s->progress);
	if (counts && (result == RESULT_OK || result == RESULT_COMMAND)) {
		settled = command_settle(s, &cmd, &tcp, &e);
		/* A command that failed has said more. */
		if (result == RESULT_OK || settled == RESULT_SIGNAL) {
			result = settled;
			why = e;
		}
	}
	session_close(s, counts);
	session_record(s, &record);
	/* The kernel has counted what the command has moved. */
	record.tcp = tcp;
	record.counted = tcp.known;
	record.sent = tcp.sent;
	record.received = tcp.received;
	record.first = RECORD_COMMAND;
	return command_say(s, &cmd, &record, result, &why, err);
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

/* As pump_setup's local_cut. */
static bool
command_was_cut(void *context)
{
	return command_is_cut(context);
}

static enum result
command_run_pumped(struct session *s, char *const *env,
    const struct facts *facts, struct error *err)
{
	const struct options *o = s->run->options;
	struct command cmd;
	struct stream *local;
	struct record record;
	struct error why = { .result = RESULT_OK };
	enum result result;

	result = o->command.pty ? command_connect_terminal(o, env, &cmd, &local,
	    &why) : command_connect(o, env, &cmd, &local, &why);
	if (result != RESULT_OK) {
		session_close(s, true);
		return command_say_unable(s, &why, err);
	}
	local->duplex = true;
	local->name = local->in_name = "the command";
	s->local_cut = command_was_cut;
	s->local_cut_context = &cmd;
	result = session_pump(s, local, &record, &why);
	if (local->left)
		command_linger(&cmd, clock_earlier(s->run->deadline,
		    clock_now() + HANG_UP_AFTER));
	stream_close(local, false);
	if (result == RESULT_OK)
		result = command_wait(&cmd, s->run->deadline, &why);
	else
		command_end(&cmd);
	record.facts = facts;
	result = command_say(s, &cmd, &record, result, &why, err);
	record_release(&record);
	return result;
}

static enum result
command_serve(void *context, struct session *s, struct error *err)
{
	const struct options *o = s->run->options;
	struct facts facts = { NULL, 0 };
	struct environment_peer peer = {
		.remote_host = o->socket.numeric ? NULL : s->to.host,
		.stranger = s->side == SIDE_ACCEPTED,
		.local = &s->connection.local,
		.remote = &s->connection.remote,
		.facts = &facts,
	};
	bool direct;
	char **env;
	enum result result = session_stack_connected(s, err);

	(void)context;
	if (result != RESULT_OK)
		return result;
	peer.proto = command_proto(s);
	peer.announced = s->sender.len > 0;
	direct = command_takes_socket(s);
	peer.fd = direct ? s->connection.fd : s->net->in.fd;
	if (!direct)
		stream_describe(s->net, &facts);
	env = environment_make(&peer);
	result = direct ? command_run_direct(s, env, err) :
	    command_run_pumped(s, env, &facts, err);
	environment_free(env);
	facts_free(&facts);
	return result;
}

static bool
command_wanted(const struct run *r)
{
	return r->options->command.argv != NULL;
}

extern const struct way way_command;
const struct way way_command = {
	.wanted = command_wanted,
	.serve = command_serve,
	.descriptors = 4,
	.starts_commands = true,
};
