/* SPDX-License-Identifier: ISC */
/* The way of a flow on which bytes are read and written. */
#include "config.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "io/flow_state.h"

#define FILE_SIZE	(1024 * 1024)	/* the same, to a file */
#define COPY_LEAST	(16 * 1024)	/* don't read for less room than this */

static void
flow_trace(const char *call, int fd, size_t n, ssize_t result)
{
	int saved = errno;

	if (log_enabled(LOG_TRACE))
		log_line(LOG_TRACE, "%s(%d, %zu) = %zd%s%s", call, fd, n,
		    result, result == -1 ? " " : "",
		    result == -1 ? strerror(saved) : "");
	errno = saved;
}

/* Read from the source, or first what is left in the private pipe. */
static ssize_t
flow_read(struct flow *f, void *data, size_t n)
{
	ssize_t r;

	if (f->piped == 0) {
		r = stream_read(f->source, data, n);
		flow_trace("read", f->source->in.fd, n, r);
		ASSERT(r <= (ssize_t)n);
		return r;
	}
	do
		r = read(f->pipe.fd[0], data, n < f->piped ? n : f->piped);
	while (r == -1 && errno == EINTR);
	flow_trace("read", f->pipe.fd[0], n, r);
	ASSERT(r <= (ssize_t)f->piped);
	if (r > 0)
		f->piped -= (size_t)r;
	return r;
}

static ssize_t
flow_write(struct flow *f, const void *data, size_t n)
{
	ssize_t w = stream_write(f->sink, data, n);

	flow_trace("write", f->sink->out.fd, n, w);
	ASSERT(w <= (ssize_t)n);
	return w;
}

static void
flow_take_filtered(struct flow *f, size_t n)
{
	/* Of a rest, nobody could tell how many bytes it was. */
	f->source->in.expected = -1;
	f->buffer.tail += f->filter->run(f->filter->state, f->scratch, n,
	    f->buffer.data + f->buffer.tail);
	ASSERT(f->buffer.tail <= f->buffer.size);
}

/* Fill the buffer.  Returns whether something was read, or the end was. */
static bool
flow_copy_in(struct flow *f)
{
	size_t room = buffer_room(&f->buffer), most = room;
	unsigned char *to = f->buffer.data + f->buffer.tail;
	ssize_t n;

	if ((f->state != FLOW_OPEN && f->piped == 0) || room < COPY_LEAST ||
	    (f->source->in.messages && room < COPY_SIZE) ||
	    (f->sink != NULL && f->sink->out.messages &&
	    buffer_length(&f->buffer) > 0))
		return false;
	if (f->filter != NULL) {
		most = room / f->filter->expansion;
		most = most < COPY_SIZE ? most : COPY_SIZE;
		to = f->scratch;
	}
	n = flow_read(f, to, most);
	if (n == -1 && errno == EAGAIN) {
		f->wants_in = !stream_more(f->source);
		return false;
	}
	if (n == -1) {
		flow_source_failed(f, errno);
		return true;
	}
	if (n == 0) {
		flow_source_ended(f);
		return true;
	}
	flow_count_read(f);
	if (f->filter != NULL)
		flow_take_filtered(f, (size_t)n);
	else
		f->buffer.tail += (size_t)n;
	return true;
}

/* How much may be written now: all, or with a delay between lines, a line. */
static size_t
flow_copy_share(const struct flow *f, bool *line)
{
	const unsigned char *start = f->buffer.data + f->buffer.head;
	size_t n = buffer_length(&f->buffer);
	const unsigned char *lf;

	*line = false;
	if (f->line_delay == 0)
		return n;
	lf = memchr(start, '\n', n);
	if (lf == NULL)
		return n;
	*line = true;
	return (size_t)(lf - start) + 1;
}

/* Empty the buffer.  FLOW_MOVED: something was written. */
static enum flow_step
flow_copy_out(struct flow *f, int64_t now)
{
	bool line;
	size_t share, n;
	ssize_t w;

	if (buffer_length(&f->buffer) == 0 || now < f->hold_until)
		return FLOW_BLOCKED;
	share = flow_copy_share(f, &line);
	n = flow_allowed(f, share);
	w = flow_write(f, f->buffer.data + f->buffer.head, n);
	if (w == -1)
		return flow_write_failed(f);
	buffer_take(&f->buffer, (size_t)w);
	flow_moved(f, (size_t)w);
	if (line && (size_t)w == share)
		f->hold_until = clock_after(now, f->line_delay);
	return FLOW_MOVED;
}

static void
flow_copy_prepare(struct flow *f)
{
	/* Where reads are counted, they are no longer than elsewhere. */
	bool long_ones = f->sink->out.kind == FD_FILE && f->read_limit == 0;

	if (f->buffer.data == NULL)
		buffer_init(&f->buffer, long_ones ? FILE_SIZE : COPY_SIZE);
	if (f->filter != NULL && f->scratch == NULL)
		f->scratch = xpages(COPY_SIZE);
}

enum flow_step
flow_step_copy(struct flow *f, int64_t now)
{
	flow_copy_prepare(f);
	for (int calls = 0; calls < FAIR_CALLS && !flow_spent(f); calls++) {
		size_t had = buffer_length(&f->buffer);
		bool read = !f->wants_in && flow_copy_in(f);
		enum flow_step step;

		/* A short read has emptied the source, most likely. */
		if (read && f->state == FLOW_OPEN && f->piped == 0 &&
		    !stream_more(f->source) &&
		    buffer_length(&f->buffer) - had < SHORT_TRANSFER)
			f->wants_in = f->guessed = true;
		step = f->wants_out ? FLOW_BLOCKED : flow_copy_out(f, now);
		if (step == FLOW_SINK_FAILED)
			return step;
		if (f->state != FLOW_OPEN && flow_pending(f) == 0)
			return flow_end(f);
		if (!read && step == FLOW_BLOCKED)
			return FLOW_BLOCKED;
	}
	return FLOW_MOVED;
}

/* One of many, of plain bytes, has no buffer while it waits for more: most wait
 * for most of the time. */
static bool
flow_gives_back(const struct flow *f)
{
	return f->among_many && f->filter == NULL && f->line_delay == 0 &&
	    f->read_limit == 0 && f->piped == 0 && f->source->raw_in &&
	    !f->sink->out.messages;
}

void
flow_give_back(struct flow *f)
{
	if (!flow_gives_back(f) || buffer_length(&f->buffer) > 0)
		return;
	buffer_free(&f->buffer);
	f->small = true;
}

/* --- small transfers ------------------------------------------------------ */

/* Whether bytes that the kernel does not have come first: what the sink has not
 * taken yet, or what the source was given back. */
static bool
flow_has_bytes(const struct flow *f)
{
	return buffer_length(&f->buffer) > 0 || (f->piped == 0 &&
	    f->state == FLOW_OPEN && stream_more(f->source));
}

/*
 * Not into a pipe or device that can't be written without a look at it before;
 * splice(2) itself makes pipes such ones.  A file is sendfile(2)'s.
 */
bool
flow_is_small(const struct flow *f)
{
	if (f->method == FLOW_COPY)
		return f->small && flow_gives_back(f) && f->state == FLOW_OPEN;
	if (f->method == FLOW_DISCARD)
		return false;
	return flow_has_bytes(f) || (f->method != FLOW_SENDFILE && f->small &&
	    f->piped == 0 && f->state == FLOW_OPEN && !f->source->in.messages &&
	    !f->sink->out.messages && !f->sink->out.no_nowait);
}

/* What the sink did not take when it was read. */
static enum flow_step
flow_write_rest(struct flow *f, int64_t now)
{
	enum flow_step step = FLOW_MOVED;

	while (step == FLOW_MOVED && flow_pending(f) > 0 && !flow_spent(f))
		step = flow_copy_out(f, now);
	if (flow_pending(f) > 0)
		return step;
	buffer_free(&f->buffer);
	return f->state != FLOW_OPEN ? flow_end(f) : step;
}

enum flow_step
flow_step_small(struct flow *f, int64_t now)
{
	alignas(4096) unsigned char piece[2 * SMALL_TRANSFER];
	size_t most = flow_allowed(f, sizeof(piece));
	bool unseen = stream_more(f->source);	/* by poll(2) */
	ssize_t n, w;

	if (buffer_length(&f->buffer) > 0)
		return flow_write_rest(f, now);
	n = flow_read(f, piece, most);
	if (n == -1 && errno == EAGAIN) {
		f->wants_in = !stream_more(f->source);
		return f->wants_in ? FLOW_BLOCKED : FLOW_MOVED;
	}
	if (n <= 0)
		return flow_end_of_source(f, n);
	flow_count_read(f);
	f->small = n <= SMALL_TRANSFER;
	w = flow_write(f, piece, (size_t)n);
	flow_moved(f, w > 0 ? (size_t)w : 0);
	if (w < n) {
		buffer_init(&f->buffer, sizeof(piece));
		buffer_put(&f->buffer, piece + (w > 0 ? w : 0),
		    (size_t)(w > 0 ? n - w : n));
		return w == -1 ? flow_write_failed(f) : FLOW_MOVED;
	}
	if ((size_t)n == most || unseen || stream_more(f->source))
		return FLOW_MOVED;
	f->wants_in = f->guessed = true;
	return FLOW_BLOCKED;
}

/* ------------------------------------------------------------------------- */

enum flow_step
flow_step_discard(struct flow *f)
{
	if (f->scratch == NULL)
		f->scratch = xpages(COPY_SIZE);
	for (int calls = 0; calls < FAIR_CALLS; calls++) {
		ssize_t n = stream_read(f->source, f->scratch, COPY_SIZE);

		if (n == -1 && errno == EAGAIN) {
			f->wants_in = !stream_more(f->source);
			return f->wants_in ? FLOW_BLOCKED : FLOW_MOVED;
		}
		if (n <= 0)
			return flow_end_of_source(f, n);
		f->discarded += (uint64_t)n;
	}
	return FLOW_MOVED;
}
