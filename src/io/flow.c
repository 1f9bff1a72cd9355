/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "io/flow.h"
#include "net/sockopt.h"

#define COPY_SIZE	(128 * 1024)	/* of the buffer, when copying */
#define COPY_LEAST	(16 * 1024)	/* don't read for less room than this */
#define INJECT_SIZE	(16 * 1024)
#define KERNEL_SIZE	FDIO_PIPE_SIZE	/* asked for in one splice, sendfile */

/* Asked for in one sendfile while the other direction moves, too: twice as fast
 * for both as with the long ones, which are best for one direction alone. */
#define SHARED_SIZE	(KERNEL_SIZE / 4)

/* A transfer shorter than this has emptied the source, most likely: wait for
 * more instead of asking again. */
#define SHORT_TRANSFER	4096

/* System calls before the other direction gets its turn. */
#define FAIR_CALLS	16

/* How often a call may say EAGAIN where poll(2) says ready (urgent data does
 * that) before we stop believing in the kernel's way. */
#define CONTRADICTIONS	8

/* So many bytes between two waits for the source make a flow fast, and worth
 * collecting. */
#define FAST_BYTES	(32 * 1024)
#define COLLECT_BYTES	(256 * 1024)

/* No longer than this is waited for more. */
#define COLLECT_TIME	(1 * CLOCK_MS)

/* With a rate, the most that goes at once, as a part of a second. */
#define RATE_PARTS	20

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

static bool
flow_can_splice_from(const struct fdio *in)
{
	return in->kind == FD_PIPE || (in->kind == FD_SOCKET && in->own);
}

static bool
flow_can_splice_to(const struct fdio *out)
{
	if (out->kind == FD_SOCKET)
		return out->own;
	return out->kind == FD_PIPE || out->kind == FD_DEVICE ||
	    (out->kind == FD_FILE && !out->append);
}

static enum flow_method
flow_choose(const struct flow *f, bool zero_copy)
{
	const struct fdio *in = &f->source->in, *out = &f->sink->out;

	if (!zero_copy || f->filter != NULL || !f->source->raw_in ||
	    !f->sink->raw_out)
		return FLOW_COPY;
	if (in->kind == FD_FILE && out->kind == FD_SOCKET && out->own)
		return FLOW_SENDFILE;
	if (!flow_can_splice_from(in) || !flow_can_splice_to(out))
		return FLOW_COPY;
	if (in->kind == FD_PIPE || out->kind == FD_PIPE)
		return FLOW_SPLICE;
	return FLOW_SPLICE_VIA;
}

void
flow_init(struct flow *f, struct stream *source, struct stream *sink,
    const struct filter *filter, bool zero_copy)
{
	*f = (struct flow){
		.source = source,
		.sink = sink,
		.filter = filter,
		.collect_until = CLOCK_NEVER,
		.pipe = { .fd = { -1, -1 } },
	};
	f->method = flow_choose(f, zero_copy);
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
	};
}

void
flow_init_none(struct flow *f, struct stream *source, struct stream *sink)
{
	*f = (struct flow){
		.source = source,
		.sink = sink,
		.source_ended = true,
		.ended = true,
		.collect_until = CLOCK_NEVER,
		.pipe = { .fd = { -1, -1 } },
	};
}

size_t
flow_pending(const struct flow *f)
{
	return buffer_length(&f->buffer) + f->piped;
}

void
flow_stop_reading(struct flow *f)
{
	f->source_ended = true;
	f->wants_in = false;	/* it has a step to make at once */
}

/* Waiting for the source: is it fast enough to let it collect? */
static void
flow_watch_speed(struct flow *f, int64_t now)
{
	const struct fdio *in = &f->source->in;
	uint64_t moved = f->bytes - f->last_wait;

	f->fast = moved >= FAST_BYTES;
	if (!f->collecting && f->crowded && moved >= COLLECT_BYTES &&
	    in->kind == FD_SOCKET && in->own && f->source->raw_in)
		f->collecting = sockopt_low_water(in->fd, FLOW_COLLECT);
	if (f->collecting)
		f->collect_until = clock_after(now, COLLECT_TIME);
	f->last_wait = f->bytes;
}

void
flow_collected(struct flow *f)
{
	f->collecting = false;
	f->collect_until = CLOCK_NEVER;
	sockopt_low_water(f->source->in.fd, 1);
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
	return !f->ended || flow_injected(f) ||
	    (f->sink != NULL && f->sink->unflushed);
}

void
flow_free(struct flow *f)
{
	size_t left = buffer_length(&f->buffer);

	if (left > 0 && f->source->ops->unread != NULL)
		f->source->ops->unread(f->source,
		    f->buffer.data + f->buffer.head, left);
	if (f->piped == 0 && f->pipe.fd[0] != -1)
		pipes_give(&f->pipe);
	pipes_close(&f->pipe);
	buffer_free(&f->buffer);
	buffer_free(&f->injected);
	free(f->scratch);
	f->scratch = NULL;
}

static enum flow_step
flow_end(struct flow *f)
{
	f->ended = true;
	return f->error == 0 ? FLOW_ENDED : FLOW_SOURCE_FAILED;
}

static enum flow_step
flow_sink_failed(struct flow *f, int errnum)
{
	f->ended = true;
	f->error = errnum;
	return FLOW_SINK_FAILED;
}

/* The source broke: nothing more comes, but what came is still delivered. */
static void
flow_source_failed(struct flow *f, int errnum)
{
	f->source_ended = true;
	f->error = errnum;
}

static void
flow_count_read(struct flow *f)
{
	f->reads++;
	if (f->read_limit != 0 && f->reads >= f->read_limit)
		f->source_ended = f->limited = true;
}

/* splice(2) that is never interrupted. */
static ssize_t
flow_splice(int from, int to, size_t n)
{
	ssize_t r;

	do
		r = splice(from, NULL, to, NULL, n,
		    SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	while (r == -1 && errno == EINTR);
	if (log_enabled(LOG_TRACE))
		log_line(LOG_TRACE, "splice(%d, %d, %zu) = %zd%s%s", from, to,
		    n, r, r == -1 ? " " : "", r == -1 ? strerror(errno) : "");
	return r;
}

/* Whether errno means that this way of moving bytes is not to be had. */
static bool
flow_not_supported(int errnum)
{
	return errnum == EINVAL || errnum == ENOSYS || errnum == EOPNOTSUPP ||
	    errnum == EBADF || errnum == EPERM || errnum == EACCES ||
	    errnum == ENOMEM || errnum == ESPIPE;
}

static void
flow_fall_back(struct flow *f, const char *why)
{
	log_line(LOG_DETAIL, "%s does not work here (%s): reading and writing",
	    flow_method_name(f->method), why);
	f->method = FLOW_COPY;
}

/* A call moved nothing although poll(2) says it could. */
static enum flow_step
flow_contradiction(struct flow *f)
{
	if (++f->contradictions > CONTRADICTIONS)
		flow_fall_back(f, "ready, but nothing moves");
	return FLOW_MOVED;
}

/* Which end made a transfer from source to sink say EAGAIN? */
static enum flow_step
flow_find_blocked(struct flow *f)
{
	struct pollfd pfd[2] = {
		{ .fd = f->source->in.fd, .events = POLLIN },
		{ .fd = f->sink->out.fd, .events = POLLOUT },
	};

	while (poll(pfd, 2, 0) == -1 && errno == EINTR)
		;
	f->wants_in = pfd[0].revents == 0;
	f->wants_out = pfd[1].revents == 0;
	if (!f->wants_in && !f->wants_out)
		return flow_contradiction(f);
	return FLOW_BLOCKED;
}

/* What may go now because of the rate; false: nothing before hold_until. */
static bool
flow_refill(struct flow *f, int64_t now)
{
	uint64_t most = f->rate / RATE_PARTS > 0 ? f->rate / RATE_PARTS : 1;
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
	if (f->allowance > 0)
		return true;
	/* In few pieces, not in many small ones. */
	f->hold_until = clock_after(now, (int64_t)((double)most *
	    nanoseconds) + 1);
	return false;
}

static bool
flow_spent(const struct flow *f)
{
	return f->rate != 0 && f->allowance == 0;
}

/* As much of n as the rate allows. */
static size_t
flow_allowed(const struct flow *f, size_t n)
{
	return f->rate != 0 && n > f->allowance ? (size_t)f->allowance : n;
}

static void
flow_moved(struct flow *f, size_t n)
{
	f->bytes += n;
	f->allowance -= f->rate != 0 ? n : 0;
	f->contradictions = 0;
	if (f->bytes >= LONG_TRANSFER) {
		fdio_grow_pipe(&f->source->in);
		fdio_grow_pipe(&f->sink->out);
	}
}

/*
 * A transfer between source and sink failed: whose fault?  A pipe as source
 * never fails, and EPIPE is always the sink's.
 */
static enum flow_step
flow_transfer_failed(struct flow *f, int errnum)
{
	if (flow_not_supported(errnum)) {
		flow_fall_back(f, strerror(errnum));
		return FLOW_MOVED;
	}
	if (errnum == EPIPE || f->source->in.kind == FD_PIPE ||
	    (f->source->in.kind == FD_FILE && errnum != EIO))
		return flow_sink_failed(f, errnum);
	flow_source_failed(f, errnum);
	return flow_end(f);
}

/*
 * The kernel's way says 0 at the end, and also elsewhere: sendfile(2) for files
 * that claim to be empty and are not (/proc), splice(2) from a socket before
 * urgent data.  read(2) tells.
 */
static enum flow_step
flow_confirm_end(struct flow *f)
{
	ssize_t n;

	if (f->source->in.kind == FD_PIPE)
		return flow_end(f);
	if (f->buffer.data == NULL)
		buffer_init(&f->buffer, COPY_SIZE);
	n = f->source->ops->read(f->source, f->buffer.data, f->buffer.size);
	if (n == -1 && errno == EAGAIN)
		return flow_contradiction(f);
	if (n == -1)
		flow_source_failed(f, errno);
	if (n <= 0)
		return flow_end(f);
	f->buffer.tail = (size_t)n;
	flow_count_read(f);
	flow_fall_back(f, "an end that is none");
	return FLOW_MOVED;
}

static enum flow_step
flow_step_splice(struct flow *f)
{
	if (f->source_ended)
		return flow_end(f);
	for (int calls = 0; calls < FAIR_CALLS && !flow_spent(f); calls++) {
		ssize_t n = flow_splice(f->source->in.fd, f->sink->out.fd,
		    flow_allowed(f, KERNEL_SIZE));

		if (n == 0)
			return flow_confirm_end(f);
		if (n == -1 && errno == EAGAIN)
			return flow_find_blocked(f);
		if (n == -1)
			return flow_transfer_failed(f, errno);
		flow_moved(f, (size_t)n);
		/* Behind long ones it is the last room in a pipe instead. */
		if (n < SHORT_TRANSFER && calls == 0 && f->rate == 0) {
			f->wants_in = f->guessed = true;
			return FLOW_BLOCKED;
		}
	}
	return FLOW_MOVED;
}

static enum flow_step
flow_step_sendfile(struct flow *f)
{
	if (f->source_ended)
		return flow_end(f);
	for (int calls = 0; calls < FAIR_CALLS && !flow_spent(f); calls++) {
		size_t most = flow_allowed(f, f->shared ? SHARED_SIZE :
		    KERNEL_SIZE);
		ssize_t n = sendfile(f->sink->out.fd, f->source->in.fd, NULL,
		    most);

		if (n == -1 && errno == EINTR)
			continue;
		if (log_enabled(LOG_TRACE))
			log_line(LOG_TRACE, "sendfile(%zu) = %zd", most, n);
		if (n == 0)
			return flow_confirm_end(f);
		if (n == -1 && errno == EAGAIN) {
			f->wants_out = true;
			return FLOW_BLOCKED;
		}
		if (n == -1)
			return flow_transfer_failed(f, errno);
		flow_moved(f, (size_t)n);
	}
	return FLOW_MOVED;
}

static bool
flow_open_pipe(struct flow *f)
{
	if (f->pipe.fd[0] != -1)
		return true;
	if (pipes_take(&f->pipe, KERNEL_SIZE) == 0)
		return true;
	flow_fall_back(f, strerror(errno));
	return false;
}

/* From the source into the private pipe, which is empty. */
static enum flow_step
flow_fill_pipe(struct flow *f, bool first)
{
	ssize_t n;

	if (f->source_ended)
		return flow_end(f);
	n = flow_splice(f->source->in.fd, f->pipe.fd[1], f->pipe.size);
	if (n == 0)
		return flow_confirm_end(f);
	if (n == -1 && errno == EAGAIN) {
		if (first && fdio_ready(f->source->in.fd, POLLIN))
			return flow_contradiction(f);
		f->wants_in = true;
		return FLOW_BLOCKED;
	}
	if (n == -1 && flow_not_supported(errno)) {
		flow_fall_back(f, strerror(errno));
		return FLOW_MOVED;
	}
	if (n == -1) {
		flow_source_failed(f, errno);
		return flow_end(f);
	}
	f->piped = (size_t)n;
	f->contradictions = 0;
	flow_count_read(f);
	return FLOW_MOVED;
}

/* From the private pipe into the sink. */
static enum flow_step
flow_drain_pipe(struct flow *f)
{
	ssize_t n = flow_splice(f->pipe.fd[0], f->sink->out.fd,
	    flow_allowed(f, f->piped));

	if (n == -1 && errno == EAGAIN) {
		if (fdio_ready(f->sink->out.fd, POLLOUT))
			return flow_contradiction(f);
		f->wants_out = true;
		return FLOW_BLOCKED;
	}
	if (n == -1 && flow_not_supported(errno)) {
		flow_fall_back(f, strerror(errno));
		return FLOW_MOVED;
	}
	if (n == -1)
		return flow_sink_failed(f, errno);
	if (n == 0)	/* never seen; but it must not spin */
		return flow_contradiction(f);
	f->piped -= (size_t)n;
	flow_moved(f, (size_t)n);
	return FLOW_MOVED;
}

static enum flow_step
flow_step_splice_via(struct flow *f)
{
	enum flow_step step = FLOW_MOVED;
	size_t filled = KERNEL_SIZE;

	/* One of many takes no pipe before its first byte has come. */
	if (f->lean && !f->begun && !f->source_ended) {
		f->begun = f->wants_in = true;
		return FLOW_BLOCKED;
	}
	if (!flow_open_pipe(f))
		return FLOW_MOVED;
	for (int calls = 0; calls < FAIR_CALLS && step == FLOW_MOVED &&
	    f->method == FLOW_SPLICE_VIA && !flow_spent(f); calls++) {
		if (f->piped > 0) {
			step = flow_drain_pipe(f);
		} else if (filled < SHORT_TRANSFER && !f->source_ended) {
			f->wants_in = f->guessed = true;
			step = FLOW_BLOCKED;
		} else {
			step = flow_fill_pipe(f, calls == 0);
			filled = f->piped;
		}
	}
	if (f->lean && f->piped == 0)
		pipes_give(&f->pipe);
	return step;
}

/* Read from the source, or first what is left in the private pipe. */
static ssize_t
flow_read(struct flow *f, void *data, size_t n)
{
	ssize_t r;

	if (f->piped == 0)
		return f->source->ops->read(f->source, data, n);
	do
		r = read(f->pipe.fd[0], data, n < f->piped ? n : f->piped);
	while (r == -1 && errno == EINTR);
	if (r > 0)
		f->piped -= (size_t)r;
	return r;
}

static void
flow_take_filtered(struct flow *f, size_t n)
{
	f->buffer.tail += f->filter->run(f->filter->state, f->scratch, n,
	    f->buffer.data + f->buffer.tail);
}

/* Fill the buffer.  Returns whether something was read, or the end was. */
static bool
flow_copy_in(struct flow *f)
{
	size_t room = buffer_room(&f->buffer), most = room;
	unsigned char *to = f->buffer.data + f->buffer.tail;
	ssize_t n;

	if ((f->source_ended && f->piped == 0) || room < COPY_LEAST ||
	    (f->source->in.messages && room < COPY_SIZE))
		return false;
	if (f->filter != NULL) {
		most = room / f->filter->expansion;
		to = f->scratch;
	}
	n = flow_read(f, to, most);
	if (log_enabled(LOG_TRACE))
		log_line(LOG_TRACE, "read(%d, %zu) = %zd%s%s",
		    f->source->in.fd, most, n, n == -1 ? " " : "",
		    n == -1 ? strerror(errno) : "");
	if (n == -1 && errno == EAGAIN) {
		f->wants_in = true;
		return false;
	}
	if (n == -1) {
		flow_source_failed(f, errno);
		return true;
	}
	if (n == 0) {
		f->source_ended = true;
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

static enum flow_step
flow_write_failed(struct flow *f)
{
	if (errno == EAGAIN) {
		f->wants_out = true;
		return FLOW_BLOCKED;
	}
	return flow_sink_failed(f, errno);
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
	w = f->sink->ops->write(f->sink, f->buffer.data + f->buffer.head, n);
	if (log_enabled(LOG_TRACE))
		log_line(LOG_TRACE, "write(%d, %zu) = %zd%s%s",
		    f->sink->out.fd, n, w, w == -1 ? " " : "",
		    w == -1 ? strerror(errno) : "");
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
	if (f->buffer.data == NULL)
		buffer_init(&f->buffer, COPY_SIZE);
	if (f->filter != NULL && f->scratch == NULL)
		f->scratch = xmalloc(COPY_SIZE);
}

static enum flow_step
flow_step_copy(struct flow *f, int64_t now)
{
	flow_copy_prepare(f);
	for (int calls = 0; calls < FAIR_CALLS && !flow_spent(f); calls++) {
		size_t had = buffer_length(&f->buffer);
		bool read = !f->wants_in && flow_copy_in(f);
		enum flow_step step;

		/* A short read has emptied the source, most likely. */
		if (read && !f->source_ended && f->piped == 0 &&
		    !f->source->more &&
		    buffer_length(&f->buffer) - had < SHORT_TRANSFER)
			f->wants_in = f->guessed = true;
		step = f->wants_out ? FLOW_BLOCKED : flow_copy_out(f, now);
		if (step == FLOW_SINK_FAILED)
			return step;
		if (f->source_ended && flow_pending(f) == 0)
			return flow_end(f);
		if (!read && step == FLOW_BLOCKED)
			return FLOW_BLOCKED;
	}
	return FLOW_MOVED;
}

static enum flow_step
flow_step_discard(struct flow *f)
{
	if (f->scratch == NULL)
		f->scratch = xmalloc(COPY_SIZE);
	for (int calls = 0; calls < FAIR_CALLS; calls++) {
		ssize_t n = f->source->ops->read(f->source, f->scratch,
		    COPY_SIZE);

		if (n == -1 && errno == EAGAIN) {
			f->wants_in = true;
			return FLOW_BLOCKED;
		}
		if (n == -1)
			flow_source_failed(f, errno);
		if (n <= 0)
			return flow_end(f);
		f->discarded += (uint64_t)n;
	}
	return FLOW_MOVED;
}

static enum flow_step
flow_write_injected(struct flow *f)
{
	while (buffer_length(&f->injected) > 0) {
		ssize_t w = f->sink->ops->write(f->sink,
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
	if (f->sink == NULL || !f->sink->unflushed ||
	    f->sink->ops->flush(f->sink) == 0)
		return FLOW_MOVED;
	return flow_write_failed(f);
}

static enum flow_step
flow_step_method(struct flow *f, int64_t now)
{
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
		return flow_step_copy(f, now);
	}
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
	if (f->ended)
		return FLOW_BLOCKED;
	if (f->rate != 0 && !flow_refill(f, now))
		return FLOW_BLOCKED;
	step = flow_step_method(f, now);
	/* Its share is used up: whatever an end said, there is more to do. */
	if (step == FLOW_MOVED)
		f->wants_in = f->wants_out = false;
	else if (step == FLOW_BLOCKED && f->wants_in)
		flow_watch_speed(f, now);
	return step;
}
