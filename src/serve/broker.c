/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "io/idle.h"
#include "io/stream.h"
#include "serve/broker.h"
#include "serve/hub.h"
#include "serve/session.h"

/* Read at once. */
#define PIECE		((size_t)64 * 1024)

/* A line of a chat that is longer than this is cut in two. */
#define LINE_MOST	((size_t)8 * 1024)

/* Of the buffer for lines.  At most LINE_MOST + 1 bytes are left in it when the
 * next piece comes, and it moves what is left down when half of it is empty. */
#define LINES_SIZE	(2 * (PIECE + LINE_MOST + 2))

/* A line with its mark, each byte of it escaped; and how much of lines makes a
 * message. */
#define MARKED_MOST	(4 * LINE_MOST + 64)
#define LINES_PIECE	((size_t)64 * 1024)

/* Messages written by one call; no more than IOV_MAX. */
#define PIECES_MOST	64

/* Calls before the other direction gets its turn. */
#define FAIR_CALLS	16

/* Of the dead peer of a client that has ended its direction; see pump.c. */
#define PROBE_IDLE	10
#define PROBE_INTERVAL	10
#define PROBE_COUNT	6

struct broker {
	const struct options	*o;
	struct hub		*hub;
};

/* One that sends: a client, or standard input. */
struct sender {
	struct hub_member	*member;
	bool			 chat;
	bool			 patient;
	struct buffer		 line;		/* chat: has begun */
	struct hub_message	*pending;	/* could not be sent yet */
	bool			 ended;
};

/* --- sending ------------------------------------------------------------- */

/* Put "<user3> text", with what could harm a terminal escaped, at `to'.
 * Returns its length, of MARKED_MOST at most. */
static size_t
sender_mark_line(const struct sender *s, const char *text, size_t n, char *to)
{
	size_t used;

	used = (size_t)snprintf(to, MARKED_MOST, "<user%lu> ",
	    hub_number(s->member));
	used += log_escape(to + used, MARKED_MOST - used - 1, text, n);
	to[used++] = '\n';
	return used;
}

/* The next line of those that were read, without its end: how much of the
 * buffer it takes, 0 if there is none yet, and how much of that is text. */
static size_t
sender_find_line(const struct sender *s, size_t *length)
{
	size_t n = buffer_length(&s->line);
	const char *text = n > 0 ? (const char *)s->line.data + s->line.head :
	    "";
	const char *lf = n > 0 ? memchr(text, '\n', n) : NULL;
	size_t taken = lf != NULL ? (size_t)(lf - text) + 1 : n;

	*length = taken - (lf != NULL);
	/* The end may be a CR LF, of which there is only the CR so far. */
	if (n == 0 || (lf == NULL && !s->ended && (n <= LINE_MOST ||
	    (n == LINE_MOST + 1 && text[LINE_MOST] == '\r'))))
		return 0;
	if (lf != NULL && *length > 0 && text[*length - 1] == '\r')
		--*length;
	if (*length <= LINE_MOST)
		return taken;
	*length = LINE_MOST;
	/* Not in the midst of a character of UTF-8. */
	while (*length > LINE_MOST - 3 && ((unsigned char)text[*length] &
	    0xc0) == 0x80)
		--*length;
	return *length;
}

/* The next message: lines that were read, as many as fit; or NULL.  A message
 * has its price for each member, however short it is. */
static struct hub_message *
sender_next_lines(struct sender *s)
{
	struct hub_message *message = NULL;
	size_t taken, length, used = 0;

	while (used < LINES_PIECE &&
	    (taken = sender_find_line(s, &length)) > 0) {
		if (message == NULL)
			message = hub_message_new(LINES_PIECE + MARKED_MOST);
		used += sender_mark_line(s, (const char *)s->line.data +
		    s->line.head, length,
		    (char *)hub_message_data(message) + used);
		buffer_take(&s->line, taken);
	}
	if (message != NULL)
		hub_message_cut(&message, used);
	return message;
}

/* Send what has been read; whether all of it went. */
static bool
sender_flush(struct sender *s)
{
	for (;;) {
		if (s->pending == NULL && s->chat)
			s->pending = sender_next_lines(s);
		if (s->pending == NULL)
			return true;
		if (!hub_send(s->member, s->pending, s->patient))
			return false;
		s->pending = NULL;
	}
}

/* Take what was read into *message, n bytes, and send it. */
static bool
sender_take(struct sender *s, struct hub_message *message, size_t n)
{
	if (s->chat) {
		if (s->line.data == NULL)
			buffer_init(&s->line, LINES_SIZE);
		buffer_room(&s->line);
		buffer_put(&s->line, hub_message_data(message), n);
		hub_message_free(message);
	} else {
		hub_message_cut(&message, n);
		s->pending = message;
	}
	return sender_flush(s);
}

static void
sender_free(struct sender *s)
{
	hub_message_free(s->pending);
	buffer_free(&s->line);
	hub_leave(s->member);
}

/*
 * Read a piece and send it.  1: there may be more, 0: nothing more now, or ever
 * (s->ended), -1 and errno.
 */
static int
sender_read(struct sender *s, struct stream *from, bool discard)
{
	struct hub_message *message = hub_message_new(PIECE);
	ssize_t n = from->ops->read(from, hub_message_data(message), PIECE);

	if (n > 0 && !discard)
		return sender_take(s, message, (size_t)n) ? 1 : 0;
	hub_message_free(message);
	if (n > 0)
		return 1;
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	s->ended = true;
	sender_flush(s);	/* a last line without an end */
	return 0;
}

/* --- a client ------------------------------------------------------------ */

/* As write(2), of several pieces if they go as they are. */
static ssize_t
broker_send(struct stream *net, struct iovec *iov, size_t count)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };
	ssize_t n;

	if (!net->raw_out)
		return net->ops->write(net, iov[0].iov_base, iov[0].iov_len);
	do
		n = sendmsg(net->out.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

/* Write what is queued.  Whether the socket takes no more; -1 and errno. */
static int
broker_write(struct hub_member *m, struct stream *net, bool *moved)
{
	struct iovec iov[PIECES_MOST];
	size_t count;

	if (net->unflushed && net->ops->flush(net) == -1) {
		if (errno != EAGAIN)
			return -1;
		hub_took(m, 0, true);
		return 1;
	}
	for (int calls = 0; calls < FAIR_CALLS; calls++) {
		ssize_t n;

		count = hub_peek(m, iov, PIECES_MOST);
		if (count == 0)
			return net->unflushed;
		n = broker_send(net, iov, count);
		if (n == -1 && errno != EAGAIN)
			return -1;
		hub_took(m, n == -1 ? 0 : (size_t)n, n == -1);
		if (n == -1)
			return 1;
		*moved = true;
	}
	return 0;
}

/* Sleep until there is something to do, if there is nothing (`more').
 * RESULT_OK, _TIMEOUT (without a message), _SIGNAL. */
static enum result
broker_wait(struct hub_member *m, struct pollfd *pfd, bool writes, bool more,
    int64_t until, struct error *err)
{
	struct iovec next;
	bool at_once;
	int n;

	pfd[1] = (struct pollfd){ .fd = hub_event_fd(m), .events = POLLIN };
	pfd[2] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
	/* More may have been queued since, when there was no need to wake. */
	at_once = more || (writes && hub_peek(m, &next, 1) > 0);
	n = poll(pfd, 3, at_once ? 0 : clock_poll_timeout(until, clock_now()));
	if (pfd[1].revents != 0)
		hub_awake(m);
	if (pfd[2].revents != 0)
		return error_set(err, RESULT_SIGNAL, "interrupted");
	/* What can be moved has come in time, perhaps; a peer that keeps us
	 * busy with nothing has not. */
	return clock_now() >= until && (more || (n == 0 && !at_once)) ?
	    RESULT_TIMEOUT : RESULT_OK;
}

/* What a client has sent goes to the others, also when it has gone. */
struct broker_client {
	struct sender	 s;
	struct stream	*net;
	bool		 blocked;	/* its socket takes no more */
	bool		 gone;		/* it gets no more */
	struct error	*err;
};

static void
broker_lost(struct broker_client *b, int errnum)
{
	if (b->err->result == RESULT_OK && b->net->fault != NULL)
		*b->err = *b->net->fault;
	else if (b->err->result == RESULT_OK)
		error_set_errno(b->err, error_network_result(errnum), errnum,
		    "the connection broke");
	b->gone = true;
	b->blocked = false;
	hub_took(b->s.member, 0, true);	/* nobody has to wait for it */
}

/* Move what can be moved, both ways.  Whether something did. */
static bool
broker_step(struct broker_client *b, bool discard)
{
	bool moved = false;
	int n = 0;

	if (!b->gone)
		n = broker_write(b->s.member, b->net, &moved);
	if (n == -1)
		broker_lost(b, errno);
	else
		b->blocked = n == 1;
	n = 0;
	if (sender_flush(&b->s) && !b->s.ended)
		n = sender_read(&b->s, b->net, discard);
	if (n == -1) {
		broker_lost(b, errno);
		b->s.ended = true;
	}
	if (b->s.ended)
		sender_flush(&b->s);
	return moved || n == 1;
}

/* How long to wait: for the end of the run, or to see whether it is idle. */
static int64_t
broker_wait_until(const struct idle *idle, int64_t deadline)
{
	return clock_earlier(deadline, idle_wake_at(idle));
}

/* The wait ended with `result'; what that means at this time. */
static enum result
broker_check_times(struct idle *idle, int64_t deadline, enum result result,
    struct error *err)
{
	int64_t now = clock_now();
	bool over = idle_over(idle, now);

	if (result != RESULT_TIMEOUT)
		return result;
	if (now < deadline && !over)
		return RESULT_OK;
	return error_set(err, RESULT_TIMEOUT, "nothing moved in time");
}

static enum result
broker_pump(const struct options *o, int64_t deadline, struct broker_client *b)
{
	struct pollfd pfd[3] = { { .fd = b->net->in.fd } };
	struct idle idle;
	bool probe = options_may_probe(o);
	enum result result;

	idle_init(&idle, o->idle_timeout, b->net, NULL, clock_now());
	for (;;) {
		if (broker_step(b, o->send_only))
			idle_moved(&idle, clock_now());
		if (b->gone && b->s.ended && sender_flush(&b->s))
			return b->err->result;
		if (!b->gone && hub_cut_off(b->s.member))
			return error_set(b->err, RESULT_BROKEN, "cut off: it "
			    "reads too slowly, its queue of %zu MiB is full",
			    HUB_QUEUE_MOST >> 20);
		if (b->s.ended && probe) {
			probe = false;
			sockopt_keepalive(b->net->in.fd, PROBE_IDLE,
			    PROBE_INTERVAL, PROBE_COUNT);
		}
		pfd[0].fd = b->gone && (b->s.ended || b->s.pending != NULL) ?
		    -1 : b->net->in.fd;
		pfd[0].events = (short)((b->s.ended || b->s.pending != NULL ?
		    0 : POLLIN) | (b->blocked ? POLLOUT : 0));
		pfd[0].revents = 0;
		result = broker_wait(b->s.member, pfd, !b->blocked && !b->gone,
		    b->net->more && !b->s.ended && b->s.pending == NULL,
		    broker_wait_until(&idle, deadline), b->err);
		result = broker_check_times(&idle, deadline, result, b->err);
		if (result != RESULT_OK)
			return result;
		/* Closed both ways, and what it sent has been read. */
		if ((pfd[0].revents & (POLLERR | POLLHUP)) != 0 &&
		    (pfd[0].revents & POLLIN) == 0 && b->s.ended)
			b->gone = true;
		else if ((pfd[0].revents & (POLLERR | POLLHUP)) != 0 &&
		    b->s.pending != NULL)
			broker_lost(b, EPIPE);
	}
}

static enum result
broker_serve(void *context, const struct options *o, int64_t deadline,
    struct connection *c, struct stream *net, struct error *err)
{
	struct broker *b = context;
	struct error e = { .result = RESULT_OK };
	struct broker_client client = { .s = { .chat = o->chat }, .err = &e };
	char peer[ADDR_TEXT_MAX];
	enum result result;

	addr_format(&c->remote, peer);
	client.net = net != NULL ? net : session_connect(o, deadline, c, err);
	if (client.net == NULL)
		return err->result;
	client.s.member = hub_join(b->hub, true);
	if (client.s.member == NULL) {
		error_set_errno(&e, RESULT_LOCAL, errno, "eventfd");
		error_own(&e, 0);
		session_say_failed(&c->remote, &e, err);
		client.net->ops->close(client.net, true);
		return err->result;
	}
	result = broker_pump(o, deadline, &client);
	if (client.net->layered && result == RESULT_OK)
		client.net->ops->shutdown(client.net);
	client.net->ops->close(client.net, result != RESULT_OK &&
	    result != RESULT_SIGNAL);
	sender_free(&client.s);
	log_line(LOG_STEP, "closed %s: %s", peer, result == RESULT_OK ? "done" :
	    e.text);
	return result;
}

/* --- standard input ------------------------------------------------------ */

static void *
broker_read_input(void *arg)
{
	struct broker *b = arg;
	struct sender s = { .chat = b->o->chat, .patient = true };
	struct stream *local = stream_stdio(true);
	struct error err;

	s.member = hub_join(b->hub, false);
	while (s.member != NULL && !(s.ended && s.pending == NULL)) {
		struct pollfd pfd[3] = { { .fd = local->in.fd } };
		int got = 0;

		if (sender_flush(&s) && !s.ended)
			got = sender_read(&s, local, false);
		if (got == -1) {
			log_line(LOG_ERROR, "standard input: %s",
			    strerror(errno));
			break;
		}
		if (got == 1)
			continue;
		pfd[0].events = POLLIN;
		if (s.pending != NULL || s.ended)
			pfd[0].fd = -1;
		if (broker_wait(s.member, pfd, false, false, CLOCK_NEVER,
		    &err) != RESULT_OK)
			break;
	}
	if (s.member != NULL)
		sender_free(&s);
	local->ops->close(local, false);
	return NULL;
}

static bool
broker_start_input(struct broker *b, pthread_t *thread)
{
	int errnum;

	if (b->o->no_stdin)
		return false;
	errnum = signals_thread(thread, NULL, broker_read_input, b);
	if (errnum != 0)
		log_line(LOG_ERROR, "standard input is not read: thread: %s",
		    strerror(errnum));
	return errnum == 0;
}

enum result
broker_run(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, struct error *err)
{
	struct broker b = { .o = o, .hub = hub_new() };
	const struct server_mode mode = {
		.serve = broker_serve,
		.context = &b,
		.descriptors = 2,
	};
	enum result result;
	pthread_t input;
	bool reads = broker_start_input(&b, &input);

	result = server_run(o, deadline, l, access, &mode, err);
	if (reads) {
		signals_stop();
		pthread_join(input, NULL);
	}
	hub_free(b.hub);
	return result;
}
