/* SPDX-License-Identifier: ISC */
/* The ways of a flow on which bytes stay in the kernel. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/flow_state.h"

#define KERNEL_SIZE	FDIO_PIPE_SIZE	/* asked for in one splice, sendfile */

/* Asked for in one sendfile while the other direction moves, too: twice as fast
 * for both as with the long ones, which are best for one direction alone. */
#define SHARED_SIZE	(KERNEL_SIZE / 4)

/* Alone, it may become so long, and a turn not longer, while that does not take
 * longer than this: signals and times have to wait meanwhile. */
#define STRIDE_MOST	(16 * KERNEL_SIZE)
#define STRIDE_TIME	(5 * CLOCK_MS)

/* How often a call may say EAGAIN where poll(2) says ready (urgent data does
 * that) before we stop believing in the kernel's way. */
#define CONTRADICTIONS	8

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

	wait_for(pfd, 2, WAIT_NOW, WAIT_NO_SIGNALS);
	f->wants_in = pfd[0].revents == 0;
	f->wants_out = pfd[1].revents == 0;
	if (!f->wants_in && !f->wants_out)
		return flow_contradiction(f);
	return FLOW_BLOCKED;
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
	unsigned char first[512];	/* a buffer is rarely needed */
	ssize_t n;

	if (f->source->in.kind == FD_PIPE)
		return flow_end_of_source(f, 0);
	n = stream_read(f->source, first, sizeof(first));
	if (n == -1 && errno == EAGAIN)
		return flow_contradiction(f);
	if (n <= 0)
		return flow_end_of_source(f, n);
	if (f->buffer.data == NULL)
		buffer_init(&f->buffer, COPY_SIZE);
	buffer_put(&f->buffer, first, (size_t)n);
	flow_count_read(f);
	flow_fall_back(f, "an end that is none");
	return FLOW_MOVED;
}

enum flow_step
flow_step_splice(struct flow *f)
{
	if (f->state != FLOW_OPEN)
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
		if (n <= SMALL_TRANSFER && calls == 0 && f->rate == 0)
			f->small = true;
		if (n < SHORT_TRANSFER && calls == 0 && f->rate == 0) {
			f->wants_in = f->guessed = true;
			return FLOW_BLOCKED;
		}
	}
	return FLOW_MOVED;
}

/* sendfile(2) of what is claimed, which learns how much it may ask for. */
static ssize_t
flow_sendfile(struct flow *f, size_t most)
{
	struct fdio *in = &f->source->in;
	off_t at = in->claim;
	int64_t began = clock_now();
	ssize_t n = sendfile(f->sink->out.fd, in->fd, &at, most);
	int saved = errno;

	if (n > 0)
		fdio_take_claimed(in, (size_t)n);
	else if (n == 0)
		fdio_drop_claim(in);

	if (clock_now() - began > STRIDE_TIME)
		f->stride = KERNEL_SIZE;
	else if (n == (ssize_t)f->stride && f->stride < STRIDE_MOST)
		f->stride *= 2;
	if (log_enabled(LOG_TRACE))
		log_line(LOG_TRACE, "sendfile(%zu) = %zd", most, n);
	errno = saved;
	return n;
}

enum flow_step
flow_step_sendfile(struct flow *f)
{
	uint64_t end = f->bytes + STRIDE_MOST;

	if (f->state != FLOW_OPEN)
		return flow_end(f);
	if (f->stride == 0)
		f->stride = KERNEL_SIZE;
	for (int calls = 0; calls < FAIR_CALLS && f->bytes < end &&
	    !flow_spent(f); calls++) {
		size_t most = fdio_claim(&f->source->in, flow_allowed(f,
		    f->shared ? SHARED_SIZE : f->stride));
		ssize_t n = most == 0 ? 0 : flow_sendfile(f, most);

		if (n == -1 && errno == EINTR)
			continue;
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

/* A second pipe, into which all fits that is in the first one. */
static bool
flow_open_seen(struct flow *f)
{
	if (f->seen.fd[0] != -1 || !stream_sees_splices(f->source))
		return true;
	if (pipes_take(&f->seen, KERNEL_SIZE) == -1) {
		flow_fall_back(f, strerror(errno));
		return false;
	}
	if (f->seen.size == f->pipe.size && tee(f->pipe.fd[0], f->seen.fd[1],
	    KERNEL_SIZE, SPLICE_F_NONBLOCK) == -1 && errno == EAGAIN)
		return true;
	flow_fall_back(f, "no copy is to be had");
	return false;
}

/* What is in the private pipe could not be shown: it has to be read again. */
static enum flow_step
flow_take_back(struct flow *f)
{
	unsigned char *data = xmalloc(f->piped);
	size_t n = 0;
	ssize_t r;

	while (n < f->piped && (r = read(f->pipe.fd[0], data + n,
	    f->piped - n)) > 0)
		n += (size_t)r;
	f->piped = 0;
	stream_unsplice(f->source, data, n);
	free(data);
	pipes_close(&f->seen);
	flow_fall_back(f, "a part of a copy");
	return FLOW_MOVED;
}

/* Show what the private pipe was filled with. */
static enum flow_step
flow_show(struct flow *f)
{
	ssize_t n = tee(f->pipe.fd[0], f->seen.fd[1], f->piped,
	    SPLICE_F_NONBLOCK);

	if (n != (ssize_t)f->piped)
		return flow_take_back(f);
	stream_spliced(f->source, f->seen.fd[0], f->piped);
	return FLOW_MOVED;
}

/* From the source into the private pipe, which is empty. */
static enum flow_step
flow_fill_pipe(struct flow *f, bool first)
{
	ssize_t n;

	ASSERT(f->piped == 0 && buffer_length(&f->buffer) == 0);
	if (f->state != FLOW_OPEN)
		return flow_end(f);
	n = flow_splice(f->source->in.fd, f->pipe.fd[1], f->pipe.size);
	if (n == 0)
		return flow_confirm_end(f);
	if (n == -1 && errno == EAGAIN) {
		if (first && wait_is_ready(f->source->in.fd, POLLIN))
			return flow_contradiction(f);
		f->wants_in = true;
		return FLOW_BLOCKED;
	}
	if (n == -1 && flow_not_supported(errno)) {
		flow_fall_back(f, strerror(errno));
		return FLOW_MOVED;
	}
	if (n == -1)
		return flow_end_of_source(f, n);
	f->piped = (size_t)n;
	f->small = first && n <= SMALL_TRANSFER;
	f->contradictions = 0;
	flow_count_read(f);
	return f->seen.fd[0] != -1 ? flow_show(f) : FLOW_MOVED;
}

/* From the private pipe into the sink. */
static enum flow_step
flow_drain_pipe(struct flow *f)
{
	ssize_t n = flow_splice(f->pipe.fd[0], f->sink->out.fd,
	    flow_allowed(f, f->piped));

	if (n == -1 && errno == EAGAIN) {
		if (wait_is_ready(f->sink->out.fd, POLLOUT))
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
	ASSERT((size_t)n <= f->piped);
	f->piped -= (size_t)n;
	flow_moved(f, (size_t)n);
	return FLOW_MOVED;
}

enum flow_step
flow_step_splice_via(struct flow *f)
{
	enum flow_step step = FLOW_MOVED;
	size_t filled = KERNEL_SIZE;

	if (!flow_open_pipe(f) || !flow_open_seen(f))
		return FLOW_MOVED;
	for (int calls = 0; calls < FAIR_CALLS && step == FLOW_MOVED &&
	    f->method == FLOW_SPLICE_VIA && !flow_spent(f); calls++) {
		if (f->piped > 0) {
			step = flow_drain_pipe(f);
		} else if (filled < SHORT_TRANSFER && f->state == FLOW_OPEN) {
			f->wants_in = f->guessed = true;
			step = FLOW_BLOCKED;
		} else {
			step = flow_fill_pipe(f, calls == 0);
			filled = f->piped;
		}
	}
	if (f->among_many && f->piped == 0) {
		pipes_give(&f->pipe);
		if (f->seen.fd[0] != -1)
			pipes_give(&f->seen);
	}
	return step;
}
