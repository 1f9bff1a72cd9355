/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "base/xalloc.h"
#include "io/stream.h"
#include "net/connection.h"
#include "net/sockopt.h"
#include "script.h"
#include "tap.h"

static void	test_unread(void);
static void	test_defaults(void);
static void	test_pass_through(void);
static void	test_socket(void);
static void	test_caesar(void);
static void	test_knowledge(void);
static void	test_close(void);

int
main(void)
{
	test_unread();
	test_defaults();
	test_pass_through();
	test_socket();
	test_caesar();
	test_knowledge();
	test_close();
	return tap_done();
}

/* --- streams to look at -------------------------------------------------- */

/* A stream of TCP, whose other end goes to *peer. */
static struct stream *
tcp_stream(int *peer)
{
	struct connection c;
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	connection_init(&c);
	c.remote.in.sin_family = AF_INET;
	c.remote.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c.remote.len = sizeof(c.remote.in);
	c.type = SOCK_STREAM;
	c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(l, &c.remote.sa, c.remote.len) == -1 || listen(l, 1) == -1 ||
	    getsockname(l, &c.remote.sa, &c.remote.len) == -1 ||
	    connect(c.fd, &c.remote.sa, c.remote.len) == -1)
		exit(1);
	*peer = accept(l, NULL, NULL);
	close(l);
	fcntl(c.fd, F_SETFL, O_NONBLOCK);
	return stream_from_connection(&c);
}

/* A layer that adds nothing. */
static const struct stream_ops pass_ops = { .read = NULL };

static struct stream *
pass_through(struct stream *below)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	stream_layer_init(s, &pass_ops, below);
	return s;
}

/* One that changes each letter, and holds what is written until a flush. */
struct caesar {
	struct stream	stream;
	unsigned char	held[64];
	size_t		length;
};

static int	caesars_closed;

static ssize_t
caesar_read(struct stream *s, void *data, size_t n)
{
	ssize_t r = stream_read(s->below, data, n);

	for (ssize_t i = 0; i < r; i++)
		((unsigned char *)data)[i]--;
	return r;
}

static ssize_t
caesar_write(struct stream *s, const void *data, size_t n)
{
	struct caesar *c = (struct caesar *)s;

	for (size_t i = 0; i < n; i++)
		c->held[c->length++] =
		    (unsigned char)(((const unsigned char *)data)[i] + 1);
	s->unflushed = true;
	return (ssize_t)n;
}

static int
caesar_flush(struct stream *s)
{
	struct caesar *c = (struct caesar *)s;

	if (c->length > 0 && stream_write(s->below, c->held, c->length) == -1)
		return -1;
	c->length = 0;
	s->unflushed = false;
	return 0;
}

static void
caesar_describe(struct stream *s, struct facts *facts)
{
	facts_add(facts, "CAESAR", s->shut ? "shut" : "open");
}

static void
caesar_close(struct stream *s, bool abort)
{
	struct stream *below = stream_release(s);

	caesars_closed++;
	free(s);
	stream_close(below, abort);
}

static const struct stream_ops caesar_ops = {
	.read = caesar_read,
	.write = caesar_write,
	.flush = caesar_flush,
	.describe = caesar_describe,
	.close = caesar_close,
};

static struct stream *
caesar(struct stream *below)
{
	struct caesar *c = xcalloc(1, sizeof(*c));

	stream_layer_init(&c->stream, &caesar_ops, below);
	return &c->stream;
}

static void
is_read(struct stream *s, size_t most, const char *want, const char *name)
{
	char data[64];
	ssize_t n = stream_read(s, data, most);

	is_mem(data, n > 0 ? (size_t)n : 0, want, strlen(want), "%s", name);
}

static void
say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		exit(1);
}

/* --- the tests ----------------------------------------------------------- */

static void
test_unread(void)
{
	int peer;
	struct stream *s = script_socket(&peer);

	ok(!stream_more(s), "poll can see all that a socket has");
	say(peer, "end");
	stream_unread(s, "back", 4);
	stream_unread(s, "", 0);
	ok(stream_more(s), "what was unread is more than poll can see");
	is_int((int64_t)stream_available(s), 7, "it counts as available");
	is_read(s, 2, "ba", "unread bytes come first");
	stream_unread(s, "fro", 3);
	is_read(s, 64, "frock", "what was unread later comes before it");
	ok(!stream_more(s), "it was that");
	is_read(s, 64, "end", "then comes what the socket has");
	is_int(stream_read(s, (char[1]){ 0 }, 1), -1, "which was all");
	is_int(errno, EAGAIN, "for now");
	stream_unread(s, "left", 4);
	stream_close(s, false);
	close(peer);
}

static void
test_defaults(void)
{
	static const struct stream_ops none = { .read = NULL };
	struct stream s = { .ops = NULL };
	int to[2], from[2];

	if (pipe(to) == -1 || pipe(from) == -1)
		exit(1);
	stream_init(&s, &none, "pipes");
	fdio_init(&s.in, to[0], false);
	fdio_init(&s.out, from[1], false);
	say(to[1], "in");
	is_int((int64_t)stream_available(&s), 2, "available of a pipe");
	is_read(&s, 64, "in", "a descriptor is read");
	is_int(stream_write(&s, "out", 3), 3, "a descriptor is written");
	is_int(stream_flush(&s), 0, "there is nothing to flush");
	is_int((int64_t)stream_unacked(&s), 0, "nothing is unacknowledged");
	is_int(stream_error(&s), 0, "a pipe has no error");
	ok(stream_connected(&s), "a pipe is connected");
	ok(!stream_low_water(&s, 2), "a pipe has no low-water mark");
	stream_probe(&s, 1, 1, 1);
	is_int(stream_shutdown(&s), 0, "there is nobody to tell of the end");
	ok(s.shut, "it is noted");
	is_int(stream_read_events(&s), POLLIN, "events to read");
	is_int(stream_write_events(&s), POLLOUT, "events to write");
	ok(stream_fault(&s) == NULL && stream_suspect(&s) == 0, "no fault");
	for (int i = 0; i < 2; i++) {
		close(to[i]);
		close(from[i]);
	}
}

static void
test_pass_through(void)
{
	int peer;
	struct stream *lower = script_socket(&peer);
	struct stream *s = pass_through(pass_through(lower));
	char data[8];

	is_str(s->name, "the network", "a layer has the name of what is below");
	ok(s->network && !s->layered, "its properties");
	is_int(s->in.fd, lower->in.fd, "and its descriptor");
	ok(!s->raw_in && !s->raw_out, "it is not raw unless it says so");
	say(peer, "socket");
	stream_unread(s->below, "middle ", 7);
	stream_unread(s, "top ", 4);
	is_int((int64_t)stream_available(s), 17, "available of all of them");
	is_read(s, 64, "top ", "what was unread comes from top ...");
	ok(stream_more(s), "(poll can't see what is left)");
	is_read(s, 64, "middle ", "... to bottom");
	ok(!stream_more(s), "(poll can see the rest)");
	is_read(s, 64, "socket", "then what is below");
	is_int(stream_write(s, "abc", 3), 3, "a write goes below");
	is_mem(data, (size_t)read(peer, data, sizeof(data)), "abc", 3,
	    "and arrives");
	lower->write_events = POLLPRI;
	is_int(stream_write_events(s), POLLPRI, "events are those below");
	is_int(stream_shutdown(s), 0, "a shutdown goes below");
	ok(s->shut && lower->shut, "it is noted everywhere");
	is_int(read(peer, data, sizeof(data)), 0, "the end arrives");
	stream_close(s, false);
	close(peer);
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, name, &value, &len);
	return value;
}

/* What is asked of a socket, through a layer. */
static void
test_socket(void)
{
	int peer;
	struct stream *lower = tcp_stream(&peer);
	struct stream *s = pass_through(lower);
	char data[64];

	stream_probe(s, 7, 8, 9);
	is_int(option(s->in.fd, IPPROTO_TCP, TCP_KEEPIDLE), 7, "probes after");
	is_int(option(s->in.fd, IPPROTO_TCP, TCP_KEEPINTVL), 8, "... each");
	is_int(option(s->in.fd, IPPROTO_TCP, TCP_KEEPCNT), 9, "... so many");
	ok(!stream_low_water(s, 5), "a layer has to take what there is");
	s->raw_in = true;
	ok(stream_low_water(s, 5), "one that does nothing has not");
	is_int(option(s->in.fd, SOL_SOCKET, SO_RCVLOWAT), 5, "its mark");
	ok(stream_low_water(s, 1), "the mark is undone");
	say(peer, "12345");
	while (!wait_is_ready(s->in.fd, POLLIN))
		;
	is_int((int64_t)stream_available(s), 5, "bytes that are there");
	is_read(s, 64, "12345", "they are read");
	ok(stream_connected(s), "it is connected");
	is_int(stream_error(s), 0, "it has not failed");
	is_int(stream_write(s, "x", 1), 1, "somebody writes, and nobody reads");
	while (recv(peer, data, 1, MSG_PEEK) != 1)
		;
	close(peer);	/* with a byte unread: a reset */
	while (!wait_is_ready(s->in.fd, POLLIN))
		;
	is_int(stream_error(s), ECONNRESET, "why it has failed");
	is_int(stream_error(s), 0, "that is told once");
	ok(!stream_connected(s), "it is connected no more");
	is_int((int64_t)stream_unacked(s), (int64_t)stream_unacked(lower),
	    "what is unacknowledged is asked below");
	stream_close(s, false);
}

static void
test_caesar(void)
{
	int peer;
	struct stream *middle = caesar(script_socket(&peer));
	struct stream *s = pass_through(middle);
	char data[8];

	say(peer, "IBM");
	is_read(s, 64, "HAL", "a layer's read");
	ok(!stream_unflushed(s), "nothing is held");
	is_int(stream_write(s, "HAL", 3), 3, "a layer's write");
	ok(stream_unflushed(s) && !s->unflushed, "it is held below");
	is_int(recv(peer, data, sizeof(data), MSG_DONTWAIT), -1, "as it was");
	is_int(stream_flush(s), 0, "a flush goes down to it");
	ok(!stream_unflushed(s), "nothing is held any more");
	is_mem(data, (size_t)read(peer, data, sizeof(data)), "IBM", 3,
	    "it has arrived");
	say(peer, "cde");
	is_read(s, 1, "b", "one byte");
	stream_unread(s, "b", 1);
	is_read(s, 64, "b", "unread as it was read: on top");
	is_read(s, 64, "cd", "the rest");
	ok(!s->raw_in && !s->raw_out, "it is not raw");
	stream_close(s, false);
	is_int(caesars_closed, 1, "closed with the one on top");
	close(peer);
}

static void
test_knowledge(void)
{
	const struct error fault = { .result = RESULT_DENIED };
	int peer;
	struct stream *lower = caesar(script_socket(&peer));
	struct stream *upper = caesar(pass_through(lower));
	struct stream *s = pass_through(upper);
	struct facts facts = { NULL, 0 };

	upper->shut = true;
	stream_describe(s, &facts);
	is_int((int64_t)facts.count, 2, "facts of two layers");
	is_str(facts_find(&facts, "CAESAR"), "shut", "from the top");
	is_str(facts.fact[1].value, "open", "down");
	ok(facts_find(&facts, "OTHER") == NULL, "there are no others");
	facts_free(&facts);
	lower->fault = &fault;
	lower->suspect = ECONNREFUSED;
	ok(stream_fault(s) == &fault, "a fault is told through a layer");
	is_int(stream_suspect(s), ECONNREFUSED, "so is a suspicion");
	lower->more = true;
	ok(stream_more(s), "so is that there is more");
	stream_want_one_message(s, true);
	ok(lower->below->one_message, "what is wanted goes down");
	ok(stream_release(s) == upper, "a layer gives back what is below");
	free(s);
	stream_close(upper, false);
	close(peer);
}

static void
test_close(void)
{
	int peer;
	struct stream *s = pass_through(pass_through(tcp_stream(&peer)));
	char data[1];

	stream_close(s, true);
	is_int(read(peer, data, 1), -1, "an abort goes down to the socket");
	is_int(errno, ECONNRESET, "the peer is told");
	close(peer);
	s = pass_through(tcp_stream(&peer));
	stream_close(s, false);
	is_int(read(peer, data, 1), 0, "a close is an end");
	close(peer);
}
