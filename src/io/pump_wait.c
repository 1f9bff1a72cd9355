/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "io/pump_state.h"

/* Between the ends of two pipes of somebody who leaves. */
#define LEAVING_MOST	(200 * CLOCK_MS)

static void
pump_slot(struct pump *p, int slot, bool wanted, int fd, short events)
{
	p->pfd[slot] = (struct pollfd){ .fd = wanted ? fd : -1,
	    .events = events };
}

static bool
pump_watches_local(const struct pump *p)
{
	return p->o->receive && !flow_is_over(&p->in) && !p->in.wants_out &&
	    p->local_state != LOCAL_GONE;
}

static bool
pump_watches_net(const struct pump *p)
{
	return !p->hung_up && p->phase == PHASE_RUN && !p->net->recovers;
}

/* A command or a target is no asker. */
static int64_t
pump_patience(const struct pump *p)
{
	return p->in.bytes == 0 && !p->local->duplex ? p->o->quit_unheard :
	    p->o->quit_after;
}

/* A reader of ours that is slow is no silence. */
static int64_t
pump_quit_at(const struct pump *p)
{
	int64_t silent;

	if (p->quit_at == CLOCK_NEVER || !p->o->quit_in_silence)
		return p->quit_at;
	if (!flow_is_over(&p->in) && p->in.wants_out)
		return CLOCK_NEVER;
	silent = clock_after(p->active, pump_patience(p));
	return silent > p->quit_at ? silent : p->quit_at;
}

/* Whether -q is over, but it is only for the next client's sake. */
static bool
pump_outstays(const struct pump *p)
{
	return p->o->quit_in_silence && p->setup.next_fd != NULL &&
	    p->now >= pump_quit_at(p);
}

void
pump_fill_slots(struct pump *p)
{
	struct stream *net = p->net, *local = p->local;
	bool quiet = p->setup.serial && flow_is_over(&p->in) &&
	    !flow_is_over(&p->out) && p->out.wants_in &&
	    flow_pending(&p->out) == 0;
	bool next = quiet || (p->phase == PHASE_RUN && pump_outstays(p));

	pump_slot(p, SLOT_OUT_SOURCE, !flow_is_over(&p->out) && p->out.wants_in,
	    local->in.fd, stream_read_events(local));
	pump_slot(p, SLOT_OUT_SINK, pump_sends(p) && (p->out.wants_out ||
	    stream_unflushed(net)), net->out.fd, stream_write_events(net));
	pump_slot(p, SLOT_IN_SOURCE, !flow_is_over(&p->in) && p->in.wants_in,
	    net->in.fd, stream_read_events(net));
	pump_slot(p, SLOT_IN_SINK, flow_busy(&p->in) && (p->in.wants_out ||
	    stream_unflushed(local)), local->out.fd,
	    stream_write_events(local));
	/* What is waited for is watched, too. */
	pump_slot(p, SLOT_WATCH_LOCAL, pump_watches_local(p) &&
	    local->out.fd != p->pfd[SLOT_OUT_SOURCE].fd, local->out.fd, 0);
	pump_slot(p, SLOT_WATCH_NET, pump_watches_net(p) &&
	    net->in.fd != p->pfd[SLOT_IN_SOURCE].fd, net->in.fd, 0);
	pump_slot(p, SLOT_SIGNALS, true, signals_fd(), POLLIN);
	p->slots = SLOT_NEXT;
	for (const int *fd = p->setup.next_fd; next && fd != NULL && *fd != -1;
	    fd++) {
		ASSERT(p->slots < SLOT_COUNT);
		pump_slot(p, (int)p->slots++, true, *fd, POLLIN);
	}
}

int64_t
pump_wake_at(const struct pump *p)
{
	int64_t at = clock_earlier(p->setup.deadline, p->phase == PHASE_RUN &&
	    !pump_outstays(p) ? pump_quit_at(p) : CLOCK_NEVER);

	at = clock_earlier(at, idle_wake_at(&p->idle));
	if (!flow_is_over(&p->out) && p->out.hold_until > p->now)
		at = clock_earlier(at, p->out.hold_until);
	if (!flow_is_over(&p->in) && p->in.hold_until > p->now)
		at = clock_earlier(at, p->in.hold_until);
	at = clock_earlier(at, p->probe_at);
	if (p->resting && !flow_is_over(&p->out) && p->now < p->rest_at)
		at = clock_earlier(at, p->rest_at);
	at = clock_earlier(at, pump_ends_at(p));
	at = clock_earlier(at, pump_at_once_at(p));
	at = clock_earlier(at, p->out.collect_until);
	return clock_earlier(at, p->in.collect_until);
}

/* The peer died, or closed both ways, while we were looking elsewhere. */
static void
pump_net_hung_up(struct pump *p, short revents)
{
	int errnum = (revents & POLLERR) != 0 ? stream_error(p->net) : 0;

	p->hung_up = true;
	if (errnum != 0)
		pump_net_failed(p, errnum);
	else if (flow_is_over(&p->in) && flow_pending(&p->out) == 0)
		flow_stop_reading(&p->out);
}

/* -q is over: the reader still gets what has arrived, but no more. */
static void
pump_quit(struct pump *p)
{
	char text[64], span[32];

	if (p->o->wants_answer && p->in.bytes == 0 && !p->local->duplex) {
		snprintf(text, sizeof(text), "no answer within %s",
		    clock_format(span, sizeof(span), p->o->quit_unheard));
		pump_timed_out(p, text);
		return;
	}
	p->phase = PHASE_DONE;
	if (flow_is_over(&p->in) || !p->o->receive)
		return;
	p->phase = PHASE_DRAIN;
	/* Of datagrams the system tells the next one only; but in silence, no
	 * more come. */
	p->drain_to = p->o->quit_in_silence ? UINT64_MAX : p->in.bytes +
	    flow_pending(&p->in) + stream_available(p->net);
	p->in.wants_in = false;		/* it has a step to make at once */
}

static void
pump_next_waits(struct pump *p)
{
	if (p->phase != PHASE_RUN)
		return;
	log_line(LOG_STEP, flow_is_over(&p->in) ? "the peer has ended and the "
	    "next client is waiting" : "the peer is silent and the next client "
	    "is waiting");
	if (flow_is_over(&p->in))
		flow_stop_reading(&p->out);
	else
		pump_quit(p);
}

/* Whether whoever has left our output has left our input, too, which may come
 * a moment later, and there is nothing for either side any more. */
static bool
pump_reader_is_done(struct pump *p)
{
	struct pollfd pfd = { .fd = p->local->in.fd };
	int bytes = 0;

	if (!p->o->reader_may_leave || p->local->duplex ||
	    flow_pending(&p->in) > 0)
		return false;
	if (flow_is_over(&p->out))
		return true;
	return flow_pending(&p->out) == 0 && wait_for(&pfd, 1,
	    clock_after(p->now, LEAVING_MOST), 0) == WAIT_READY &&
	    (ioctl(pfd.fd, FIONREAD, &bytes) == -1 || bytes == 0);
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
		if (pump_reader_is_done(p))
			p->phase = PHASE_DONE;
		else
			pump_output_failed(p, EPIPE);
		return;
	}
	if ((net & gone) != 0 && pump_watches_net(p))
		pump_net_hung_up(p, net);
	for (nfds_t i = SLOT_NEXT; i < p->slots; i++) {
		if (p->pfd[i].revents != 0)
			pump_next_waits(p);
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

/* A reader of ours that is slow is no idleness, where nobody can tell what it
 * takes, and neither is a pause that we were asked for. */
static bool
pump_is_held(const struct pump *p)
{
	if (!flow_is_over(&p->in) && p->in.wants_out &&
	    idle_acknowledged(&p->idle, 1))
		return true;
	return (!flow_is_over(&p->out) && p->out.hold_until > p->now) ||
	    (!flow_is_over(&p->in) && p->in.hold_until > p->now);
}

static void
pump_check_idle(struct pump *p)
{
	char text[64], span[32];

	if (!idle_over(&p->idle, p->now) || pump_can_move(p))
		return;
	if (pump_is_held(p)) {
		idle_moved(&p->idle, p->now);
		return;
	}
	snprintf(text, sizeof(text), "nothing moved for %s",
	    clock_format(span, sizeof(span), p->o->idle_timeout));
	pump_timed_out(p, text);
	p->failure.step = STEP_IDLE;
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
		pump_probe(p);
	}
	if (pump_check_at_once(p) || (p->phase == PHASE_RUN &&
	    p->now >= pump_quit_at(p) && !pump_outstays(p))) {
		pump_quit(p);
		return;
	}
	pump_check_ends(p);
	if (p->now >= p->setup.deadline)
		pump_timed_out(p, "the time for the whole run is over");
	else
		pump_check_idle(p);
}

/* What poll(2) found is in the slots. */
void
pump_woken(struct pump *p, bool something)
{
	if (something && p->pfd[SLOT_SIGNALS].revents != 0)
		signals_woken();
	if (signals_terminating() != 0) {
		error_interrupted(&p->failure);
		p->phase = PHASE_DONE;
		return;
	}
	if (something)
		pump_check_slots(p);
	if (p->phase != PHASE_DONE)
		pump_check_times(p);
}

void
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
