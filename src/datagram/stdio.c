/* SPDX-License-Identifier: ISC */
/* Datagrams between sockets and standard input and output: UDP, and
 * UNIX-domain datagram sockets. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "datagram/stdio_state.h"
#include "net/dial.h"
#include "net/dial_datagram.h"
#include "report/report.h"
#include "session/way.h"

/* Bytes sent that may be refused, and are sent once more then. */
#define DOUBT_MOST	(1024 * 1024)

enum {
	SLOT_INPUT,
	SLOT_OUTPUT,
	SLOT_RELOAD,
	SLOT_SEND,
	SLOT_SOCKETS,
	SLOT_COUNT = SLOT_SOCKETS + LISTEN_MAX
};

/* --- waiting ------------------------------------------------------------- */

static void
stdio_fill_slots(struct stdio *io, struct pollfd *pfd)
{
	bool room = stdio_has_room(io);
	int input = stdio_wants_input(io) ? io->local->in.fd : -1;

	pfd[SLOT_INPUT] = (struct pollfd){ input, POLLIN, 0 };
	pfd[SLOT_OUTPUT] = (struct pollfd){ !io->o->pump.receive ? -1 :
	    io->local->out.fd, io->output_waits ? POLLOUT : 0, 0 };
	pfd[SLOT_RELOAD] = (struct pollfd){
		io->access == NULL ? -1 : signals_reload_fd(), POLLIN, 0
	};
	pfd[SLOT_SEND] = (struct pollfd){ io->send_waits ? io->peer_fd : -1,
	    POLLOUT, 0 };
	for (size_t i = 0; i < io->count; i++)
		pfd[SLOT_SOCKETS + i] = (struct pollfd){ room ? io->fd[i] : -1,
		    POLLIN, 0 };
}

static void
stdio_wait(struct stdio *io)
{
	struct pollfd pfd[SLOT_COUNT];
	enum wait_result how;

	stdio_fill_slots(io, pfd);
	pump_traffic_set(&io->served.traffic, io->sent, io->receiver.bytes);
	how = wait_for(pfd, SLOT_SOCKETS + io->count, io->again ? WAIT_NOW :
	    stdio_wake_at(io), 0);
	if (how == WAIT_SIGNAL || how == WAIT_FAILED) {
		io->result = wait_error(how, io->err);
		io->done = true;
	}
	io->now = clock_now();
	io->input_waits = pfd[SLOT_INPUT].revents != 0;
	io->heard = io->input_waits ? io->now : io->heard;
	if (!io->done && !io->output_waits &&
	    (pfd[SLOT_OUTPUT].revents & (POLLERR | POLLHUP)) != 0)
		stdio_fail(io, RESULT_PIPE, io->local->name, EPIPE);
	for (size_t i = 0; !io->done && i < io->count; i++) {
		if (pfd[SLOT_SOCKETS + i].revents != 0)
			stdio_receive(io, io->fd[i]);
	}
}

/* --- the end ------------------------------------------------------------- */

static bool
stdio_interrupted(struct stdio *io)
{
	if (signals_terminating() == 0)
		return false;
	io->result = error_interrupted(io->err);
	return true;
}

/* What arrived before we left is still written, as long as that takes. */
static void
stdio_finish(struct stdio *io)
{
	size_t batches = 0;

	if (io->result == RESULT_PIPE || io->result == RESULT_SIGNAL ||
	    io->result == RESULT_LOCAL)
		return;
	io->done = false;
	for (;;) {
		stdio_write_output(io);
		if (io->done)
			break;
		if (!io->output_waits && stdio_receive_behind(io, &batches))
			continue;
		if (!io->output_waits || stdio_interrupted(io) ||
		    stdio_is_late(io))
			break;
		pump_traffic_set(&io->served.traffic, io->sent,
		    io->receiver.bytes);
		wait_fd(io->local->out.fd, POLLOUT, io->deadline, 0);
		io->now = clock_now();
	}
	if (io->result == RESULT_OK && io->o->pump.receive &&
	    stream_shutdown(io->local) == -1)
		stdio_fail(io, RESULT_LOCAL, io->local->name, errno);
}

/* Whether it is time to leave.  A refusal of what was sent last may have
 * come. */
static bool
stdio_is_done(struct stdio *io)
{
	if (!io->done)
		return false;
	if (io->result != RESULT_OK || io->o->pump.receive ||
	    !io->connected)
		return true;
	io->done = false;
	stdio_receive(io, io->peer_fd);
	io->done = io->done || !stdio_is_behind(io);
	return io->done;
}

/* --- from beginning to end ----------------------------------------------- */

static void
stdio_begin(struct stdio *io)
{
	stdio_init_output(io);
	io->senders = heard_new(io->report);
	receiver_init(&io->receiver, io->fd[0], io->o->pump.read_limit);
	io->local = stream_stdio(false);
	input_init(&io->input, io->local, io->o);
	io->segment = DGRAM_MAX;
	for (size_t i = 0; i < io->count; i++)
		stdio_prepare_socket(io, io->fd[i]);
	io->now = io->active = io->heard = clock_now();
	if (io->begun == 0)
		io->begun = io->now;
	io->accept_deadline = clock_after(io->now,
	    io->o->server.accept_timeout);
}

static uint64_t
stdio_drops(const struct stdio *io)
{
	uint64_t drops = 0;

	for (size_t i = 0; i < io->count && io->report != NULL; i++)
		drops += record_drops(io->fd[i]);
	return drops;
}

static void
stdio_end(struct stdio *io)
{
	struct addr local = { .len = 0 };
	const struct record record = {
		.sink = report_sink(io->report),
		.number = io->number,
		.listener = !io->initiator,
		.transport = options_transport(io->o),
		.local = &local,
		.name = io->initiator ? io->o->host : NULL,
		.begun = io->begun,
		.times = { .dial = io->times },
		.datagrams = {
			.known = true,
			.sent = io->datagrams,
			.received = io->receiver.datagrams,
			.largest_sent = io->largest,
			.largest_received = io->receiver.largest,
			.lost = stdio_drops(io),
		},
		.first = io->input.ended ? RECORD_INPUT : RECORD_NOBODY,
		.remote = io->peer.known ? &io->peer.remote : NULL,
		.ended = clock_now(),
		.counted = true,
		.sent = io->sent,
		.received = io->receiver.bytes,
		.local_ended = io->input.ended,
		.how = io->result == RESULT_OK ? "done" : io->err->text,
		.error = io->result == RESULT_OK ? NULL : io->err,
	};

	if (io->serves) {
		pump_traffic_set(&io->served.traffic, io->sent,
		    io->receiver.bytes);
		progress_leave(io->progress, &io->served);
	}
	addr_local(io->peer_fd != -1 ? io->peer_fd : io->fd[0], &local);
	record_say(&record);
	report_datagrams(io->report, heard_count(io->senders),
	    record.datagrams.lost);
	heard_free(io->senders);
	copied_peers_free(io->copies);
	io->copies = NULL;
	input_free(&io->input);
	stream_close(io->local, false);
	receiver_free(&io->receiver);
	buffer_free(&io->output);
}

static enum result
stdio_loop(struct stdio *io)
{
	stdio_begin(io);
	if (io->initiator)
		stdio_enter(io);
	while (!stdio_is_done(io)) {
		stdio_reload(io);
		stdio_write_output(io);
		stdio_send(io);
		if (!io->done)
			stdio_wait(io);
		if (!io->done)
			stdio_check_times(io);
	}
	stdio_finish(io);
	if (io->o->pump.any_end && (io->result == RESULT_REFUSED ||
	    io->result == RESULT_BROKEN))
		io->result = RESULT_OK;
	stdio_end(io);
	return io->result;
}

/* For retarget. */
static void
stdio_copy_again(void *context, const struct dgram_piece *piece, size_t n)
{
	struct stdio *io = context;

	copied_peers_put(io->copies, io->c->fd, &io->peer.local,
	    &io->c->remote, TAP_SENT, piece, n);
}

/* The initiator. */
static enum result
stdio_serve(void *context, struct session *s, struct error *err)
{
	const struct options *o = s->run->options;
	const int64_t deadline = s->run->deadline;
	struct connection *c = &s->connection;
	struct retarget retarget;
	struct stdio io = {
		.o = o,
		.copies = copied_peers_new(s->run, s->number),
		.report = s->run->report,
		.progress = s->run->progress,
		.number = s->number,
		.times = c->times,
		.begun = c->times.begun,
		.c = c,
		.retarget = &retarget,
		.fd = { c->fd },
		.count = 1,
		.connected = true,
		.initiator = true,
		.peer = { .known = true, .remote = c->remote },
		.peer_fd = c->fd,
		.deadline = deadline,
		.err = err,
	};
	enum result result = RESULT_OK;

	(void)context;
	retarget_init(&retarget, &o->dial, deadline, o->dial.retry, c,
	    DOUBT_MOST);
	retarget.sent_again = stdio_copy_again;
	retarget.context = &io;
	/* The answers to a question to all come from each of them. */
	if (o->socket.broadcast || addr_is_multicast(&c->remote)) {
		result = dial_open(c, o->dial.source != NULL, &o->socket, err);
		io.fd[0] = io.peer_fd = c->fd;
		io.connected = false;
		io.anybody = true;
		io.retarget = NULL;
	}
	if (result == RESULT_OK)
		result = stdio_loop(&io);
	copied_peers_free(io.copies);	/* it did not come to the loop */
	retarget_free(&retarget);
	connection_close(c);
	return result;
}

/* The listener: the first peer, or with -k all of them.  Sockets that are no
 * longer needed are closed in l. */
static enum result
stdio_listen(const struct run *r, struct listener *l,
    struct error *err)
{
	const struct options *o = r->options;
	struct stdio io = {
		.o = o,
		.report = r->report,
		.progress = r->progress,
		.number = run_number(r),
		.access = r->access,
		.count = l->count,
		.many = o->server.keep_open,
		.peer_fd = -1,
		.deadline = r->deadline,
		.err = err,
	};
	enum result result;

	io.copies = copied_peers_new(r, io.number);
	memcpy(io.fd, l->fd, sizeof(l->fd));
	result = stdio_loop(&io);
	for (size_t i = 0; i < l->count; i++)
		l->fd[i] = io.fd[i];
	return result;
}

static bool
stdio_wanted(const struct run *r)
{
	return layers_bare_datagrams(r) && r->options->command.argv == NULL;
}

extern const struct way way_datagrams;
const struct way way_datagrams = {
	.wanted = stdio_wanted,
	.serve = stdio_serve,
	.listen = stdio_listen,
};
