/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "io/flow_state.h"

#define INJECT_SIZE	(16 * 1024)

/* So many bytes between two waits for the source make a flow fast, and worth
 * collecting. */
#define FAST_BYTES	(32 * 1024)
#define COLLECT_BYTES	(256 * 1024)

/* No longer than this is waited for more. */
#define COLLECT_TIME	(1 * CLOCK_MS)

/* With a rate, the most that goes at once, as a part of a second. */
#define RATE_PARTS	20

static bool
flow_can_splice_from(const struct fdio *in)
{
	return in->kind == FD_PIPE || (in->kind == FD_SOCKET && in->own);
}

/* Not to a file: write(2) alone keeps an offset that others share. */
static bool
flow_can_splice_to(const struct fdio *out)
{
	if (out->kind == FD_SOCKET)
		return out->own;
	return out->kind == FD_PIPE || out->kind == FD_DEVICE;
}

static enum flow_method
flow_choose(const struct flow *f, bool zero_copy)
{
	const struct fdio *in = &f->source->in, *out = &f->sink->out;

	if (!zero_copy || f->filter != NULL || !f->source->raw_in ||
	    !f->sink->raw_out)
		return FLOW_COPY;
	if (in->claims && out->kind == FD_SOCKET && out->own)
		return FLOW_SENDFILE;
	if (!flow_can_splice_from(in) || !flow_can_splice_to(out))
		return FLOW_COPY;
	if ((in->kind == FD_PIPE || out->kind == FD_PIPE) &&
	    !stream_sees_splices(f->source))
		return FLOW_SPLICE;
	return FLOW_SPLICE_VIA;
}

void
flow_init(struct flow *f, struct stream *source, struct stream *sink,
    const struct filter *filter, bool zero_copy)
{
	ASSERT(filter == NULL || filter->expansion > 0);
	*f = (struct flow){
		.source = source,
		.sink = sink,
		.filter = filter,
		.collect_until = CLOCK_NEVER,
		.pipe = { .fd = { -1, -1 } },
		.seen = { .fd = { -1, -1 } },
	};
	f->method = flow_choose(f, zero_copy);
	f->small = true;
	log_line(LOG_DETAIL, "moving bytes from %s by %s",
	    source->in_name,
	    flow_method_name(f->method));
}

void
flow_init_discard(struct flow *f, struct stream *source)
{
	*f = (struct flow){
		.source = source,
		.method = FLOW_DISCARD,
		.collect_until = CLOCK_NEVER,
		.pipe = { .fd = { -1, -1 } },
		.seen = { .fd = { -1, -1 } },
	};
}

void
flow_init_none(struct flow *f, struct stream *source, struct stream *sink)
{
	*f = (struct flow){
		.source = source,
		.sink = sink,
		.state = FLOW_OVER,
		.collect_until = CLOCK_NEVER,
		.pipe = { .fd = { -1, -1 } },
		.seen = { .fd = { -1, -1 } },
	};
}

/* Waiting for the source: is it fast enough to let it collect? */
static void
flow_watch_speed(struct flow *f, int64_t now)
{
	uint64_t moved = f->bytes - f->last_wait;

	f->fast = moved >= FAST_BYTES;
	if (!f->collecting && f->contended && moved >= COLLECT_BYTES)
		f->collecting = stream_low_water(f->source, FLOW_COLLECT);
	if (f->collecting)
		f->collect_until = clock_after(now, COLLECT_TIME);
	f->last_wait = f->bytes;
}

void
flow_collected(struct flow *f)
{
	f->collecting = false;
	f->collect_until = CLOCK_NEVER;
	stream_low_water(f->source, 1);
	f->wants_in = false;	/* it has a step to make at once */
}

bool
flow_inject(struct flow *f, const void *data, size_t n)
{
	if (f->sink->shut)
		return false;
	if (f->injected.data == NULL)
		buffer_init(&f->injected, INJECT_SIZE);
	if (n > buffer_room(&f->injected))
		return false;
	buffer_put(&f->injected, data, n);
	f->wants_in = f->wants_out = false;	/* a step to make at once */
	return true;
}

bool
flow_injected(const struct flow *f)
{
	return buffer_length(&f->injected) > 0;
}

bool
flow_busy(const struct flow *f)
{
	return !flow_is_over(f) || flow_injected(f) ||
	    (f->sink != NULL && stream_unflushed(f->sink));
}

void
flow_free(struct flow *f)
{
	size_t left = buffer_length(&f->buffer);

	if (left > 0)
		stream_unread(f->source, f->buffer.data + f->buffer.head, left);
	if (f->piped == 0 && f->pipe.fd[0] != -1)
		pipes_give(&f->pipe);
	pipes_close(&f->pipe);
	pipes_close(&f->seen);
	buffer_free(&f->buffer);
	buffer_free(&f->injected);
	free(f->scratch);
	f->scratch = NULL;
}

/* What may go now because of the rate; false: nothing before hold_until.  It
 * goes in few pieces, of half of what may go at most: who wakes up late has
 * lost nothing then. */
static bool
flow_refill(struct flow *f, int64_t now)
{
	uint64_t most = f->rate / RATE_PARTS > 0 ? f->rate / RATE_PARTS : 1;
	uint64_t least = (most + 1) / 2;
	double nanoseconds = 1e9 / (double)f->rate;
	uint64_t more;

	if (now < f->hold_until)
		return false;
	if (f->rate_since == 0) {
		f->rate_since = now;
		f->allowance = most;
	}
	more = (uint64_t)((double)(now - f->rate_since) / nanoseconds);
	f->rate_since += (int64_t)((double)more * nanoseconds);
	f->allowance = f->allowance + more < most ? f->allowance + more : most;
	if (f->allowance >= least)
		return true;
	f->hold_until = clock_after(now, (int64_t)((double)(least -
	    f->allowance) * nanoseconds) + 1);
	return false;
}

static enum flow_step
flow_write_injected(struct flow *f)
{
	while (buffer_length(&f->injected) > 0) {
		ssize_t w = stream_write(f->sink,
		    f->injected.data + f->injected.head,
		    buffer_length(&f->injected));

		if (w == -1)
			return flow_write_failed(f);
		buffer_take(&f->injected, (size_t)w);
	}
	return FLOW_MOVED;
}

/* What the sink, a layer, has taken before. */
static enum flow_step
flow_flush_sink(struct flow *f)
{
	if (f->sink == NULL || !stream_unflushed(f->sink) ||
	    stream_flush(f->sink) == 0)
		return FLOW_MOVED;
	return flow_write_failed(f);
}

static enum flow_step
flow_step_method(struct flow *f, int64_t now)
{
	enum flow_step step;

	/* One of many does nothing before its first byte has come. */
	if (f->method == FLOW_SPLICE_VIA && f->among_many && !f->begun &&
	    f->state == FLOW_OPEN) {
		f->begun = true;
		f->wants_in = !stream_more(f->source);
		if (f->wants_in)
			return FLOW_BLOCKED;
	}
	if (flow_is_small(f)) {
		step = flow_step_small(f, now);
		if (step != FLOW_MOVED || flow_is_over(f) || flow_spent(f) ||
		    flow_pending(f) > 0)
			return step;
	}
	switch (f->method) {
	case FLOW_SENDFILE:
		return flow_step_sendfile(f);
	case FLOW_SPLICE:
		return flow_step_splice(f);
	case FLOW_SPLICE_VIA:
		return flow_step_splice_via(f);
	case FLOW_DISCARD:
		return flow_step_discard(f);
	default:
		step = flow_step_copy(f, now);
		if (step == FLOW_BLOCKED)
			flow_give_back(f);
		return step;
	}
}

/* Whether somebody or something will make a flow go on that says it waits. */
static bool
flow_will_wake(const struct flow *f, int64_t now)
{
	return f->wants_in || f->wants_out || f->hold_until > now ||
	    stream_more(f->source);
}

enum flow_step
flow_step(struct flow *f, int64_t now)
{
	enum flow_step step;

	f->wants_in = f->wants_out = f->guessed = false;
	f->collect_until = CLOCK_NEVER;
	step = flow_flush_sink(f);
	if (step == FLOW_MOVED)
		step = flow_write_injected(f);
	if (step != FLOW_MOVED)
		return step;
	if (flow_is_over(f))
		return FLOW_BLOCKED;
	if (f->rate != 0 && !flow_refill(f, now))
		return FLOW_BLOCKED;
	step = flow_step_method(f, now);
	ASSERT(step != FLOW_BLOCKED || flow_will_wake(f, now));
	/* Its share is used up: whatever an end said, there is more to do. */
	if (step == FLOW_MOVED)
		f->wants_in = f->wants_out = false;
	else if (step == FLOW_BLOCKED && f->wants_in)
		flow_watch_speed(f, now);
	return step;
}
