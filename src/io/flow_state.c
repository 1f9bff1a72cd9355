/* SPDX-License-Identifier: ISC */
/* What happens to a flow, whichever way it goes. */
#include <errno.h>

#include "base/assert.h"
#include "io/flow_state.h"

/* A transfer of so many bytes is a long one: larger pipes pay. */
#define LONG_TRANSFER	(256 * 1024)

static const char *const method_names[] = {
	[FLOW_COPY] = "read/write",
	[FLOW_SENDFILE] = "sendfile",
	[FLOW_SPLICE] = "splice",
	[FLOW_SPLICE_VIA] = "splice over a pipe",
	[FLOW_DISCARD] = "discard",
};

const char *
flow_method_name(enum flow_method method)
{
	return method_names[method];
}

size_t
flow_pending(const struct flow *f)
{
	return buffer_length(&f->buffer) + f->piped;
}

static void
flow_drain(struct flow *f)
{
	if (f->state == FLOW_OPEN)
		f->state = FLOW_DRAINING;
}

void
flow_source_ended(struct flow *f)
{
	f->exhausted = true;
	flow_drain(f);
}

void
flow_stop_reading(struct flow *f)
{
	flow_drain(f);
	f->wants_in = false;	/* it has a step to make at once */
}

void
flow_abandon(struct flow *f)
{
	f->state = FLOW_OVER;
}

void
flow_exhausted_elsewhere(struct flow *f)
{
	f->exhausted = true;
	f->limited = false;
	f->state = FLOW_OVER;
}

enum flow_step
flow_end(struct flow *f)
{
	ASSERT(flow_pending(f) == 0);
	f->state = FLOW_OVER;
	return f->error == 0 ? FLOW_ENDED : FLOW_SOURCE_FAILED;
}

void
flow_source_failed(struct flow *f, int errnum)
{
	flow_drain(f);
	f->error = errnum;
}

enum flow_step
flow_end_of_source(struct flow *f, ssize_t n)
{
	if (n == -1)
		flow_source_failed(f, errno);
	else
		flow_source_ended(f);
	return flow_end(f);
}

enum flow_step
flow_sink_failed(struct flow *f, int errnum)
{
	f->state = FLOW_OVER;
	f->error = errnum;
	return FLOW_SINK_FAILED;
}

void
flow_count_read(struct flow *f)
{
	f->reads++;
	if (f->read_limit == 0 || f->reads < f->read_limit)
		return;
	f->limited = true;
	flow_drain(f);
}

bool
flow_spent(const struct flow *f)
{
	return f->rate != 0 && f->allowance == 0;
}

size_t
flow_allowed(const struct flow *f, size_t n)
{
	return f->rate != 0 && n > f->allowance ? (size_t)f->allowance : n;
}

void
flow_moved(struct flow *f, size_t n)
{
	ASSERT(f->rate == 0 || n <= f->allowance);
	f->bytes += n;
	f->allowance -= f->rate != 0 ? n : 0;
	f->contradictions = 0;
	if (f->bytes >= LONG_TRANSFER) {
		fdio_grow_pipe(&f->source->in);
		fdio_grow_pipe(&f->sink->out);
	}
}

enum flow_step
flow_write_failed(struct flow *f)
{
	if (errno == EAGAIN) {
		f->wants_out = true;
		return FLOW_BLOCKED;
	}
	return flow_sink_failed(f, errno);
}
