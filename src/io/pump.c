/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/pump_state.h"

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

bool
pump_options_concern_bytes(const struct pump_options *o)
{
	return o->crlf || o->telnet || o->line_delay != 0 ||
	    o->read_limit != 0 || o->rate != 0 || !o->send || !o->receive ||
	    !o->half_close || o->exit_on_eof ||
	    o->idle_timeout != CLOCK_NEVER ||
	    (!o->quit_in_silence && o->quit_after != CLOCK_NEVER);
}

/* --- setting up ---------------------------------------------------------- */

static void
pump_init_flows(struct pump *p)
{
	const struct pump_options *o = p->o;
	const struct filter *out = NULL, *in = NULL;
	bool zero_copy = p->setup.zero_copy;

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
		stream_shutdown(p->local);	/* nothing comes */
	/* Borders that nobody sees cost a write each. */
	stream_want_one_message(p->net, p->local->out.messages ||
	    o->read_limit > 0);
	p->out.among_many = p->in.among_many = p->setup.among_many;
	p->out.rate = p->in.rate = o->rate;
}

/* --- steps --------------------------------------------------------------- */

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
		if (p->setup.local_may_leave && p->out.error == ECONNRESET)
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
	pump_look_at_opening(p);
	switch (flow_step(&p->in, p->now)) {
	case FLOW_BLOCKED:
		pump_check_rest(p);
		break;
	case FLOW_MOVED:
		break;
	case FLOW_ENDED:
		if (p->local_state == LOCAL_GONE)
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
	    (f->sink != NULL && stream_unflushed(f->sink)))
		return true;
	if (f->hold_until != 0 && p->now >= f->hold_until)
		return true;
	return p->pfd[slot].revents != 0;
}

/* Whether both directions are over. */
static bool
pump_is_through(const struct pump *p)
{
	if (!flow_is_over(&p->out) || stream_unflushed(p->net))
		return false;
	if (p->local_state == LOCAL_GONE || !p->o->receive)
		return true;
	return flow_is_over(&p->in) && (!stream_unflushed(p->local) ||
	    p->local->insists);
}

static void
pump_tell_traffic(const struct pump *p)
{
	if (p->setup.traffic != NULL)
		pump_traffic_set(p->setup.traffic, p->out.bytes +
		    p->setup.already_sent, p->in.bytes);
}

/* When something has moved. */
static void
pump_note_first(struct pump *p)
{
	if (p->first_sent == 0 && p->out.bytes > 0)
		p->first_sent = p->now;
	if (p->first_received == 0 && p->in.bytes > 0)
		p->first_received = p->now;
}

/* The peer has ended, and nothing more is sent but what there is. */
static void
pump_send_rest(struct pump *p, bool moved)
{
	if (moved)
		p->rest_at = clock_after(p->now, p->o->rest_silence);
	if (p->now >= p->rest_at && !flow_is_over(&p->out) &&
	    p->out.wants_in && !wait_is_ready(p->local->in.fd, POLLIN))
		flow_stop_reading(&p->out);
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
	p->out.contended = !p->setup.among_many && p->local->duplex;
	p->in.contended = p->out.contended || (!p->setup.among_many &&
	    (p->local->out.kind == FD_PIPE || p->local->out.kind == FD_FILE ||
	    p->out.bytes != sent));
	if (p->phase != PHASE_DONE && flow_busy(&p->in) &&
	    pump_ready(p, &p->in, SLOT_IN_SOURCE))
		pump_step_in(p);
	p->out.shared = p->in.bytes != received;
	if (p->out.bytes + p->in.bytes + p->in.reads != before) {
		pump_tell_traffic(p);
		p->now = clock_now();
		p->active = p->now;
		p->heard = p->out.bytes != sent ? p->now : p->heard;
		idle_moved(&p->idle, p->now);
		pump_note_first(p);
	}
	if (p->resting)
		pump_send_rest(p, p->out.bytes != sent);
	if (p->phase == PHASE_RUN && pump_is_through(p))
		p->phase = PHASE_DONE;
	if (p->phase == PHASE_DRAIN && p->in.bytes >= p->drain_to)
		p->phase = PHASE_DONE;
	return (pump_sends(p) && !p->out.wants_in && !p->out.wants_out &&
	    (p->now >= p->out.hold_until || flow_injected(&p->out))) ||
	    (flow_busy(&p->in) && !p->in.wants_in && !p->in.wants_out &&
	    p->now >= p->in.hold_until);
}

static void
pump_start(struct pump *p, struct stream *net, struct stream *local,
    const struct pump_options *o, const struct pump_setup *setup)
{
	*p = (struct pump){
		.net = net,
		.local = local,
		.o = o,
		.setup = *setup,
		.quit_at = CLOCK_NEVER,
		.probe_at = CLOCK_NEVER,
	};
	p->now = p->active = p->heard = clock_now();
	idle_init(&p->idle, o->idle_timeout, net, local, p->now);
	pump_init_flows(p);
	pump_tell_traffic(p);
	pump_begin_ends(p);
}

/* Where any end is one. */
static void
pump_pardon(struct pump *p)
{
	p->abort = false;
	if (p->failure.result == RESULT_BROKEN || (p->failure.result ==
	    RESULT_TIMEOUT && p->now < p->setup.deadline))
		p->failure = (struct error){ .result = RESULT_OK };
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
	if (p->failure.result != RESULT_OK && p->local_state != LOCAL_FAILED &&
	    p->o->any_end)
		pump_pardon(p);
	else if (p->failure.result != RESULT_OK && pump_is_cut(p))
		p->abort = true;
	counts->sent = p->out.bytes + p->setup.already_sent;
	counts->received = p->in.bytes;
	counts->peer_ended = p->in.exhausted;
	counts->local_ended = p->out.exhausted;
	counts->local_failed = p->local_state == LOCAL_FAILED;
	counts->first = p->first;
	counts->first_sent = p->first_sent;
	counts->first_received = p->first_received;
	counts->in_doubt = p->failure.result == RESULT_OK ? 0 : p->unacked;
	*abort = p->abort;
	result = p->failure.result;
	if (result != RESULT_OK)
		pump_describe_failure(p, err);
	flow_free(&p->out);
	flow_free(&p->in);
	return result;
}

enum result
pump_run(struct stream *net, struct stream *local,
    const struct pump_options *o, const struct pump_setup *setup,
    struct pump_counts *counts, bool *abort, struct error *err)
{
	struct pump p;

	pump_start(&p, net, local, o, setup);
	return pump_complete(&p, counts, abort, err);
}

/* --- in turns ------------------------------------------------------------ */

struct pump *
pump_open(struct stream *net, struct stream *local,
    const struct pump_options *o, const struct pump_setup *setup)
{
	struct pump *p = xcalloc(1, sizeof(*p));

	pump_start(p, net, local, o, setup);
	return p;
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
	/* Or nothing would wake it. */
	ASSERT(*net != -1 || *local != -1);
}

enum result
pump_finish(struct pump *p, struct pump_counts *counts, bool *abort,
    struct error *err)
{
	enum result result = pump_complete(p, counts, abort, err);

	free(p);
	return result;
}
