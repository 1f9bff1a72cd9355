/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "io/tap.h"

struct tap {
	struct stream		 stream;
	const struct tap_ops	*ops;
	void			*state;
	bool			 ended[2];	/* of enum tap_way */
};

static void
tap_end(struct tap *t, enum tap_way way, bool reset)
{
	int saved = errno;

	if (t->ended[way])
		return;
	t->ended[way] = true;
	if (reset)
		t->ended[!way] = true;
	t->ops->end(t->state, way, reset);
	errno = saved;
}

/* An operation has failed, with errnum. */
static void
tap_failed(struct tap *t, int errnum)
{
	if ((errnum == ECONNRESET || errnum == EPIPE) &&
	    !(t->ended[TAP_SENT] && t->ended[TAP_RECEIVED])) {
		/* Also of a peer that has ended its direction before. */
		t->ended[TAP_RECEIVED] = false;
		tap_end(t, TAP_RECEIVED, true);
	}
}

static ssize_t
tap_passed(struct tap *t, enum tap_way way, const void *data, ssize_t n)
{
	if (n > 0)
		t->ops->piece(t->state, way, data, (size_t)n);
	else if (n == -1)
		tap_failed(t, errno);
	return n;
}

/* --- the stream ---------------------------------------------------------- */

static ssize_t
tap_read(struct stream *s, void *data, size_t n)
{
	struct tap *t = (struct tap *)s;
	ssize_t got = stream_read(s->below, data, n);

	if (got == 0)
		tap_end(t, TAP_RECEIVED, false);
	return tap_passed(t, TAP_RECEIVED, data, got);
}

static ssize_t
tap_peek(struct stream *s, void *data, size_t n)
{
	return stream_peek(s->below, data, n);
}

static void
tap_spliced(struct stream *s, int pipe, size_t n)
{
	struct tap *t = (struct tap *)s;

	t->ops->spliced(t->state, pipe, n);
}

static ssize_t
tap_write(struct stream *s, const void *data, size_t n)
{
	struct tap *t = (struct tap *)s;

	return tap_passed(t, TAP_SENT, data, stream_write(s->below, data, n));
}

static int
tap_shutdown(struct stream *s)
{
	struct tap *t = (struct tap *)s;
	int result;

	s->shut = true;
	result = stream_shutdown(s->below);
	if (result == 0)
		tap_end(t, TAP_SENT, false);
	return result;
}

static int
tap_error(struct stream *s)
{
	int errnum = stream_error(s->below);

	tap_failed((struct tap *)s, errnum);
	return errnum;
}

/* Nothing is held here. */
static bool
tap_low_water(struct stream *s, int bytes)
{
	return stream_low_water(s->below, bytes);
}

static void
tap_close(struct stream *s, bool abort)
{
	struct tap *t = (struct tap *)s;
	struct stream *below;

	tap_end(t, TAP_SENT, abort);
	t->ops->close(t->state);
	below = stream_release(s);
	free(t);
	stream_close(below, abort);
}

#define TAP_OPS \
	.read = tap_read, \
	.peek = tap_peek, \
	.write = tap_write, \
	.shutdown = tap_shutdown, \
	.error = tap_error, \
	.low_water = tap_low_water, \
	.close = tap_close

static const struct stream_ops tap_stream_ops = { TAP_OPS };

static const struct stream_ops tap_splicing_ops = {
	TAP_OPS,
	.spliced = tap_spliced,
};

struct stream *
tap_new(struct stream *below, const struct tap_ops *ops, void *state)
{
	struct tap *t = xcalloc(1, sizeof(*t));

	stream_layer_init(&t->stream, ops->spliced != NULL ?
	    &tap_splicing_ops : &tap_stream_ops, below);
	t->stream.raw_in = ops->spliced != NULL && below->raw_in;
	t->ops = ops;
	t->state = state;
	return &t->stream;
}
