/* SPDX-License-Identifier: ISC */
/*
 * The end of a direction is passed on to the other side: at once, or, where it
 * would be taken for the end of everything, when the other side is silent.
 */
#include <errno.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "io/pump_state.h"

/* Once the peer has ended and we have nothing to send, its death shows only in
 * unanswered probes: after this many seconds, each so many, so often. */
#define PROBE_AFTER	CLOCK_SECOND	/* before that it is not worth it */
#define PROBE_IDLE	10
#define PROBE_INTERVAL	10
#define PROBE_COUNT	6

/* --- the peer is told ---------------------------------------------------- */

static void
pump_half_close(struct pump *p)
{
	p->net_end.due = false;
	if (!p->o->half_close || stream_shutdown(p->net) == -1)
		return;
	p->half_closed = !flow_is_over(&p->in);
	log_line(LOG_STEP, "sent all %llu bytes, half-closed",
	    (unsigned long long)p->out.bytes);
}

/* How long the peer has to be silent before it is told; CLOCK_NEVER: until it
 * has ended. */
static int64_t
pump_half_close_pause(const struct pump *p)
{
	bool empty = p->out.bytes + p->setup.already_sent == 0 &&
	    !p->local->duplex;

	if (flow_is_over(&p->in) || !p->o->receive)
		return 0;
	/* For one client after another, an input that had nothing for this one
	 * must not end its reading. */
	if (empty && p->setup.serial)
		return CLOCK_NEVER;
	/* Who has nothing to say would make many a peer leave; a person at a
	 * terminal has said that it is the end. */
	if (p->net->ends_both || (empty && !p->local->interactive))
		return p->setup.end_silence;
	return 0;
}

static void
pump_log_pause(const struct pump *p, int64_t pause)
{
	const char *why = p->out.bytes + p->setup.already_sent == 0 ?
	    "there was no input" : "the peer may take it for leaving";
	char span[32];

	if (pause == CLOCK_NEVER)
		log_line(LOG_STEP, "half-close when the peer has ended: %s",
		    why);
	else
		log_line(LOG_STEP, "half-close when nothing has come for %s: "
		    "%s", clock_format(span, sizeof(span), pause), why);
}

static void
pump_end_later(struct pump *p, struct pump_end *end, int64_t pause)
{
	ASSERT(!end->due);
	end->due = true;
	/* Who waits for less than that must not leave without having asked. */
	end->pause = pause == CLOCK_NEVER ? pause :
	    clock_earlier(pause, p->o->idle_timeout);
	end->since = p->now;
}

/* Who only half-closes is alive, and knows what it does. */
static bool
pump_local_is_cut(const struct pump *p)
{
	return p->setup.local_cut != NULL &&
	    wait_is_ready(p->local->in.fd, 0) &&
	    p->setup.local_cut(p->setup.local_cut_context);
}

void
pump_input_ended(struct pump *p)
{
	int64_t pause = p->o->half_close && !p->o->at_once ?
	    pump_half_close_pause(p) : 0;

	if (p->first == PUMP_FIRST_NONE)
		p->first = PUMP_FIRST_LOCAL;
	if (pump_local_is_cut(p)) {
		p->abort = true;
		p->phase = PHASE_DONE;
		return;
	}
	if (pause == 0) {
		pump_half_close(p);
	} else {
		pump_end_later(p, &p->net_end, pause);
		pump_log_pause(p, pause);
	}
	if (p->local_end.due)
		pump_shut_local(p);
	p->quit_at = clock_after(p->now, p->o->quit_after);
}

/* --- the local end is told ----------------------------------------------- */

bool
pump_shut_local(struct pump *p)
{
	p->local_end.due = false;
	if (!p->o->receive || stream_shutdown(p->local) != -1 ||
	    p->local->duplex)
		return true;
	pump_local_failed(p, p->local->name, errno);
	return false;
}

void
pump_probe(const struct pump *p)
{
	stream_probe(p->net, PROBE_IDLE, PROBE_INTERVAL,
	    PROBE_COUNT);
}

static void
pump_want_probes(struct pump *p)
{
	if (!p->setup.probe)
		return;
	if (p->setup.among_many)	/* has nobody to look at the clock */
		pump_probe(p);
	else
		p->probe_at = clock_after(p->now, PROBE_AFTER);
}

static void
pump_log_peer_ended(const struct pump *p)
{
	log_line(LOG_STEP, p->in.limited ? "received what was asked for, %llu "
	    "bytes" : "the peer ended its direction after %llu bytes",
	    (unsigned long long)p->in.bytes);
	if (p->half_closed && p->setup.asks && p->in.bytes == 0 &&
	    p->out.bytes > 0)
		log_line(LOG_STEP, "no answer: some servers take a half-close "
		    "for leaving; --reply asks without one");
}

void
pump_peer_ended(struct pump *p)
{
	if (p->first == PUMP_FIRST_NONE)
		p->first = PUMP_FIRST_PEER;
	pump_log_peer_ended(p);
	if (p->o->reply && p->in.bytes == 0) {
		pump_unanswered(p);
		return;
	}
	/* The same with a target: see pump_half_close_pause(). */
	if (p->local->ends_both && !flow_is_over(&p->out))
		pump_end_later(p, &p->local_end, PUMP_END_SILENCE);
	else if (!pump_shut_local(p))
		return;
	p->hung_up = false;	/* from now on it means that nobody reads */
	if (p->net_end.due)
		pump_half_close(p);
	p->resting = p->o->exit_on_eof && p->o->send_rest;
	/* Who speaks TLS, and can't be half-closed, has most likely left. */
	p->rest_at = clock_after(p->now, p->net->layered &&
	    p->net->ends_both ? 0 : p->o->rest_silence);
	if ((p->o->exit_on_eof && !p->resting) || p->local->interactive ||
	    p->in.limited)
		flow_stop_reading(&p->out);
	if (p->o->quit_after_peer)
		p->quit_at = clock_after(p->now, p->o->quit_after);
	if (!flow_is_over(&p->out))
		pump_want_probes(p);
}

/* --- the time for it ----------------------------------------------------- */

void
pump_begin_ends(struct pump *p)
{
	/* Without an input, it is as if that had ended. */
	if (p->o->reply && !p->o->send)
		p->quit_at = clock_after(p->now, p->o->quit_after);
	if (p->o->end_unread && !p->o->send)
		pump_half_close(p);
}

/* `back' is the direction in which silence counts.  That its sink is slow, or
 * that it pauses, is none. */
static int64_t
pump_one_end_at(const struct pump *p, const struct pump_end *end,
    const struct flow *back)
{
	int64_t since = end->since > p->active ? end->since : p->active;

	if (!end->due || back->wants_out || back->hold_until > p->now)
		return CLOCK_NEVER;
	return clock_after(since, end->pause);
}

int64_t
pump_ends_at(const struct pump *p)
{
	if (p->phase != PHASE_RUN)
		return CLOCK_NEVER;
	return clock_earlier(pump_one_end_at(p, &p->net_end, &p->in),
	    pump_one_end_at(p, &p->local_end, &p->out));
}

void
pump_check_ends(struct pump *p)
{
	if (p->phase != PHASE_RUN || p->now < pump_ends_at(p))
		return;
	if (p->net_end.due && pump_in_doubt(p) > 0) {
		p->net_end.since = p->now;	/* it has not all of it yet */
		return;
	}
	if (p->net_end.due)
		pump_half_close(p);
	else if (p->local_end.due)
		pump_shut_local(p);
	p->active = p->now;
}
