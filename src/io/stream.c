/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/stream.h"
#include "net/sockopt.h"

/* --- what was unread ----------------------------------------------------- */

static size_t
stream_peek_returned(const struct stream *s, void *data, size_t n)
{
	size_t have = stream_returned(s);

	if (n > have)
		n = have;
	memcpy(data, s->returned.data + s->returned.head, n);
	return n;
}

static ssize_t
stream_read_returned(struct stream *s, void *data, size_t n)
{
	n = stream_peek_returned(s, data, n);
	buffer_take(&s->returned, n);
	if (stream_returned(s) == 0)
		buffer_free(&s->returned);
	return (ssize_t)n;
}

void
stream_unread(struct stream *s, const void *data, size_t n)
{
	size_t had = stream_returned(s);
	struct buffer all;

	if (n == 0)
		return;
	buffer_init(&all, n + had);
	buffer_put(&all, data, n);
	if (had > 0)
		buffer_put(&all, s->returned.data + s->returned.head, had);
	buffer_free(&s->returned);
	s->returned = all;
}

/* --- moving bytes -------------------------------------------------------- */

ssize_t
stream_read(struct stream *s, void *data, size_t n)
{
	if (stream_returned(s) > 0)
		return stream_read_returned(s, data, n);
	if (s->ops->read != NULL)
		return s->ops->read(s, data, n);
	return s->below != NULL ? stream_read(s->below, data, n) :
	    fdio_read(&s->in, data, n);
}

ssize_t
stream_peek(struct stream *s, void *data, size_t n)
{
	if (stream_returned(s) > 0)
		return (ssize_t)stream_peek_returned(s, data, n);
	if (s->ops->peek != NULL)
		return s->ops->peek(s, data, n);
	errno = ENOTSUP;
	return -1;
}

ssize_t
stream_write(struct stream *s, const void *data, size_t n)
{
	if (s->ops->write != NULL)
		return s->ops->write(s, data, n);
	return s->below != NULL ? stream_write(s->below, data, n) :
	    fdio_write(&s->out, data, n);
}

int
stream_shutdown(struct stream *s)
{
	if (s->ops->shutdown != NULL)
		return s->ops->shutdown(s);
	s->shut = true;
	return s->below != NULL ? stream_shutdown(s->below) : 0;
}

int
stream_flush(struct stream *s)
{
	if (s->ops->flush != NULL && s->ops->flush(s) == -1)
		return -1;
	return s->below != NULL && stream_unflushed(s->below) ?
	    stream_flush(s->below) : 0;
}

void
stream_close(struct stream *s, bool abort)
{
	struct stream *below;

	if (s->ops->close != NULL) {
		s->ops->close(s, abort);
		return;
	}
	below = stream_release(s);
	free(s);
	if (below != NULL)
		stream_close(below, abort);
}

/* --- what is known of it ------------------------------------------------- */

size_t
stream_unacked(struct stream *s)
{
	if (s->ops->unacked != NULL)
		return s->ops->unacked(s);
	return s->below != NULL ? stream_unacked(s->below) : 0;
}

size_t
stream_available(struct stream *s)
{
	size_t n = stream_returned(s);

	if (s->ops->available != NULL)
		return n + s->ops->available(s);
	return n + (s->below != NULL ? stream_available(s->below) :
	    fdio_available(&s->in));
}

int
stream_error(struct stream *s)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	if (s->ops->error != NULL)
		return s->ops->error(s);
	if (s->below != NULL)
		return stream_error(s->below);
	if (s->in.kind == FD_SOCKET && getsockopt(s->in.fd, SOL_SOCKET,
	    SO_ERROR, &errnum, &len) == -1)
		return errno;
	return errnum;
}

bool
stream_connected(struct stream *s)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (s->ops->connected != NULL)
		return s->ops->connected(s);
	if (s->below != NULL)
		return stream_connected(s->below);
	return s->out.kind != FD_SOCKET || getpeername(s->out.fd,
	    (struct sockaddr *)&peer, &len) == 0 || errno != ENOTCONN;
}

/* The one that is to see what was spliced, or NULL. */
static struct stream *
stream_seer(struct stream *s)
{
	while (s != NULL && s->ops->spliced == NULL)
		s = s->below;
	return s;
}

bool
stream_sees_splices(struct stream *s)
{
	return stream_seer(s) != NULL;
}

void
stream_spliced(struct stream *s, int pipe, size_t n)
{
	struct stream *seer = stream_seer(s);

	seer->ops->spliced(seer, pipe, n);
}

void
stream_unsplice(struct stream *s, const void *data, size_t n)
{
	struct stream *seer = stream_seer(s);

	stream_unread(seer != NULL ? seer->below : s, data, n);
}

bool
stream_low_water(struct stream *s, int bytes)
{
	if (s->ops->low_water != NULL)
		return s->ops->low_water(s, bytes);
	/* A layer may have to take what is there before it has anything. */
	if (!s->raw_in)
		return false;
	if (s->below != NULL)
		return stream_low_water(s->below, bytes);
	return s->in.kind == FD_SOCKET && s->in.own &&
	    sockopt_low_water(s->in.fd, bytes);
}

void
stream_probe(struct stream *s, int idle, int interval, int count)
{
	if (s->ops->probe != NULL)
		s->ops->probe(s, idle, interval, count);
	else if (s->below != NULL)
		stream_probe(s->below, idle, interval, count);
	else if (s->in.kind == FD_SOCKET)
		sockopt_keepalive(s->in.fd, idle, interval, count);
}

void
stream_describe(struct stream *s, struct facts *facts)
{
	for (; s != NULL; s = s->below) {
		if (s->ops->describe != NULL)
			s->ops->describe(s, facts);
	}
}

int
stream_suspect(const struct stream *s)
{
	while (s->suspect == 0 && s->below != NULL)
		s = s->below;
	return s->suspect;
}

const struct error *
stream_fault(const struct stream *s)
{
	while (s->fault == NULL && s->below != NULL)
		s = s->below;
	return s->fault;
}

void
stream_want_one_message(struct stream *s, bool one)
{
	for (; s != NULL; s = s->below)
		s->one_message = one;
}

/* --- making one ---------------------------------------------------------- */

void
stream_init(struct stream *s, const struct stream_ops *ops, const char *name)
{
	s->ops = ops;
	s->name = s->in_name = name;
}

/* What a descriptor is, without what is going on there: that is the affair of
 * the stream below. */
static struct fdio
stream_layer_fdio(const struct fdio *below)
{
	return (struct fdio){
		.fd = below->fd,
		.kind = below->kind,
		.own = below->own,
		.no_nowait = below->no_nowait,
		.messages = below->messages,
		.reopened = -1,
		.expected = -1,
	};
}

void
stream_layer_init(struct stream *s, const struct stream_ops *ops,
    struct stream *below)
{
	s->ops = ops;
	s->below = below;
	s->name = below->name;
	s->in_name = below->in_name;
	s->in = stream_layer_fdio(&below->in);
	s->out = stream_layer_fdio(&below->out);
	s->layered = below->layered;
	s->ends_both = below->ends_both;
	s->no_input = below->no_input;
	s->network = below->network;
	s->recovers = below->recovers;
	s->duplex = below->duplex;
	s->interactive = below->interactive;
	s->one_message = below->one_message;
	s->insists = below->insists;
}

struct stream *
stream_release(struct stream *s)
{
	struct stream *below = s->below;

	buffer_free(&s->returned);
	s->below = NULL;
	return below;
}
