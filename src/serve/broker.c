/* SPDX-License-Identifier: ISC */
/* --broker and --chat: every client gets what every other client sends, and
 * standard input goes to all. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/idle.h"
#include "io/stream.h"
#include "serve/announce.h"
#include "serve/broker_state.h"
#include "session/way.h"

/* Messages written by one call; no more than IOV_MAX. */
#define PIECES_MOST	64

/* Calls before the other direction gets its turn. */
#define FAIR_CALLS	16

/* When the chat is over, who does not read what is left gives up after this. */
#define PARTING_MOST	(2 * CLOCK_SECOND)

/* Of the dead peer of a client that has ended its direction; see pump.c. */
#define PROBE_IDLE	10
#define PROBE_INTERVAL	10
#define PROBE_COUNT	6

/* --- a client ------------------------------------------------------------ */

/* As write(2), of several pieces if they go as they are. */
static ssize_t
broker_send(struct stream *net, struct iovec *iov, size_t count)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };
	ssize_t n;

	if (!net->raw_out)
		return stream_write(net, iov[0].iov_base, iov[0].iov_len);
	do
		n = sendmsg(net->out.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

/* Write what is queued.  Whether the socket takes no more; -1 and errno. */
static int
broker_write(struct hub_member *m, struct stream *net,
    uint64_t *sent)
{
	struct iovec iov[PIECES_MOST];
	size_t count;

	if (stream_unflushed(net) && stream_flush(net) == -1) {
		if (errno != EAGAIN)
			return -1;
		hub_took(m, 0, true);
		return 1;
	}
	for (int calls = 0; calls < FAIR_CALLS; calls++) {
		ssize_t n;

		count = hub_peek(m, iov, PIECES_MOST);
		if (count == 0)
			return stream_unflushed(net);
		n = broker_send(net, iov, count);
		if (n == -1 && errno != EAGAIN)
			return -1;
		hub_took(m, n == -1 ? 0 : (size_t)n, n == -1);
		if (n == -1)
			return 1;
		*sent += (uint64_t)n;
	}
	return 0;
}

/* Sleep until there is something to do, if there is nothing (`more').
 * RESULT_OK, _TIMEOUT (without a message), _SIGNAL. */
static enum result
broker_wait(struct hub_member *m, struct pollfd *pfd, bool writes, bool more,
    int64_t until, struct error *err)
{
	enum wait_result how;
	struct iovec next;
	bool at_once;

	pfd[1] = (struct pollfd){ .fd = hub_event_fd(m), .events = POLLIN };
	/* More may have been queued since, when there was no need to wake. */
	at_once = more || (writes && hub_peek(m, &next, 1) > 0);
	how = wait_for(pfd, 2, at_once ? WAIT_NOW : until, 0);
	if (pfd[1].revents != 0)
		hub_awake(m);
	if (how == WAIT_SIGNAL)
		return error_interrupted(err);
	/* What can be moved has come in time, perhaps; a peer that keeps us
	 * busy with nothing has not. */
	return clock_now() >= until &&
	    (more || (how == WAIT_TIMEOUT && !at_once)) ? RESULT_TIMEOUT :
	    RESULT_OK;
}

/* What a client has sent goes to the others, also when it has gone. */
struct broker_client {
	struct sender	 s;
	struct stream	*net;
	bool		 blocked;	/* its socket takes no more */
	bool		 leaves;	/* when it ends its direction */
	bool		 gone;		/* it gets no more */
	bool		 parting;	/* ... but what is queued */
	int64_t		 part_until;	/* as the chat is over; 0: it is not */
	uint64_t	 sent;		/* bytes */
	struct error	*err;
};

static void
broker_lost(struct broker_client *b, int errnum)
{
	if (b->err->result == RESULT_OK && stream_fault(b->net) != NULL)
		*b->err = *stream_fault(b->net);
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
	uint64_t before = b->sent;
	int n = 0;

	if (!b->gone)
		n = broker_write(b->s.member, b->net, &b->sent);
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
	return b->sent != before || n == 1;
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
	return error_at(err, RESULT_TIMEOUT, STEP_IDLE, "",
	    "nothing moved in time");
}

/* Who ends its direction leaves a chat, as a person does who has said that it
 * is the end; and all leave when it is over. */
static void
broker_check_parting(struct broker_client *b, struct hub *hub)
{
	if (b->part_until == 0 && hub_is_closed(hub)) {
		b->parting = true;
		b->part_until = clock_after(clock_now(), PARTING_MOST);
	}
	if (b->parting || !b->leaves || !b->s.ended)
		return;
	b->parting = true;
	hub_listen_no_more(b->s.member);
}

/* Whether it has all that was for it, and is done. */
static bool
broker_has_parted(struct broker_client *b)
{
	struct iovec next;

	return b->parting && !b->gone && !b->blocked &&
	    !stream_unflushed(b->net) && hub_peek(b->s.member, &next, 1) == 0 &&
	    (b->part_until != 0 || sender_flush(&b->s));
}

static enum result
broker_check_over(struct broker_client *b)
{
	if (b->part_until == 0 || (!b->gone && clock_now() < b->part_until))
		return RESULT_OK;
	if (b->err->result == RESULT_OK)
		error_set(b->err, RESULT_TIMEOUT, "the chat is over, and it "
		    "does not read");
	return b->err->result;
}

static enum result
broker_pump(const struct run *r, struct hub *hub, struct broker_client *b,
    struct pump_traffic *traffic)
{
	const struct options *o = r->options;
	struct pollfd pfd[2] = { { .fd = b->net->in.fd } };
	struct idle idle;
	bool probe = options_may_probe(o);
	enum result result;

	idle_init(&idle, o->pump.idle_timeout, b->net, NULL, clock_now());
	for (;;) {
		if (broker_step(b, !o->pump.receive))
			idle_moved(&idle, clock_now());
		pump_traffic_set(traffic, b->sent, b->s.bytes);
		if (b->gone && b->s.ended && sender_flush(&b->s))
			return b->err->result;
		broker_check_parting(b, hub);
		if (broker_has_parted(b))
			return RESULT_OK;
		if (broker_check_over(b) != RESULT_OK)
			return b->err->result;
		if (!b->gone && hub_cut_off(b->s.member))
			return error_set(b->err, RESULT_BROKEN, "cut off: it "
			    "reads too slowly, its queue of %zu MiB is full",
			    HUB_QUEUE_MOST >> 20);
		if (b->s.ended && probe) {
			probe = false;
			stream_probe(b->net, PROBE_IDLE, PROBE_INTERVAL,
			    PROBE_COUNT);
		}
		pfd[0].fd = b->gone && (b->s.ended || sender_waits(&b->s)) ?
		    -1 : b->net->in.fd;
		pfd[0].events = (short)((b->s.ended || sender_waits(&b->s) ?
		    0 : POLLIN) | (b->blocked ? POLLOUT : 0));
		pfd[0].revents = 0;
		result = broker_wait(b->s.member, pfd, !b->blocked && !b->gone,
		    stream_more(b->net) && !b->s.ended && !sender_waits(&b->s),
		    broker_wait_until(&idle, clock_earlier(r->deadline,
		    b->part_until != 0 ? b->part_until : CLOCK_NEVER)), b->err);
		result = broker_check_times(&idle, r->deadline, result, b->err);
		if (result != RESULT_OK)
			return result;
		/* Closed both ways, and what it sent has been read. */
		if ((pfd[0].revents & (POLLERR | POLLHUP)) != 0 &&
		    (pfd[0].revents & POLLIN) == 0 && b->s.ended)
			b->gone = true;
		else if ((pfd[0].revents & (POLLERR | POLLHUP)) != 0 &&
		    sender_waits(&b->s))
			broker_lost(b, EPIPE);
	}
}

static void
broker_close(struct session *s, const struct broker_client *client,
    enum result result)
{
	/* It may be speaking, and knows nothing of the end yet. */
	if (result == RESULT_OK && client->part_until != 0 &&
	    !options_datagrams(s->run->options)) {
		session_part(s);
		return;
	}
	if (s->net->layered && result == RESULT_OK)
		stream_shutdown(s->net);
	session_close(s, result != RESULT_OK);
}

static enum result
broker_serve(void *context, struct session *s, struct error *err)
{
	struct broker *b = context;
	struct record record;
	struct error e = { .result = RESULT_OK };
	struct broker_client client = { .s = { .chat = b->o->broker.chat },
	    .leaves = b->o->broker.chat || b->o->pump.exit_on_eof, .err = &e };
	enum result result = session_stack(s, err);

	if (result != RESULT_OK)
		return result;
	client.net = s->net;
	client.s.member = hub_join(b->hub, true, true);
	if (client.s.member == NULL) {
		error_set_errno(&e, RESULT_LOCAL, errno, "eventfd");
		error_own(&e, 0);
		session_fail(s, &e, err);
		session_close(s, true);
		return err->result;
	}
	progress_enter(s->run->progress, &s->progress, &s->connection.remote);
	if (b->o->broker.announce)
		announce_arrival(client.s.member, &s->connection.remote);
	result = broker_pump(s->run, b->hub, &client, &s->progress.traffic);
	progress_leave(s->run->progress, &s->progress);
	session_record(s, &record);
	session_ask(s, &record);
	record.counted = record.sink != NULL;
	record.sent = client.sent;
	record.received = client.s.bytes;
	record.peer_ended = client.s.ended;
	record.first = client.s.ended ? RECORD_PEER : RECORD_NOBODY;
	record.error = result == RESULT_OK ? NULL : &e;
	broker_close(s, &client, result);
	if (b->o->broker.announce)
		announce_departure(client.s.member);
	sender_free(&client.s);
	record_say(&record);
	record_release(&record);
	return result;
}

static enum result
broker_open(const struct run *r, void **context, struct error *err)
{
	struct broker *b = xcalloc(1, sizeof(*b));

	(void)err;
	b->o = r->options;
	b->hub = hub_new();
	b->stop_fd = -1;
	b->reads = broker_start_input(b);
	*context = b;
	return RESULT_OK;
}

static enum result
broker_end(void *context, enum result result, struct error *err)
{
	struct broker *b = context;

	if (b->reads) {
		signals_stop();
		pthread_join(b->thread, NULL);
	}
	broker_end_input(b);
	hub_free(b->hub);
	if (result == RESULT_OK && b->err.result != RESULT_OK) {
		*err = b->err;
		result = b->err.result;
	}
	free(b);
	return result;
}

static int
broker_stop_fd(void *context)
{
	const struct broker *b = context;

	return b->takes_part ? b->stop_fd : -1;
}

static bool
broker_wanted(const struct run *r)
{
	return r->options->broker.on;
}

extern const struct way way_broker;
const struct way way_broker = {
	.wanted = broker_wanted,
	.open = broker_open,
	.close = broker_end,
	.serve = broker_serve,
	.stop_fd = broker_stop_fd,
	.descriptors = 2,
};
