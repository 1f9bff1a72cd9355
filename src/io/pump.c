/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "io/flow.h"
#include "io/pump.h"
#include "net/listen.h"
#include "wire/crlf.h"
#include "wire/telnet.h"

/* Once the peer has ended and we have nothing to send, its death shows only in
 * unanswered probes: after this many seconds, each so many, so often. */
#define PROBE_AFTER	CLOCK_SECOND	/* before that it is not worth it */
#define PROBE_IDLE	10
#define PROBE_INTERVAL	10
#define PROBE_COUNT	6

/* Waiting for acknowledgement: the kernel tells when the FIN is acknowledged,
 * but not when mere data is, so look again after a while. */
#define ACK_PAUSE_FIRST	(2 * CLOCK_MS)
#define ACK_PAUSE_MOST	(200 * CLOCK_MS)

enum {
	SLOT_OUT_SOURCE,
	SLOT_OUT_SINK,
	SLOT_IN_SOURCE,
	SLOT_IN_SINK,
	SLOT_WATCH_LOCAL,	/* the reader of standard output goes away */
	SLOT_WATCH_NET,		/* the peer dies */
	SLOT_SIGNALS,
	SLOT_NEXT,		/* the next client waits */
	SLOT_COUNT = SLOT_NEXT + LISTEN_MAX + 1
};

enum phase {
	PHASE_RUN,
	PHASE_DRAIN,		/* -q is over; deliver what came */
	PHASE_BROKEN,		/* the network failed; deliver what came */
	PHASE_DONE,
};

struct pump {
	struct stream			*net;
	struct stream			*local;
	const struct pump_options	*o;
	struct flow			 out;
	struct flow			 in;
	struct crlf			 crlf;
	struct telnet			 telnet;
	struct filter			 out_filter;
	struct filter			 in_filter;
	enum phase			 phase;
	bool				 half_close_due;
	bool				 hung_up;	/* POLLHUP was seen */
	bool				 cut;	/* left before the end */
	bool				 local_failed;
	bool				 sink_gone;	/* duplex local end */
	bool				 lost;	/* bytes that it did not take */
	int64_t				 now;
	int64_t				 active;	/* last sign of life */
	size_t				 unacked;	/* at that time */
	int64_t				 quit_at;
	int64_t				 probe_at;	/* see PROBE_AFTER */
	uint64_t			 drain_to;	/* received bytes */
	struct error			 failure;
	struct pollfd			 pfd[SLOT_COUNT];
	nfds_t				 slots;		/* in use */
};

/* --- filters ------------------------------------------------------------- */

static size_t
pump_run_crlf(void *state, const unsigned char *in, size_t n,
    unsigned char *out)
{
	return crlf_expand(state, in, n, out);
}

static size_t
pump_run_telnet(void *state, const unsigned char *in, size_t n,
    unsigned char *out)
{
	struct pump *p = state;
	unsigned char reply[1024];
	size_t total = 0;

	/* In pieces whose answers fit into reply. */
	while (n > 0) {
		size_t piece = n < 512 ? n : 512, left, answers = 0;

		memcpy(out + total, in, piece);
		left = telnet_strip(&p->telnet, out + total, piece, reply,
		    &answers);
		if (answers > 0 && !flow_inject(&p->out, reply, answers))
			log_line(LOG_STEP, "telnet: the answer to an option "
			    "was dropped");
		total += left;
		in += piece;
		n -= piece;
	}
	return total;
}

/* --- setting up ---------------------------------------------------------- */

static void
pump_init_flows(struct pump *p)
{
	const struct pump_options *o = p->o;
	const struct filter *out = NULL, *in = NULL;
	bool zero_copy = o->zero_copy;

	if (o->crlf) {
		p->out_filter = (struct filter){ pump_run_crlf, &p->crlf, 2 };
		out = &p->out_filter;
	}
	if (o->telnet) {
		p->in_filter = (struct filter){ pump_run_telnet, p, 1 };
		in = &p->in_filter;
	}
	if (o->send) {
		flow_init(&p->out, p->local, p->net, out,
		    zero_copy && o->line_delay == 0);
		p->out.line_delay = o->line_delay;
	} else {
		flow_init_none(&p->out, p->local, p->net);
	}
	if (o->receive) {
		flow_init(&p->in, p->net, p->local, in,
		    zero_copy && o->read_limit == 0);
		p->in.read_limit = o->read_limit;
	} else {
		flow_init_discard(&p->in, p->net);
	}
	if (!o->receive && p->local->duplex)
		p->local->ops->shutdown(p->local);	/* nothing comes */
	p->out.lean = p->in.lean = o->lean;
	p->out.rate = p->in.rate = o->rate;
}

/* --- failures ------------------------------------------------------------ */

static size_t
pump_in_doubt(const struct pump *p)
{
	size_t n = p->net->ops->unacked(p->net);

	return n > 0 && p->net->shut ? n - 1 : n;	/* the FIN is no data */
}

/* A layer's farewell may find that the peer has left: it had all it wanted. */
static bool
pump_only_farewell(const struct pump *p)
{
	return p->net->layered && p->net->shut && p->in.ended &&
	    p->in.error == 0 && pump_in_doubt(p) == 0;
}

static void
pump_fail(struct pump *p, enum result result, const char *what, int errnum,
    const struct error *fault)
{
	size_t doubt;

	if (p->failure.result != RESULT_OK)
		return;		/* the first one is the cause */
	doubt = pump_in_doubt(p);
	if (fault != NULL)
		p->failure = *fault;
	else
		error_set(&p->failure, result, "%s: %s", what,
		    strerror(errnum));
	if (result == RESULT_PIPE)
		return;
	p->unacked = doubt;
}

/* The network failed: what came from it is still written. */
static void
pump_net_failed(struct pump *p, int errnum)
{
	enum result result = error_network_result(errnum);

	pump_fail(p, result, "the connection broke", errnum, p->net->fault);
	p->out.ended = true;
	p->phase = p->in.ended || p->sink_gone || !p->o->receive ? PHASE_DONE :
	    PHASE_BROKEN;
	p->in.wants_in = false;		/* is there something left? */
}

static void
pump_local_failed(struct pump *p, const char *what, int errnum)
{
	pump_fail(p, p->local->duplex ? error_network_result(errnum) :
	    RESULT_LOCAL, what, errnum, p->local->fault);
	p->phase = PHASE_DONE;
	p->cut = p->local_failed = true;
}

/* A duplex local end reads no more.  What comes for it is read and forgotten,
 * and what it still has to say is sent. */
static void
pump_local_gone(struct pump *p)
{
	uint64_t bytes = p->in.bytes;

	p->lost = flow_pending(&p->in) > 0;
	flow_free(&p->in);
	flow_init_discard(&p->in, p->net);
	p->in.bytes = bytes;
	p->sink_gone = true;
	if (p->phase != PHASE_RUN)
		p->phase = PHASE_DONE;
}

static void
pump_output_failed(struct pump *p, int errnum)
{
	if (p->local->duplex) {
		pump_local_gone(p);
	} else if (errnum == EPIPE) {
		pump_fail(p, RESULT_PIPE, p->local->name, errnum, NULL);
		p->phase = PHASE_DONE;
	} else {
		pump_local_failed(p, p->local->name, errnum);
	}
}

static void
pump_timed_out(struct pump *p, const char *what)
{
	error_set(&p->failure, RESULT_TIMEOUT, "%s", what);
	p->unacked = pump_in_doubt(p);
	p->cut = flow_pending(&p->out) > 0 || flow_pending(&p->in) > 0 ||
	    (p->local->duplex && !(p->out.ended && p->in.ended));
	p->phase = PHASE_DONE;
}

/* --- ends ---------------------------------------------------------------- */

static void
pump_half_close(struct pump *p)
{
	p->half_close_due = false;
	if (p->o->half_close && p->net->ops->shutdown(p->net) == 0)
		log_line(LOG_STEP, "sent all %llu bytes, half-closed",
		    (unsigned long long)p->out.bytes);
}

/* Standard input has ended and everything of it is sent. */
static void
pump_input_ended(struct pump *p)
{
	/* For one client after another, an input that had nothing for this one
	 * must not end its reading. */
	if (p->o->serial && p->out.bytes == 0 && !p->in.ended)
		p->half_close_due = true;
	else
		pump_half_close(p);
	p->quit_at = clock_after(p->now, p->o->quit_after);
}

static void
pump_want_probes(struct pump *p)
{
	if (p->o->lean)		/* has nobody to look at the clock */
		sockopt_keepalive(p->net->in.fd, PROBE_IDLE, PROBE_INTERVAL,
		    PROBE_COUNT);
	else
		p->probe_at = clock_after(p->now, PROBE_AFTER);
}

/* The peer has ended its direction and everything of it is written. */
static void
pump_peer_ended(struct pump *p)
{
	log_line(LOG_STEP, p->in.limited ? "received what was asked for, %llu "
	    "bytes" : "the peer ended its direction after %llu bytes",
	    (unsigned long long)p->in.bytes);
	if (p->o->receive && p->local->ops->shutdown(p->local) == -1 &&
	    !p->local->duplex) {
		pump_local_failed(p, p->local->name, errno);
		return;
	}
	p->hung_up = false;	/* from now on it means that nobody reads */
	if (p->half_close_due)
		pump_half_close(p);
	if (p->o->exit_on_eof || p->local->interactive || p->in.limited)
		flow_stop_reading(&p->out);
	if (!p->out.ended)
		pump_want_probes(p);
}

static void
pump_step_out(struct pump *p)
{
	switch (flow_step(&p->out, p->now)) {
	case FLOW_BLOCKED:
	case FLOW_MOVED:
		break;
	case FLOW_ENDED:
		pump_input_ended(p);
		break;
	case FLOW_SOURCE_FAILED:
		/* It had not read everything: that is its own affair. */
		if (p->o->local_may_leave && p->out.error == ECONNRESET)
			pump_input_ended(p);
		else
			pump_local_failed(p, p->local->in_name, p->out.error);
		break;
	case FLOW_SINK_FAILED:
		pump_net_failed(p, p->out.error);
		break;
	}
}

/* Nothing more comes: is there nothing left that came before? */
static void
pump_check_rest(struct pump *p)
{
	if (p->phase == PHASE_RUN || !p->in.wants_in ||
	    flow_pending(&p->in) > 0)
		return;
	if (p->in.guessed)
		p->in.wants_in = false;		/* that won't do: ask */
	else
		p->phase = PHASE_DONE;
}

static void
pump_step_in(struct pump *p)
{
	switch (flow_step(&p->in, p->now)) {
	case FLOW_BLOCKED:
		pump_check_rest(p);
		break;
	case FLOW_MOVED:
		break;
	case FLOW_ENDED:
		if (p->sink_gone)
			break;
		if (p->phase == PHASE_BROKEN && pump_only_farewell(p))
			p->failure.result = RESULT_OK;
		if (p->phase == PHASE_RUN)
			pump_peer_ended(p);
		else
			p->phase = PHASE_DONE;
		break;
	case FLOW_SOURCE_FAILED:
		pump_net_failed(p, p->in.error);
		p->phase = PHASE_DONE;
		break;
	case FLOW_SINK_FAILED:
		pump_output_failed(p, p->in.error);
		break;
	}
}

/* Whether there is, or may be, something to send: once the connection is broken
 * nothing goes any more, not even what was injected. */
static bool
pump_sends(const struct pump *p)
{
	return p->phase == PHASE_RUN && flow_busy(&p->out);
}

/*
 * Whether a flow may have something to move, after poll(2).  One that waits for
 * its source (`slot') has nothing until that is ready, but while it is fast,
 * more has come since.  One that waits for its sink is worth a try: a socket is
 * called writable only when a third of its buffer is free, and takes bytes
 * before.
 */
static bool
pump_ready(const struct pump *p, const struct flow *f, int slot)
{
	if (!f->wants_in || f->wants_out || f->fast ||
	    (f->sink != NULL && f->sink->unflushed))
		return true;
	if (f->hold_until != 0 && p->now >= f->hold_until)
		return true;
	return p->pfd[slot].revents != 0;
}

/* Step both flows; whether one of them may have more to move at once. */
static bool
pump_step(struct pump *p)
{
	uint64_t before = p->out.bytes + p->in.bytes + p->in.reads;
	uint64_t sent = p->out.bytes, received = p->in.bytes;

	p->now = clock_now();
	if (pump_sends(p) && pump_ready(p, &p->out, SLOT_OUT_SOURCE))
		pump_step_out(p);
	p->out.crowded = !p->o->lean && p->local->duplex;
	p->in.crowded = p->out.crowded || (!p->o->lean &&
	    (p->local->out.kind == FD_PIPE || p->out.bytes != sent));
	if (p->phase != PHASE_DONE && flow_busy(&p->in) &&
	    pump_ready(p, &p->in, SLOT_IN_SOURCE))
		pump_step_in(p);
	p->out.shared = p->in.bytes != received;
	if (p->out.bytes + p->in.bytes + p->in.reads != before) {
		p->now = clock_now();
		p->active = p->now;
	}
	if (p->phase == PHASE_RUN && p->out.ended && !p->net->unflushed &&
	    ((p->in.ended && !p->local->unflushed) || p->sink_gone ||
	    !p->o->receive))
		p->phase = PHASE_DONE;
	if (p->phase == PHASE_DRAIN && p->in.bytes >= p->drain_to)
		p->phase = PHASE_DONE;
	return (pump_sends(p) && !p->out.wants_in && !p->out.wants_out &&
	    (p->now >= p->out.hold_until || flow_injected(&p->out))) ||
	    (flow_busy(&p->in) && !p->in.wants_in && !p->in.wants_out &&
	    p->now >= p->in.hold_until);
}

/* --- waiting ------------------------------------------------------------- */

static void
pump_slot(struct pump *p, int slot, bool wanted, int fd, short events)
{
	p->pfd[slot] = (struct pollfd){ .fd = wanted ? fd : -1,
	    .events = events };
}

static bool
pump_watches_local(const struct pump *p)
{
	return p->o->receive && !p->in.ended && !p->in.wants_out &&
	    !p->sink_gone;
}

static bool
pump_watches_net(const struct pump *p)
{
	return !p->hung_up && p->phase == PHASE_RUN;
}

static void
pump_fill_slots(struct pump *p)
{
	struct stream *net = p->net, *local = p->local;
	bool quiet = p->o->serial && p->in.ended && !p->out.ended &&
	    p->out.wants_in && flow_pending(&p->out) == 0;

	pump_slot(p, SLOT_OUT_SOURCE, !p->out.ended && p->out.wants_in,
	    local->in.fd, local->read_events);
	pump_slot(p, SLOT_OUT_SINK, pump_sends(p) && (p->out.wants_out ||
	    net->unflushed), net->out.fd, net->write_events);
	pump_slot(p, SLOT_IN_SOURCE, !p->in.ended && p->in.wants_in,
	    net->in.fd, net->read_events);
	pump_slot(p, SLOT_IN_SINK, flow_busy(&p->in) && (p->in.wants_out ||
	    local->unflushed), local->out.fd, local->write_events);
	/* What is waited for is watched, too. */
	pump_slot(p, SLOT_WATCH_LOCAL, pump_watches_local(p) &&
	    local->out.fd != p->pfd[SLOT_OUT_SOURCE].fd, local->out.fd, 0);
	pump_slot(p, SLOT_WATCH_NET, pump_watches_net(p) &&
	    net->in.fd != p->pfd[SLOT_IN_SOURCE].fd, net->in.fd, 0);
	pump_slot(p, SLOT_SIGNALS, true, signals_fd(), POLLIN);
	p->slots = SLOT_NEXT;
	for (const int *fd = p->o->next_fd; quiet && fd != NULL && *fd != -1;
	    fd++)
		pump_slot(p, (int)p->slots++, true, *fd, POLLIN);
}

static int64_t
pump_quit_at(const struct pump *p)
{
	int64_t silent;

	if (p->quit_at == CLOCK_NEVER || !p->o->quit_in_silence)
		return p->quit_at;
	silent = clock_after(p->active, p->o->quit_after);
	return silent > p->quit_at ? silent : p->quit_at;
}

static int64_t
pump_wake_at(const struct pump *p)
{
	int64_t at = clock_earlier(p->o->deadline, p->phase == PHASE_RUN ?
	    pump_quit_at(p) : CLOCK_NEVER);

	at = clock_earlier(at, clock_after(p->active, p->o->idle_timeout));
	if (!p->out.ended && p->out.hold_until > p->now)
		at = clock_earlier(at, p->out.hold_until);
	if (!p->in.ended && p->in.hold_until > p->now)
		at = clock_earlier(at, p->in.hold_until);
	at = clock_earlier(at, p->probe_at);
	at = clock_earlier(at, p->out.collect_until);
	return clock_earlier(at, p->in.collect_until);
}

/* The peer died, or closed both ways, while we were looking elsewhere. */
static void
pump_net_hung_up(struct pump *p, short revents)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	p->hung_up = true;
	if ((revents & POLLERR) != 0 && getsockopt(p->net->in.fd, SOL_SOCKET,
	    SO_ERROR, &errnum, &len) == -1)
		errnum = errno;
	if (errnum != 0)
		pump_net_failed(p, errnum);
	else if (p->in.ended && flow_pending(&p->out) == 0)
		flow_stop_reading(&p->out);
}

static void
pump_check_slots(struct pump *p)
{
	const short gone = POLLERR | POLLHUP | POLLNVAL;
	short local = p->pfd[SLOT_WATCH_LOCAL].revents;
	short net = p->pfd[SLOT_WATCH_NET].revents;

	if (p->pfd[SLOT_OUT_SOURCE].fd == p->local->out.fd)
		local = p->pfd[SLOT_OUT_SOURCE].revents;
	if (p->pfd[SLOT_IN_SOURCE].fd == p->net->in.fd)
		net = p->pfd[SLOT_IN_SOURCE].revents;
	if ((local & gone) != 0 && pump_watches_local(p)) {
		pump_output_failed(p, EPIPE);
		return;
	}
	if ((net & gone) != 0 && pump_watches_net(p))
		pump_net_hung_up(p, net);
	for (nfds_t i = SLOT_NEXT; i < p->slots; i++) {
		if (p->pfd[i].revents != 0) {
			log_line(LOG_STEP, "the peer has ended and the next "
			    "client is waiting");
			flow_stop_reading(&p->out);
		}
	}
}

/* Whether poll(2) has found something to move, perhaps late. */
static bool
pump_can_move(const struct pump *p)
{
	return p->pfd[SLOT_OUT_SOURCE].revents != 0 ||
	    p->pfd[SLOT_OUT_SINK].revents != 0 ||
	    p->pfd[SLOT_IN_SOURCE].revents != 0 ||
	    p->pfd[SLOT_IN_SINK].revents != 0;
}

/* Nothing moved for the idle time.  A reader of ours that is slow, or data that
 * the network is still taking, is no idleness. */
static void
pump_check_idle(struct pump *p)
{
	size_t unacked;
	char text[64], span[32];

	if (p->now < clock_after(p->active, p->o->idle_timeout) ||
	    pump_can_move(p))
		return;
	unacked = p->net->ops->unacked(p->net);
	if (unacked != p->unacked || (!p->in.ended && p->in.wants_out)) {
		p->unacked = unacked;
		p->active = p->now;
		return;
	}
	snprintf(text, sizeof(text), "nothing moved for %s",
	    clock_format(span, sizeof(span), p->o->idle_timeout));
	pump_timed_out(p, text);
}

/* -q is over: the reader still gets what has arrived, but no more. */
static void
pump_quit(struct pump *p)
{
	int there = 0;

	p->phase = PHASE_DONE;
	if (p->in.ended || !p->o->receive)
		return;
	p->phase = PHASE_DRAIN;
	ioctl(p->net->in.fd, FIONREAD, &there);
	p->drain_to = p->in.bytes + flow_pending(&p->in) + (uint64_t)there;
	p->in.wants_in = false;		/* it has a step to make at once */
}

static void
pump_check_times(struct pump *p)
{
	p->now = clock_now();
	if (p->now >= p->in.collect_until)
		flow_collected(&p->in);
	if (p->now >= p->out.collect_until)
		flow_collected(&p->out);
	if (p->now >= p->probe_at) {
		p->probe_at = CLOCK_NEVER;
		sockopt_keepalive(p->net->in.fd, PROBE_IDLE, PROBE_INTERVAL,
		    PROBE_COUNT);
	}
	if (p->phase == PHASE_RUN && p->now >= pump_quit_at(p)) {
		pump_quit(p);
		return;
	}
	if (p->now >= p->o->deadline)
		pump_timed_out(p, "the time for the whole run is over");
	else
		pump_check_idle(p);
}

/* What poll(2) found is in the slots. */
static void
pump_woken(struct pump *p, bool something)
{
	if (signals_caught() != 0) {
		error_set(&p->failure, RESULT_SIGNAL, "interrupted");
		p->cut = p->local->duplex && !(p->out.ended && p->in.ended);
		p->phase = PHASE_DONE;
		return;
	}
	if (something)
		pump_check_slots(p);
	if (p->phase != PHASE_DONE)
		pump_check_times(p);
}

static void
pump_wait(struct pump *p, bool again)
{
	int timeout = again ? 0 : clock_poll_timeout(pump_wake_at(p), p->now);
	int n;

	pump_fill_slots(p);
	n = poll(p->pfd, p->slots, timeout);
	if (n == -1 && errno != EINTR) {
		pump_local_failed(p, "poll", errno);
		return;
	}
	pump_woken(p, n > 0);
}

/* --- leaving ------------------------------------------------------------- */

/* Input that nobody wants any more: were it left unread, close(2) would send a
 * reset, which could destroy what the peer has not read yet. */
static void
pump_discard_input(struct pump *p)
{
	struct flow discard;
	enum flow_step step;
	int turns = 64;

	if (p->in.ended && !p->in.limited)
		return;
	flow_init_discard(&discard, p->net);
	do
		step = flow_step(&discard, p->now);
	while (step == FLOW_MOVED && --turns > 0);
	if (step == FLOW_ENDED)
		p->in.limited = !(p->in.ended = true);
	else if (step == FLOW_SOURCE_FAILED)
		pump_net_failed(p, discard.error);
	flow_free(&discard);
}

/* A command that has the socket, too, may have been told of the reset; we are
 * not told again.  The bytes in doubt stay what they were for ever. */
static bool
pump_closed_in_doubt(const struct pump *p)
{
	struct addr peer = { .len = sizeof(peer.ss) };

	return getpeername(p->net->out.fd, &peer.sa, &peer.len) == -1 &&
	    errno == ENOTCONN && pump_in_doubt(p) > 0;
}

static void
pump_check_socket_error(struct pump *p)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	if (pump_only_farewell(p))
		return;
	if (getsockopt(p->net->in.fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == 0
	    && errnum != 0)
		pump_net_failed(p, errnum);
	else if (pump_closed_in_doubt(p))
		pump_net_failed(p, ECONNRESET);
}

/*
 * Sleep until something happens to the connection.  Both directions may be
 * over, when poll(2) would always say POLLHUP: edges are what is needed.
 */
static void
pump_wait_edge(struct pump *p, int epoll_fd, int64_t pause)
{
	struct pollfd pfd[2] = {
		{ .fd = epoll_fd, .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
	};
	struct epoll_event event;
	int64_t until = clock_earlier(clock_after(p->now, pause),
	    clock_earlier(p->o->deadline,
	    clock_after(p->active, p->o->idle_timeout)));

	poll(pfd, 2, clock_poll_timeout(until, p->now));
	if (pfd[0].revents != 0)
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
	if (signals_caught() != 0) {
		error_set(&p->failure, RESULT_SIGNAL, "interrupted");
	} else if (p->now >= p->o->deadline ||
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
			pump_check_socket_error(p);
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
pump_settle(struct pump *p)
{
	struct error failure = p->failure;

	p->failure.result = RESULT_OK;
	pump_wait_acknowledged(p);
	p->failure = failure;
}

static void
pump_leave(struct pump *p)
{
	if (p->failure.result != RESULT_OK) {
		if (p->local_failed && p->local->duplex &&
		    p->o->wait_acknowledged)
			pump_settle(p);
		return;
	}
	if (p->o->wait_acknowledged && p->o->quit_after != 0)
		pump_wait_acknowledged(p);
	else
		pump_discard_input(p);
	/* What it said has arrived; what came for it has not. */
	if (p->failure.result == RESULT_OK && !p->o->local_may_leave &&
	    p->sink_gone && (p->lost || p->in.discarded > 0)) {
		error_set(&p->failure, RESULT_BROKEN, "%s does not take any "
		    "more", p->local->name);
		p->cut = true;
	}
}

static void
pump_describe_failure(struct pump *p, struct error *err)
{
	const char *text = p->failure.text;
	unsigned long long sent = p->out.bytes + p->o->already_sent;
	unsigned long long received = p->in.bytes;
	/* What is not acknowledged may be an end, too, or of TLS alone. */
	unsigned long long doubt = p->unacked < sent ? p->unacked : sent;

	if (p->failure.result == RESULT_SIGNAL ||
	    p->failure.result == RESULT_PIPE) {
		error_set(err, p->failure.result, "%s", text);
	} else if (doubt > 0 && p->o->send) {
		error_set(err, p->failure.result, "%.700s (sent %llu bytes, "
		    "%s %llu of them in doubt: not acknowledged; received %llu "
		    "bytes)", text, sent, p->net->layered ? "about" :
		    "at least", doubt, received);
	} else {
		error_set(err, p->failure.result, "%.700s (sent %llu bytes, "
		    "received %llu bytes)", text, sent, received);
	}
}

static void
pump_start(struct pump *p, struct stream *net, struct stream *local,
    const struct pump_options *o)
{
	*p = (struct pump){
		.net = net,
		.local = local,
		.o = o,
		.quit_at = CLOCK_NEVER,
		.probe_at = CLOCK_NEVER,
	};
	p->now = p->active = clock_now();
	pump_init_flows(p);
}

/* From where it is to the end. */
static enum result
pump_complete(struct pump *p, struct pump_counts *counts, bool *abort,
    struct error *err)
{
	enum result result;
	bool again;

	while (p->phase != PHASE_DONE) {
		again = pump_step(p);
		if (p->phase != PHASE_DONE)
			pump_wait(p, again);
	}
	pump_leave(p);
	counts->sent = p->out.bytes + p->o->already_sent;
	counts->received = p->in.bytes;
	counts->in_doubt = p->failure.result == RESULT_OK ? 0 : p->unacked;
	*abort = p->cut;
	result = p->failure.result;
	if (result != RESULT_OK)
		pump_describe_failure(p, err);
	flow_free(&p->out);
	flow_free(&p->in);
	return result;
}

enum result
pump_run(struct stream *net, struct stream *local,
    const struct pump_options *o, struct pump_counts *counts, bool *abort,
    struct error *err)
{
	struct pump p;

	pump_start(&p, net, local, o);
	return pump_complete(&p, counts, abort, err);
}

/* --- in turns ------------------------------------------------------------ */

struct pump_in_turns {
	struct pump		pump;
	struct pump_options	o;
};

struct pump *
pump_open(struct stream *net, struct stream *local,
    const struct pump_options *o)
{
	struct pump_in_turns *t = xcalloc(1, sizeof(*t));

	t->o = *o;
	pump_start(&t->pump, net, local, &t->o);
	return &t->pump;
}

enum pump_turn
pump_turn(struct pump *p, short net, short local)
{
	bool again;

	if (net != 0 || local != 0) {
		for (int i = 0; i < SLOT_COUNT; i++) {
			int fd = p->pfd[i].fd;

			p->pfd[i].revents = fd == p->net->in.fd ? net :
			    fd == p->local->in.fd ? local : 0;
		}
		pump_woken(p, true);
	}
	again = p->phase != PHASE_DONE && pump_step(p);
	if (p->phase == PHASE_DONE)
		return pump_in_doubt(p) == 0 ? PUMP_ENDED : PUMP_NEEDS_THREAD;
	pump_fill_slots(p);
	if (again)
		return PUMP_GOES_ON;
	return pump_wake_at(p) == CLOCK_NEVER ? PUMP_WAITS : PUMP_NEEDS_THREAD;
}

void
pump_wants(const struct pump *p, short *net, short *local)
{
	*net = *local = -1;
	for (int i = 0; i < SLOT_SIGNALS; i++) {
		const struct pollfd *pfd = &p->pfd[i];
		short *wants = pfd->fd == p->net->in.fd ? net :
		    pfd->fd == p->local->in.fd ? local : NULL;

		if (pfd->fd != -1 && wants != NULL)
			*wants = (short)((*wants == -1 ? 0 : *wants) |
			    pfd->events);
	}
}

enum result
pump_finish(struct pump *p, struct pump_counts *counts, bool *abort,
    struct error *err)
{
	enum result result = pump_complete(p, counts, abort, err);

	free(p);	/* the first member of struct pump_in_turns */
	return result;
}
