/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/blocking.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "run/handshakes.h"

/* What one costs at most, of ours, once its greeting is there; and the shares
 * that all of them may have. */
#define CLIENT_MEMORY		((size_t)40 * 1024)
#define MEMORY_SHARE		64
#define DESCRIPTORS_SHARE	4
#define DESCRIPTORS_RESERVED	64
#define MOST_LEAST		4

/* Of datagrams, whose handshakes have a thread each; they have shown a cookie,
 * and so where they are. */
#define MOST_DATAGRAMS		64

enum handshake_state {
	HANDSHAKE_BEGUN,
	HANDSHAKE_GREETING,	/* its greeting is not there */
	HANDSHAKE_UNDER_WAY,
	HANDSHAKE_PARTING,	/* refused: until it has read why */
};

enum fate {
	FATE_NONE,
	FATE_TIME,
	FATE_OTHERS,		/* there are too many */
	FATE_STOP,
};

struct client {
	TAILQ_ENTRY(client)	 link;
	enum handshake_state	 state;
	struct session		 session;
	size_t			 low_water;	/* bytes waited for */
	struct error		*err;		/* owned; why it failed */
	/* under the lock */
	int			 fd;		/* to shut it down */
	int64_t			 begun;
	int64_t			 until;
	bool			 greeted;
	enum fate		 fate;
};

struct handshakes {
	const struct run		*run;
	size_t				 most;
	bool				 datagrams;
	struct workers			*workers;
	const struct handshakes_ops	*ops;
	void				*context;
	int				 timer_fd;
	pthread_mutex_t			 lock;
	/* under the lock */
	TAILQ_HEAD(, client)		 clients;	/* oldest first */
	size_t				 count;		/* without a fate */
	int64_t				 tick_at;
	bool				 wanted;	/* room is */
	bool				 stopping;
};

size_t
handshakes_most(size_t descriptors, bool datagrams)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	size_t most = descriptors < DESCRIPTORS_RESERVED ? 0 :
	    (descriptors - DESCRIPTORS_RESERVED) / DESCRIPTORS_SHARE;
	size_t memory = pages <= 0 || page <= 0 ? most : (size_t)pages *
	    ((size_t)page / 1024) / (CLIENT_MEMORY / 1024) / MEMORY_SHARE;

	if (memory < most)
		most = memory;
	if (datagrams && most > MOST_DATAGRAMS)
		most = MOST_DATAGRAMS;
	return most > MOST_LEAST ? most : MOST_LEAST;
}

/* --- time and room ------------------------------------------------------- */

/* When c has had its grace. */
static int64_t
client_grace(const struct client *c)
{
	return c->begun + (c->greeted ? HANDSHAKES_GRACE :
	    HANDSHAKES_SILENCE);
}

/* Whoever makes room next: the oldest one whose grace is over, or will be.
 * With the lock held; NULL: there is none. */
static struct client *
handshakes_next_victim(const struct handshakes *h)
{
	struct client *found = NULL, *c;
	int64_t now = clock_now();

	TAILQ_FOREACH (c, &h->clients, link) {
		if (c->fate != FATE_NONE)
			continue;
		if (client_grace(c) <= now)
			return c;
		if (found == NULL || client_grace(c) < client_grace(found))
			found = c;
	}
	return found;
}

/* Its turn comes, by the end of its connection.  With the lock held. */
static void
client_doom(struct handshakes *h, struct client *c, enum fate fate)
{
	if (c->fate != FATE_NONE)
		return;
	c->fate = fate;
	h->count--;
	shutdown(c->fd, SHUT_RDWR);
}

/* Have a tick at that time.  With the lock held. */
static void
handshakes_tick_at(struct handshakes *h, int64_t at)
{
	struct itimerspec spec = { .it_value = {
				       .tv_sec = (time_t)(at / CLOCK_SECOND),
				       .tv_nsec = (long)(at % CLOCK_SECOND),
				   } };

	if (at >= h->tick_at)
		return;
	h->tick_at = at;
	timerfd_settime(h->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Whether there is room; if not, it is wanted.  With the lock held. */
static bool
handshakes_has_room(struct handshakes *h)
{
	const struct client *victim;

	h->wanted = false;
	if (h->count < h->most)
		return true;
	victim = handshakes_next_victim(h);
	if (victim != NULL && client_grace(victim) <= clock_now())
		return true;
	h->wanted = true;
	if (victim != NULL)
		handshakes_tick_at(h, client_grace(victim));
	return false;
}

bool
handshakes_room(struct handshakes *h)
{
	bool room;

	pthread_mutex_lock(&h->lock);
	room = handshakes_has_room(h);
	pthread_mutex_unlock(&h->lock);
	return room;
}

void
handshakes_tick(struct handshakes *h)
{
	int64_t now = clock_now(), next = CLOCK_NEVER;
	struct client *c;
	uint64_t times;
	bool room;

	pthread_mutex_lock(&h->lock);
	if (read(h->timer_fd, &times, sizeof(times)) == -1) {
		/* it was set again */
	}
	h->tick_at = CLOCK_NEVER;
	TAILQ_FOREACH (c, &h->clients, link) {
		if (c->until <= now)
			client_doom(h, c, FATE_TIME);
		else if (c->fate == FATE_NONE)
			next = clock_earlier(next, c->until);
	}
	handshakes_tick_at(h, next);
	room = h->wanted && handshakes_has_room(h);
	pthread_mutex_unlock(&h->lock);
	if (room)
		h->ops->room(h->context);
}

/* --- coming and going ---------------------------------------------------- */

static void
handshakes_add(struct handshakes *h, struct client *c)
{
	struct client *victim;

	pthread_mutex_lock(&h->lock);
	victim = h->count >= h->most ? handshakes_next_victim(h) : NULL;
	if (victim != NULL)
		client_doom(h, victim, FATE_OTHERS);
	TAILQ_INSERT_TAIL(&h->clients, c, link);
	h->count++;
	if (h->stopping)
		client_doom(h, c, FATE_STOP);
	handshakes_tick_at(h, c->until);
	pthread_mutex_unlock(&h->lock);
}

/* Nobody else knows c any more.  Its fate. */
static enum fate
handshakes_remove(struct handshakes *h, struct client *c)
{
	enum fate fate;
	bool room;

	pthread_mutex_lock(&h->lock);
	TAILQ_REMOVE(&h->clients, c, link);
	fate = c->fate;
	h->count -= fate == FATE_NONE;
	room = h->wanted && handshakes_has_room(h);
	pthread_mutex_unlock(&h->lock);
	if (room)
		h->ops->room(h->context);
	return fate;
}

static enum fate
client_fate(struct handshakes *h, const struct client *c)
{
	enum fate fate;

	pthread_mutex_lock(&h->lock);
	fate = c->fate;
	pthread_mutex_unlock(&h->lock);
	return fate != FATE_NONE ? fate : signals_caught() != 0 ? FATE_STOP :
	    FATE_NONE;
}

/* --- steps --------------------------------------------------------------- */

/* Its end before its time.  Of a session that is not stacked. */
static enum result
client_set_fate(struct client *c, enum fate fate, struct error *err)
{
	switch (fate) {
	case FATE_NONE:
		break;
	case FATE_TIME:
	case FATE_OTHERS:
		return session_stack_late(&c->session, fate == FATE_OTHERS,
		    err);
	case FATE_STOP:
		session_stack_undo(&c->session);
		return error_interrupted(err);
	}
	return RESULT_OK;
}

/* It has gone. */
static enum workers_next
client_end(struct handshakes *h, struct client *c)
{
	handshakes_remove(h, c);
	session_close(&c->session, false);
	h->ops->failed(h->context, c->err);
	free(c->err);
	free(c);
	return WORKERS_DONE;
}

/* What the peer still says is read, for a while: unread, it would turn the end
 * into a reset, which could destroy the alert that says why. */
static enum workers_next
client_part(struct handshakes *h, struct client *c, short wants[2])
{
	char data[4096];
	ssize_t got;

	got = stream_read(c->session.net, data, sizeof(data));
	if (got == 0 || (got == -1 && errno != EAGAIN) ||
	    client_fate(h, c) != FATE_NONE)
		return client_end(h, c);
	wants[0] = POLLIN;
	return WORKERS_PARK;
}

/* Why is in e; the session's stream is what is below the layer. */
static enum workers_next
client_fail(struct handshakes *h, struct client *c, const struct error *e,
    short wants[2])
{
	struct session *s = &c->session;

	c->err = xcalloc(1, sizeof(*c->err));
	session_fail(s, e, c->err);
	if (e->result != RESULT_DENIED || s->net == NULL)
		return client_end(h, c);
	c->state = HANDSHAKE_PARTING;
	stream_shutdown(s->net);
	pthread_mutex_lock(&h->lock);
	c->until = clock_now() + SESSION_PARTING_TIME;
	handshakes_tick_at(h, c->until);
	pthread_mutex_unlock(&h->lock);
	return client_part(h, c, wants);
}

/* All layers are there.  Who is given up now has been shut down already. */
static enum workers_next
client_done(struct handshakes *h, struct client *c)
{
	enum fate fate = handshakes_remove(h, c);
	struct session *s = &c->session;
	struct error e, err;

	if (fate == FATE_NONE) {
		h->ops->done(h->context, s);
	} else {
		session_close(s, false);
		error_set(&e, fate == FATE_STOP ? RESULT_SIGNAL :
		    RESULT_TIMEOUT, "%s", fate == FATE_STOP ? "interrupted" :
		    "the handshake was done too late");
		session_fail(s, &e, &err);
		h->ops->failed(h->context, &err);
	}
	free(c);
	return WORKERS_DONE;
}

/* A step, once the greeting is there. */
static enum workers_next
client_step(struct handshakes *h, struct client *c, short wants[2])
{
	struct error e = { .result = RESULT_OK };
	struct layer_wait wait;
	bool done;

	if (session_stack_step(&c->session, &done, &wait, &e) != RESULT_OK)
		return client_fail(h, c, &e, wants);
	if (done)
		return client_done(h, c);
	wants[0] = wait.events;
	return WORKERS_PARK;
}

static enum workers_next
client_meet(struct handshakes *h, struct client *c, short wants[2])
{
	pthread_mutex_lock(&h->lock);
	c->greeted = true;
	pthread_mutex_unlock(&h->lock);
	c->state = HANDSHAKE_UNDER_WAY;
	return client_step(h, c, wants);
}

static enum workers_next
client_rebuff(struct handshakes *h, struct client *c, const struct layer *l,
    short wants[2])
{
	struct session *s = &c->session;
	struct error e;
	size_t n;
	const unsigned char *answer = l->rebuff(&n, &e);

	s->net = stream_from_connection(&s->connection);
	stream_write(s->net, answer, n);
	return client_fail(h, c, &e, wants);
}

/* Be woken when so many bytes are there, and not for each.  False: it can't be
 * had. */
static bool
client_wait_for(struct client *c, size_t bytes)
{
	const struct connection *connection = &c->session.connection;
	int low = (int)bytes;

	if (bytes <= c->low_water ||
	    (connection->remote.sa.sa_family != AF_INET &&
	    connection->remote.sa.sa_family != AF_INET6))
		return false;
	c->low_water = bytes;
	return setsockopt(connection->fd, SOL_SOCKET, SO_RCVLOWAT, &low,
	    sizeof(low)) == 0;
}

/* What the first layer says of what is there, without taking it. */
static enum layer_greeting
client_look(const struct client *c, const struct layer *l, size_t *need)
{
	unsigned char head[LAYER_HEAD];
	int fd = c->session.connection.fd, there = 0;
	ssize_t got = recv(fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);

	*need = 1;
	if (got == -1 && errno == EAGAIN)
		return GREETING_MORE;
	if (got <= 0)
		return GREETING_THERE;
	if (got < LAYER_HEAD || ioctl(fd, FIONREAD, &there) == -1 ||
	    there < got)
		there = (int)got;
	return l->look(head, (size_t)there, need);
}

/* Wait for the greeting.  What can't be waited for goes to the layer. */
static enum workers_next
client_greet(struct handshakes *h, struct client *c, short wants[2])
{
	size_t i = 0, need;
	const struct layer *l = layers_next(h->run, c->session.side, &i);
	enum layer_greeting greeting;

	if (l == NULL || l->look == NULL)
		return client_meet(h, c, wants);
	wants[0] = POLLIN;
	greeting = client_look(c, l, &need);
	if (greeting == GREETING_MORE && (need == 1 ||
	    client_wait_for(c, need)))
		return WORKERS_PARK;
	if (c->low_water > 1)
		setsockopt(c->session.connection.fd, SOL_SOCKET, SO_RCVLOWAT,
		    &(int){ 1 }, sizeof(int));
	return greeting == GREETING_TOO_LONG ? client_rebuff(h, c, l, wants) :
	    client_meet(h, c, wants);
}

/* Of datagrams, in a thread. */
static enum workers_next
client_stack(struct handshakes *h, struct client *c)
{
	struct session *s = &c->session;
	struct error e = { .result = RESULT_OK }, err;
	enum result result;
	enum fate fate;

	blocking_begins();
	result = session_stack(s, &err);
	fate = handshakes_remove(h, c);
	if (c->fd != -1)
		close(c->fd);
	if (result == RESULT_OK) {
		h->ops->done(h->context, s);
	} else {
		if (fate != FATE_NONE && client_set_fate(c, fate, &e) !=
		    RESULT_OK)
			session_fail(s, &e, &err);
		h->ops->failed(h->context, &err);
	}
	free(c);
	return WORKERS_DONE;
}

static enum workers_next
client_turn(void *context, void *client, const short revents[2],
    short wants[2])
{
	struct handshakes *h = context;
	struct client *c = client;
	struct error e = { .result = RESULT_OK };

	(void)revents;
	if (h->datagrams && c->state == HANDSHAKE_BEGUN) {
		c->state = HANDSHAKE_UNDER_WAY;
		wants[0] = POLLIN | POLLOUT;	/* at once, in a worker */
		return WORKERS_PARK;
	}
	if (h->datagrams)
		return client_stack(h, c);
	if (c->state == HANDSHAKE_PARTING)
		return client_part(h, c, wants);
	if (client_set_fate(c, client_fate(h, c), &e) != RESULT_OK)
		return client_fail(h, c, &e, wants);
	return c->state == HANDSHAKE_UNDER_WAY ? client_step(h, c, wants) :
	    client_greet(h, c, wants);
}

void
handshakes_begin(struct handshakes *h, struct session *s)
{
	struct client *c = xcalloc(1, sizeof(*c));
	int fd[2] = { s->connection.fd, -1 };

	c->session = *s;
	/* That of datagrams may be closed where we can't see it. */
	c->fd = h->datagrams ? fcntl(fd[0], F_DUPFD_CLOEXEC, 0) : fd[0];
	c->begun = clock_now();
	c->until = h->datagrams ? CLOCK_NEVER : session_handshake_deadline(s);
	c->greeted = h->datagrams;
	handshakes_add(h, c);
	workers_park(h->workers, client_turn, h, c, fd);
}

/* --- all together -------------------------------------------------------- */

struct handshakes *
handshakes_new(const struct run *r, size_t most, struct workers *ws,
    size_t shared, const struct handshakes_ops *ops, void *context)
{
	struct handshakes *h;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd == -1)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->run = r;
	h->most = most;
	h->datagrams = options_datagrams(r->options);
	h->workers = ws;
	h->ops = ops;
	h->context = context;
	h->timer_fd = fd;
	h->tick_at = CLOCK_NEVER;
	TAILQ_INIT(&h->clients);
	pthread_mutex_init(&h->lock, NULL);
	if (!h->datagrams)	/* those have a thread each, which is there */
		layers_expect_many(r, SIDE_ACCEPTED);
	workers_share(ws, shared, fd);
	return h;
}

void
handshakes_stop(struct handshakes *h)
{
	struct client *c;

	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	TAILQ_FOREACH (c, &h->clients, link)
		client_doom(h, c, FATE_STOP);
	pthread_mutex_unlock(&h->lock);
}

void
handshakes_free(struct handshakes *h)
{
	if (h == NULL)
		return;
	close(h->timer_fd);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
