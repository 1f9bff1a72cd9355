/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "session/retarget.h"

/* A datagram is given to the socket so often: refusals of earlier ones come
 * first. */
#define WRITE_TRIES	3

/* Bytes sent that may be refused. */
#define DOUBT_MOST	(64 * 1024)

struct retarget_stream {
	struct stream		 stream;
	struct connection	 c;
	struct retarget		 retarget;
	bool			 refused;	/* for good, behind what came */
};

static struct retarget_stream *
stream_of(struct stream *s)
{
	return (struct retarget_stream *)s;
}

/* Whether there is another address, which has got what was refused. */
static bool
stream_goes_on(struct retarget_stream *rs, int errnum)
{
	size_t whole = 0;
	int n = 0;

	while (retarget_refused(&rs->retarget, errnum, clock_now())) {
		while (retarget_waits(&rs->retarget) && n != -1)
			n = retarget_send(&rs->retarget, &whole, clock_now());
		if (n != -1 || errno == EAGAIN)
			return true;
		errnum = errno;
		n = 0;
	}
	return false;
}

static ssize_t
retarget_stream_read(struct stream *s, void *data, size_t n)
{
	struct retarget_stream *rs = stream_of(s);
	ssize_t r = fdio_read(&s->in, data, n);

	if (r == -1 && errno == ECONNREFUSED) {
		rs->refused = rs->refused || !stream_goes_on(rs, errno);
		s->more = rs->refused;
		r = fdio_read(&s->in, data, n);
	}
	if (r >= 0)
		retarget_answered(&rs->retarget);
	if (r == 0) {		/* an empty one is no end */
		errno = EAGAIN;
		r = -1;
	}
	if (r == -1 && errno == EAGAIN && rs->refused)
		errno = ECONNREFUSED;
	return r;
}

static ssize_t
retarget_stream_write(struct stream *s, const void *data, size_t n)
{
	struct retarget_stream *rs = stream_of(s);
	const struct dgram_piece piece = { data, n };
	ssize_t w = -1;

	for (int i = 0; w == -1 && i < WRITE_TRIES; i++) {
		w = fdio_write(&s->out, data, n);
		if (w == -1 && (errno == EAGAIN || !stream_goes_on(rs, errno)))
			return -1;
	}
	if (w >= 0)
		retarget_sent(&rs->retarget, &piece, 1, clock_now());
	return w;
}

static int
retarget_stream_shutdown(struct stream *s)
{
	s->shut = true;
	return shutdown(s->out.fd, SHUT_WR);
}

static void
retarget_stream_close(struct stream *s, bool abort)
{
	struct retarget_stream *rs = stream_of(s);

	(void)abort;
	retarget_free(&rs->retarget);
	connection_close(&rs->c);
	stream_release(s);
	free(rs);
}

static const struct stream_ops retarget_stream_ops = {
	.read = retarget_stream_read,
	.write = retarget_stream_write,
	.shutdown = retarget_stream_shutdown,
	.close = retarget_stream_close,
};

struct stream *
retarget_stream_new(const struct dial_options *dial, int64_t deadline,
    struct connection *c)
{
	struct retarget_stream *rs = xcalloc(1, sizeof(*rs));
	struct stream *s = &rs->stream;

	connection_move(&rs->c, c);
	retarget_init(&rs->retarget, dial, deadline, 0, &rs->c, DOUBT_MOST);
	stream_init(s, &retarget_stream_ops, "the network");
	fdio_init_socket(&s->in, rs->c.fd);
	fdio_init_socket(&s->out, rs->c.fd);
	s->in.messages = s->out.messages = true;
	s->network = s->recovers = true;
	return s;
}
