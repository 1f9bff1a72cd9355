/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "session/retarget.h"
#include "session/session.h"

/* "no" keeps the bytes out of splice(2) and sendfile(2): for tests, and for
 * file systems that get it wrong. */
#define ZERO_COPY_VARIABLE	"SOCKCAT_ZERO_COPY"

static bool
session_zero_copy(void)
{
	const char *value = getenv(ZERO_COPY_VARIABLE);

	return value == NULL || strcmp(value, "no") != 0;
}

/*
 * How long the peer has to be silent before it is told of an end that it may
 * take for that of both directions.  A command or a target that has ended has
 * mostly left, and the client waits for nothing else.
 */
static int64_t
session_end_silence(const struct options *o, const struct stream *local)
{
	if (o->listening && local->duplex)
		return 0;
	return o->listening && local->no_input ? CLOCK_NEVER : PUMP_END_SILENCE;
}

static struct pump_setup
session_pump_setup(const struct options *o, int64_t deadline,
    const struct stream *local, const int *next_fd)
{
	return (struct pump_setup){
		.end_silence = session_end_silence(o, local),
		.asks = !o->listening && !local->duplex,
		.serial = o->server.keep_open && !local->duplex &&
		    !o->merge.on,
		.lean = o->server.keep_open &&
		    (local->duplex || o->merge.on),
		.probe = options_may_probe(o),
		.local_may_leave = o->command.argv != NULL,
		.zero_copy = session_zero_copy(),
		.deadline = deadline,
		.next_fd = next_fd,
	};
}

static void
session_log_tcp_info(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (!log_enabled(LOG_DETAIL) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return;
	log_line(LOG_DETAIL, "TCP: rtt %.3f ms, %u retransmits, congestion "
	    "window %u, segment size %u", info.tcpi_rtt / 1000.0,
	    info.tcpi_total_retrans, info.tcpi_snd_cwnd, info.tcpi_snd_mss);
}

/* Bytes that go into the SYN: what fits into its segment on any path. */
#define FASTOPEN_FIRST	1200

/*
 * TCP fast open: the connection comes about with the first write, so it is
 * made here, with bytes from standard input if there are any already and they
 * may go as they are.  Returns how many went.
 */
static uint64_t
session_fastopen_send(const struct options *o, struct stream *net,
    struct stream *local)
{
	unsigned char first[FASTOPEN_FIRST] = { 0 };
	ssize_t n = 0, w;

	if (o->pump.send && !o->pump.crlf && o->pump.line_delay == 0 &&
	    !local->in.messages && wait_is_ready(local->in.fd, POLLIN))
		n = stream_read(local, first, sizeof(first));
	if (n < 0)
		n = 0;		/* the pump will meet it again */
	w = stream_write(net, first, (size_t)n);
	if (w < 0)
		w = 0;
	if (n > w)
		stream_unread(local, first + w, (size_t)(n - w));
	return (uint64_t)w;
}

/* ... and has to stand before it can be half-closed. */
static enum result
session_fastopen_wait(const struct options *o, int64_t deadline, int fd,
    struct error *err)
{
	struct pollfd pfd[2] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = signals_fd(), .events = POLLIN },
	};
	int64_t now = clock_now();
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	deadline = clock_earlier(deadline, clock_after(now,
	    o->dial.timeout));
	while (poll(pfd, 2, clock_poll_timeout(deadline, now)) < 1) {
		now = clock_now();
		if (now >= deadline)
			return error_set(err, RESULT_TIMEOUT,
			    "connect: no answer in time");
	}
	if (signals_caught() != 0)
		return error_set(err, RESULT_SIGNAL, "interrupted");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == -1)
		errnum = errno;
	if (errnum != 0)
		return error_set_errno(err, error_network_result(errnum),
		    errnum, "connect");
	return RESULT_OK;
}

enum result
session_fastopen_connect(const struct options *o, int64_t deadline, int fd,
    struct error *err)
{
	if (send(fd, NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
	    errno != EINPROGRESS && errno != EAGAIN)
		return error_set_errno(err, error_network_result(errno), errno,
		    "connect");
	return session_fastopen_wait(o, deadline, fd, err);
}

/* --- layers -------------------------------------------------------------- */

/* A listener does not wait for ever for a client that says nothing. */
#define ACCEPT_HANDSHAKE	(10 * CLOCK_SECOND)

int64_t
session_handshake_deadline(const struct options *o, int64_t deadline)
{
	int64_t limit = o->dial.timeout;

	if (limit == CLOCK_NEVER && o->listening)
		limit = ACCEPT_HANDSHAKE;
	return clock_earlier(deadline, clock_after(clock_now(), limit));
}

void
session_say_closed(const struct addr *remote, const char *how)
{
	char peer[ADDR_TEXT_MAX];

	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "closed %s: %s", addr_format(remote, peer),
		    how);
}

void
session_say_failed(const struct addr *remote, const struct error *e,
    struct error *err)
{
	char peer[ADDR_TEXT_MAX];

	session_say_closed(remote, e->text);
	addr_format(remote, peer);
	error_set(err, e->result, "%.300s: %.700s", peer, e->text);
	err->status = e->status;
	if (e->own)
		error_own(err, strlen(peer) + 2);
}

void
session_part(struct stream *net)
{
	struct pollfd pfd = { .fd = net->in.fd, .events = POLLIN };
	int64_t until = clock_after(clock_now(), SESSION_PARTING_TIME);
	char data[4096];
	ssize_t n = 0;

	stream_shutdown(net);
	do {
		poll(&pfd, 1, clock_poll_timeout(until, clock_now()));
		n = stream_read(net, data, sizeof(data));
	} while (n != 0 && (n > 0 || errno == EAGAIN) && clock_now() < until &&
	    signals_caught() == 0);
	stream_close(net, false);
}

/* Another address is tried when one refuses. */
static struct stream *
session_retarget(const struct options *o, int64_t deadline,
    struct connection *c)
{
	sockopt_long_receive_queue(c->fd, &o->socket);
	return retarget_stream_new(o->listening ? &o->forward.dial : &o->dial,
	    deadline, c);
}

/* Once. */
static struct stream *
session_begin(const struct options *o, struct tls *t,
    const char *host, int64_t deadline, struct connection *c,
    struct error *err)
{
	struct addr remote = c->remote;
	struct stream *net;
	struct error e = { .result = RESULT_OK };
	enum result result;

	if (options_datagrams(o))
		sockopt_long_receive_queue(c->fd, &o->socket);
	net = stream_from_connection(c);
	if (t == NULL)
		return net;
	result = tls_start(t, host, session_handshake_deadline(o, deadline),
	    &net, &e);
	if (result == RESULT_OK)
		return net;
	session_say_failed(&remote, &e, err);
	if (result == RESULT_DENIED && !options_datagrams(o))
		session_part(net);
	else
		stream_close(net, false);
	return NULL;
}

/* Connections of datagrams, one try after the other. */
struct tries {
	const struct options	*o;
	int64_t			 deadline;
	struct connection	 next;		/* ... and those it may be to */
	int64_t			 until, pause;	/* of --retry; until 0: it has
						 * not begun */
};

/* --retry: when all have refused. */
static bool
session_wait_to_try(struct tries *t)
{
	int64_t now = clock_now();
	struct error err;

	if (t->next.targets.count == 0 || t->o->dial.retry == 0)
		return false;
	if (t->until == 0)
		t->until = clock_earlier(t->deadline,
		    clock_after(now, t->o->dial.retry));
	if (now >= t->until || dial_pause(dial_retry_pause(&t->pause), &err) !=
	    RESULT_OK)
		return false;
	log_line(LOG_STEP, "trying again");
	t->next.next_target = 0;
	return true;
}

/* Of datagrams, a refusal comes in the handshake: then the next address is
 * tried. */
static bool
session_try_next(struct tries *t)
{
	struct error err;

	t->next.fd = -1;
	if (t->next.next_target == t->next.targets.count &&
	    !session_wait_to_try(t))
		return false;
	return dial_next(&t->o->dial, t->deadline, &t->next, &err) == RESULT_OK;
}

/* c without the other addresses. */
static struct connection
session_alone(const struct connection *c)
{
	struct connection alone = *c;

	alone.targets = (struct addr_list){ NULL, 0 };
	return alone;
}

struct stream *
session_connect_target(const struct options *o, struct tls *t,
    const char *host, int64_t deadline, struct connection *c,
    struct error *err)
{
	struct tries tries = { .o = o, .deadline = deadline, .next = *c };
	struct stream *net;

	if (t == NULL && c->targets.count > 1)
		return session_retarget(o, deadline, c);
	*c = session_alone(c);
	net = session_begin(o, t, host, deadline, c, err);
	while (net == NULL && err->result == RESULT_REFUSED &&
	    session_try_next(&tries)) {
		*c = session_alone(&tries.next);
		net = session_begin(o, t, host, deadline, c, err);
	}
	if (net == NULL && err->result == RESULT_REFUSED &&
	    tries.until != 0 && clock_now() >= tries.until)
		dial_retry_over(&o->dial, err);
	addr_list_free(&tries.next.targets);
	return net;
}

struct stream *
session_connect(const struct options *o, int64_t deadline,
    struct connection *c, struct error *err)
{
	return session_connect_target(o, o->tls_context, o->listening ? NULL :
	    o->host, deadline, c, err);
}

/* --- from the connection to its end -------------------------------------- */

/* It was quiet at the end, and somebody may have refused what was said. */
static enum result
session_suspect(const struct stream *net, struct error *why)
{
	return error_set_errno(why, error_network_result(net->suspect),
	    net->suspect, "the peer did not end, and may have gone");
}

/* The connection has ended: close it. */
static enum result
session_close(struct stream *net, bool abort, enum result result,
    struct error *why)
{
	session_log_tcp_info(net->in.fd);
	if (result == RESULT_OK && net->suspect != 0)
		result = session_suspect(net, why);
	if (result == RESULT_OK && net->layered && !net->shut)
		stream_shutdown(net);	/* it is no truncation */
	stream_close(net, abort);
	return result;
}

void
session_say_done(const struct addr *remote, const char *how,
    const struct pump_counts *counts)
{
	char text[128];

	if (!log_enabled(LOG_STEP))
		return;
	snprintf(text, sizeof(text), "%s, sent %llu bytes, received %llu "
	    "bytes", how, (unsigned long long)counts->sent,
	    (unsigned long long)counts->received);
	session_say_closed(remote, text);
}

/* Say how it ended. */
static enum result
session_say(const struct addr *remote, enum result result,
    const struct pump_counts *counts, const struct error *why,
    struct error *err)
{
	if (result == RESULT_OK)
		session_say_done(remote, "done", counts);
	else
		session_say_failed(remote, why, err);
	return result;
}

enum result
session_pump(const struct options *o, int64_t deadline, struct stream *net,
    struct stream *local, const int *next_fd, struct pump_counts *counts,
    struct error *why)
{
	struct pump_setup setup = session_pump_setup(o, deadline, local,
	    next_fd);
	enum result result = RESULT_OK;
	bool abort = false;

	memset(counts, 0, sizeof(*counts));
	if (o->socket.fastopen && !o->listening && o->command.argv == NULL) {
		setup.already_sent = session_fastopen_send(o, net, local);
		result = session_fastopen_wait(o, deadline, net->out.fd, why);
	}
	if (result == RESULT_OK)
		result = pump_run(net, local, &o->pump, &setup, counts,
		    &abort, why);
	return session_close(net, abort, result, why);
}

enum result
session_run(const struct options *o, int64_t deadline, struct stream *net,
    const struct addr *remote, struct stream *local, const int *next_fd,
    struct error *err)
{
	struct pump_counts counts;
	struct error why = { .result = RESULT_OK };
	enum result result = session_pump(o, deadline, net, local, next_fd,
	    &counts, &why);

	return session_say(remote, result, &counts, &why, err);
}

enum result
session_serve(const struct options *o, int64_t deadline, struct connection *c,
    struct stream *local, const int *next_fd, struct error *err)
{
	struct stream *net = session_connect(o, deadline, c, err);
	struct addr remote = c->remote;

	if (net == NULL)
		return err->result;
	return session_run(o, deadline, net, &remote, local, next_fd, err);
}

/* --- in turns ------------------------------------------------------------ */

struct session {
	struct stream	*net;
	struct pump	*pump;
	struct addr	 remote;
};

struct session *
session_open(const struct options *o, int64_t deadline, struct connection *c,
    struct stream *local)
{
	const struct pump_setup setup = session_pump_setup(o, deadline, local,
	    NULL);
	struct session *s = xcalloc(1, sizeof(*s));

	s->remote = c->remote;
	s->net = stream_from_connection(c);
	s->pump = pump_open(s->net, local, &o->pump, &setup);
	return s;
}

enum pump_turn
session_turn(struct session *s, short net, short local)
{
	return pump_turn(s->pump, net, local);
}

void
session_wants(const struct session *s, short *net, short *local)
{
	pump_wants(s->pump, net, local);
}

enum result
session_finish(struct session *s, struct error *err)
{
	struct pump_counts counts;
	struct error pump_err = { .result = RESULT_OK };
	enum result result;
	bool abort;

	result = pump_finish(s->pump, &counts, &abort, &pump_err);
	result = session_close(s->net, abort, result, &pump_err);
	session_say(&s->remote, result, &counts, &pump_err, err);
	free(s);
	return result;
}
