/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/xalloc.h"
#include "io/stream.h"
#include "net/connection.h"
#include "net/sockopt.h"

struct socket_stream {
	struct stream		stream;
	struct connection	connection;
	bool			refused;	/* nobody is there, behind what
						 * came */
};

/* The datagram that came before the connection. */
static ssize_t
socket_read_first(struct connection *c, void *data, size_t n)
{
	n = n < c->first_length ? n : c->first_length;
	memcpy(data, c->first, n);
	free(c->first);
	c->first = NULL;
	return (ssize_t)n;
}

static ssize_t
socket_read_messages(struct socket_stream *ss, void *data, size_t n)
{
	struct stream *s = &ss->stream;
	int type = ss->connection.type;
	ssize_t r = fdio_read(&s->in, data, n);

	/* That the other end left something unread is told before what it
	 * wrote, once: unlike that of a stream. */
	if (r == -1 && errno == ECONNRESET && type == SOCK_SEQPACKET)
		return fdio_read(&s->in, data, n);
	/* So is a refusal. */
	if (r == -1 && errno == ECONNREFUSED && type == SOCK_DGRAM &&
	    !s->recovers) {
		ss->refused = s->more = true;
		r = fdio_read(&s->in, data, n);
	}
	if (r == 0 && type == SOCK_DGRAM) {
		errno = EAGAIN;		/* an empty one is no end */
		r = -1;
	}
	if (r == -1 && errno == EAGAIN && ss->refused)
		errno = ECONNREFUSED;
	return r;
}

static ssize_t
socket_read(struct stream *s, void *data, size_t n)
{
	struct socket_stream *ss = (struct socket_stream *)s;

	if (ss->connection.first != NULL)
		return socket_read_first(&ss->connection, data, n);
	return s->in.messages ? socket_read_messages(ss, data, n) :
	    fdio_read(&s->in, data, n);
}

static ssize_t
socket_peek(struct stream *s, void *data, size_t n)
{
	ssize_t r;

	if (s->in.messages) {
		errno = ENOTSUP;
		return -1;
	}
	do {
		r = recv(s->in.fd, data, n, MSG_PEEK | MSG_DONTWAIT);
	} while (r == -1 && errno == EINTR);
	return r;
}

static int
socket_shutdown(struct stream *s)
{
	s->shut = true;
	return shutdown(s->out.fd, SHUT_WR);
}

static bool
socket_is_unix(int fd)
{
	int domain = AF_UNSPEC;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	    domain == AF_UNIX;
}

/* tcp(7), SIOCOUTQ; the FIN that we sent counts as one. */
static size_t
socket_unacked(struct stream *s)
{
	int n = 0;

	/* What a UNIX-domain socket was given is already on the other side. */
	if (socket_is_unix(s->out.fd))
		return 0;
	if (ioctl(s->out.fd, SIOCOUTQ, &n) == -1 || n < 0)
		return 0;
	return (size_t)n;
}

static void
socket_close(struct stream *s, bool abort)
{
	struct socket_stream *ss = (struct socket_stream *)s;

	if (abort)
		sockopt_abort_on_close(s->out.fd);
	connection_close(&ss->connection);
	stream_release(s);
	free(ss);
}

static const struct stream_ops socket_ops = {
	.read = socket_read,
	.peek = socket_peek,
	.shutdown = socket_shutdown,
	.unacked = socket_unacked,
	.close = socket_close,
};

struct stream *
stream_from_connection(struct connection *c)
{
	struct socket_stream *ss = xcalloc(1, sizeof(*ss));
	struct stream *s = &ss->stream;

	connection_move(&ss->connection, c);
	stream_init(s, &socket_ops, "the network");
	fdio_init_socket(&s->in, ss->connection.fd);
	fdio_init_socket(&s->out, ss->connection.fd);
	s->in.messages = s->out.messages = c->type != SOCK_STREAM;
	s->raw_in = s->raw_out = true;
	s->network = true;
	return s;
}

bool
stream_take_connection(struct stream *s, struct connection *c)
{
	struct socket_stream *ss = (struct socket_stream *)s;

	if (s->ops != &socket_ops || stream_more(s))
		return false;
	connection_move(c, &ss->connection);
	stream_release(s);
	free(ss);
	return true;
}
