/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "net/connection.h"
#include "script.h"

static const struct script_step	last[] = { LAST };

static struct script *
script_of(struct stream *s)
{
	return (struct script *)s;
}

/* An eventfd can be read unless it is 0, and written unless it is full. */
static void
script_set(int fd, uint64_t value)
{
	uint64_t was;

	if (read(fd, &was, sizeof(was)) == -1 && errno != EAGAIN)
		abort();
	if (value != 0 && write(fd, &value, sizeof(value)) == -1)
		abort();
}

#define CAN_READ	1
#define CANT_READ	0
#define CAN_WRITE	1
#define CANT_WRITE	(UINT64_MAX - 1)

static ssize_t
script_fail(int errnum)
{
	errno = errnum;
	return -1;
}

static ssize_t
script_give(struct script *s, const struct script_step *step, void *data,
    size_t n)
{
	size_t left = step->n - s->read_n;

	n = n < left ? n : left;
	memcpy(data, step->bytes + s->read_n, n);
	s->read_n += n;
	if (s->read_n == step->n) {
		s->read++;
		s->read_n = 0;
	}
	return (ssize_t)n;
}

static ssize_t
script_read(struct stream *stream, void *data, size_t n)
{
	struct script *s = script_of(stream);
	const struct script_step *step = &s->reads[s->read];

	s->calls_read++;
	switch (step->what) {
	case SCRIPT_GIVE:
		return script_give(s, step, data, n);
	case SCRIPT_AGAIN:
		s->read++;
		return script_fail(EAGAIN);
	case SCRIPT_SHUT:
		s->read += stream->shut;
		return script_fail(EAGAIN);
	case SCRIPT_BLOCK:
		script_set(stream->in.fd, CANT_READ);
		return script_fail(EAGAIN);
	case SCRIPT_FAIL:
		return script_fail((int)step->n);
	default:
		return 0;
	}
}

static ssize_t
script_take(struct script *s, const struct script_step *step, const void *data,
    size_t n)
{
	if (step->what == SCRIPT_TAKE && n > step->n - s->written_n)
		n = step->n - s->written_n;
	if (s->taken_n + n > SCRIPT_TAKEN_MAX)
		abort();
	memcpy(s->taken + s->taken_n, data, n);
	s->taken_n += n;
	s->written_n += n;
	if (step->what == SCRIPT_TAKE && s->written_n == step->n) {
		s->written++;
		s->written_n = 0;
	}
	return (ssize_t)n;
}

static ssize_t
script_write(struct stream *stream, const void *data, size_t n)
{
	struct script *s = script_of(stream);
	const struct script_step *step = &s->writes[s->written];

	s->calls_write++;
	if (step->what == SCRIPT_OTHER && s->read >= step->n)
		step = &s->writes[++s->written];
	stream->write_events = step->what == SCRIPT_OTHER ? POLLIN : 0;
	switch (step->what) {
	case SCRIPT_AGAIN:
		s->written++;
		return script_fail(EAGAIN);
	case SCRIPT_BLOCK:
		script_set(stream->out.fd, CANT_WRITE);
		return script_fail(EAGAIN);
	case SCRIPT_OTHER:
		return script_fail(EAGAIN);
	case SCRIPT_FAIL:
		return script_fail((int)step->n);
	default:
		return script_take(s, step, data, n);
	}
}

static int
script_shutdown(struct stream *stream)
{
	struct script *s = script_of(stream);

	stream->shut = true;
	s->shutdowns++;
	s->taken_at_shutdown = s->taken_n;
	s->read_at_shutdown = s->read;
	return 0;
}

static size_t
script_unacked(struct stream *stream)
{
	return script_of(stream)->unacked;
}

static size_t
script_available(struct stream *stream)
{
	struct script *s = script_of(stream);
	const struct script_step *step = &s->reads[s->read];

	return step->what == SCRIPT_GIVE ? step->n - s->read_n : 0;
}

static int
script_error(struct stream *stream)
{
	int errnum = script_of(stream)->error;

	script_of(stream)->error = 0;
	return errnum;
}

static bool
script_connected(struct stream *stream)
{
	return script_of(stream)->connected;
}

static void
script_probe(struct stream *stream, int idle, int interval, int count)
{
	struct script *s = script_of(stream);

	s->idle = (unsigned)idle;
	s->interval = (unsigned)interval;
	s->count = (unsigned)count;
}

static void
script_close(struct stream *stream, bool abort)
{
	struct script *s = script_of(stream);

	if (s->closed != NULL)
		*s->closed += abort ? 100 : 1;
	close(stream->in.fd);
	close(stream->out.fd);
	stream_release(stream);
	free(s->taken);
	free(s);
}

static const struct stream_ops script_ops = {
	.read = script_read,
	.write = script_write,
	.shutdown = script_shutdown,
	.unacked = script_unacked,
	.available = script_available,
	.error = script_error,
	.connected = script_connected,
	.probe = script_probe,
	.close = script_close,
};

static struct fdio
script_fdio(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd == -1)
		abort();
	script_set(fd, CAN_READ);
	return (struct fdio){ .fd = fd, .kind = FD_OTHER, .own = true,
		.reopened = -1, .expected = -1 };
}

struct script *
script_new(const struct script_step *reads, const struct script_step *writes)
{
	struct script *s = xcalloc(1, sizeof(*s));

	stream_init(&s->stream, &script_ops, "the script");
	s->stream.in = script_fdio();
	s->stream.out = script_fdio();
	s->reads = reads != NULL ? reads : last;
	s->writes = writes != NULL ? writes : last;
	s->taken = xmalloc(SCRIPT_TAKEN_MAX);
	s->connected = true;
	return s;
}

void
script_go_on_reading(struct script *s)
{
	s->read++;
	script_set(s->stream.in.fd, CAN_READ);
}

void
script_go_on_writing(struct script *s)
{
	s->written++;
	script_set(s->stream.out.fd, CAN_WRITE);
}

struct stream *
script_socket(int *peer)
{
	struct connection c;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    fd) == -1)
		abort();
	connection_init(&c);
	c.fd = fd[0];
	c.type = SOCK_STREAM;
	c.remote.sa.sa_family = AF_UNIX;
	*peer = fd[1];
	return stream_from_connection(&c);
}
