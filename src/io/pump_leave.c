/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "io/pump_state.h"

/* Waiting for acknowledgement: the kernel tells when the FIN is acknowledged,
 * but not when mere data is, so look again after a while. */
#define ACK_PAUSE_FIRST	(2 * CLOCK_MS)
#define ACK_PAUSE_MOST	(200 * CLOCK_MS)

/* Input that nobody wants any more: were it left unread, close(2) would send a
 * reset, which could destroy what the peer has not read yet. */
static void
pump_discard_input(struct pump *p)
{
	struct flow discard;
	enum flow_step step;
	int turns = 64;

	if (flow_is_over(&p->in) && !p->in.limited)
		return;
	flow_init_discard(&discard, p->net);
	do
		step = flow_step(&discard, p->now);
	while (step == FLOW_MOVED && --turns > 0);
	if (step == FLOW_ENDED)
		flow_exhausted_elsewhere(&p->in);
	else if (step == FLOW_SOURCE_FAILED)
		pump_net_failed(p, discard.error);
	flow_free(&discard);
}

/* A command that has the socket, too, may have been told of the reset; we are
 * not told again.  The bytes in doubt stay what they were for ever. */
static bool
pump_closed_in_doubt(const struct pump *p, size_t doubt)
{
	return doubt > 0 && !stream_connected(p->net) && pump_in_doubt(p) > 0;
}

static void
pump_check_socket_error(struct pump *p, size_t doubt)
{
	int errnum;

	if (pump_only_farewell(p))
		return;
	errnum = stream_error(p->net);
	if (errnum != 0)
		pump_net_failed(p, errnum);
	else if (pump_closed_in_doubt(p, doubt))
		pump_net_failed(p, ECONNRESET);
}

/*
 * Sleep until something happens to the connection.  Both directions may be
 * over, when poll(2) would always say POLLHUP: edges are what is needed.
 */
static void
pump_wait_edge(struct pump *p, int epoll_fd, int64_t pause)
{
	struct epoll_event event;
	int64_t until = clock_earlier(clock_after(p->now, pause),
	    clock_earlier(p->setup.deadline,
	    clock_after(p->active, p->o->idle_timeout)));

	if (wait_fd(epoll_fd, POLLIN, until, 0) == WAIT_READY)
		epoll_wait(epoll_fd, &event, 1, 0);
	p->now = clock_now();
}

static void
pump_check_acknowledging(struct pump *p, size_t doubt)
{
	char text[96];

	if (doubt != p->unacked) {
		p->unacked = doubt;
		p->active = p->now;
	}
	if (signals_terminating() != 0) {
		error_interrupted(&p->failure);
	} else if (p->now >= p->setup.deadline ||
	    p->now >= clock_after(p->active, p->o->idle_timeout) ||
	    p->now >= p->quit_at) {
		snprintf(text, sizeof(text), "%zu bytes were not acknowledged "
		    "in time", doubt);
		pump_timed_out(p, text);
	}
}

/* Until the peer's system has acknowledged the last byte; tcp(7), SIOCOUTQ. */
static void
pump_wait_acknowledged(struct pump *p)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT |
	    EPOLLRDHUP | EPOLLET };
	int64_t pause = ACK_PAUSE_FIRST;
	int epoll_fd = -1;
	size_t doubt;

	for (;;) {
		pump_discard_input(p);
		doubt = pump_in_doubt(p);
		if (p->failure.result == RESULT_OK)
			pump_check_socket_error(p, doubt);
		if (doubt == 0 || p->failure.result != RESULT_OK)
			break;
		if (epoll_fd == -1) {
			epoll_fd = epoll_create1(EPOLL_CLOEXEC);
			epoll_ctl(epoll_fd, EPOLL_CTL_ADD, p->net->in.fd,
			    &event);
			p->active = p->now = clock_now();
			log_line(LOG_DETAIL, "waiting for the peer's system "
			    "to acknowledge %zu bytes", doubt);
		}
		pump_check_acknowledging(p, doubt);
		if (p->failure.result != RESULT_OK)
			break;
		pump_wait_edge(p, epoll_fd, pause);
		pause = clock_earlier(2 * pause, ACK_PAUSE_MOST);
	}
	if (epoll_fd != -1)
		close(epoll_fd);
}

/* A duplex local end broke: what it had said before still arrives, and then
 * the reset. */
static void
pump_leave_broken(struct pump *p)
{
	struct error failure = p->failure;

	p->failure.result = RESULT_OK;
	pump_wait_acknowledged(p);
	p->failure = failure;
}

void
pump_leave(struct pump *p)
{
	if (p->failure.result != RESULT_OK) {
		if (p->local_state == LOCAL_FAILED && p->local->duplex &&
		    p->o->wait_acknowledged)
			pump_leave_broken(p);
		return;
	}
	if (p->o->wait_acknowledged && p->o->quit_after != 0)
		pump_wait_acknowledged(p);
	else
		pump_discard_input(p);
	/* What it said has arrived; what came for it has not. */
	if (p->failure.result == RESULT_OK && !p->setup.local_may_leave &&
	    p->local_state == LOCAL_GONE &&
	    (p->undelivered || p->in.discarded > 0)) {
		error_set(&p->failure, RESULT_BROKEN, "%s does not take any "
		    "more", p->local->name);
		p->abort = true;
	}
}

/* What to do about it, if that is known. */
static const char *
pump_advice(const struct pump *p)
{
	return p->half_closed && p->setup.asks &&
	    p->failure.result == RESULT_BROKEN ? "; some servers take a "
	    "half-close for leaving, --reply asks without one" : "";
}

void
pump_describe_failure(struct pump *p, struct error *err)
{
	const char *text = p->failure.text;
	unsigned long long sent = p->out.bytes + p->setup.already_sent;
	unsigned long long received = p->in.bytes;
	/* What is not acknowledged may be an end, too, or of TLS alone. */
	unsigned long long doubt = p->unacked < sent ? p->unacked : sent;

	if (p->failure.result == RESULT_SIGNAL ||
	    p->failure.result == RESULT_PIPE) {
		error_set(err, p->failure.result, "%s", text);
	} else if (doubt > 0 && p->o->send) {
		error_set(err, p->failure.result, "%.700s (sent %llu bytes, "
		    "%s %llu of them in doubt: not acknowledged; received %llu "
		    "bytes%s)", text, sent, p->net->layered ? "about" :
		    "at least", doubt, received, pump_advice(p));
	} else {
		error_set(err, p->failure.result, "%.700s (sent %llu bytes, "
		    "received %llu bytes%s)", text, sent, received,
		    pump_advice(p));
	}
	err->errnum = p->failure.errnum;
	err->step = p->failure.step;
	err->ended = p->failure.ended;
}

enum result
pump_settle(struct stream *net, bool wait_acknowledged, int64_t deadline,
    struct error *err)
{
	const struct pump_options o = { .idle_timeout = CLOCK_NEVER };
	struct pump p = {
		.net = net,
		.o = &o,
		.setup = { .deadline = deadline },
		.quit_at = CLOCK_NEVER,
	};

	p.now = p.active = clock_now();
	pump_discard_input(&p);
	if (flow_is_over(&p.in))
		log_line(LOG_STEP, "the peer ended its direction");
	if (wait_acknowledged && p.failure.result == RESULT_OK)
		pump_wait_acknowledged(&p);
	if (p.failure.result == RESULT_OK)
		return RESULT_OK;
	/* How many bytes there were, nobody has counted. */
	if (p.failure.result == RESULT_SIGNAL || p.unacked == 0)
		return error_set(err, p.failure.result, "%.700s",
		    p.failure.text);
	return error_set(err, p.failure.result, "%.700s (at least %zu bytes "
	    "in doubt: not acknowledged)", p.failure.text, p.unacked);
}
