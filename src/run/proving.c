/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "run/proving.h"
#include "session/session.h"
#include "wire/hello.h"

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

enum proving_state {
	PROVING_BEGUN,
	PROVING_GREETING,	/* its greeting is not there */
	PROVING_HANDSHAKE,
	PROVING_PARTING,	/* refused: until it has read why */
};

enum proving_fate {
	FATE_NONE,
	FATE_TIME,
	FATE_OTHERS,		/* there are too many */
	FATE_STOP,
};

struct proving {
	struct proving		*next, *previous;
	enum proving_state	 state;
	struct connection	 c;
	struct stream		*net;		/* PROVING_HANDSHAKE: of TLS */
	size_t			 asked;		/* bytes waited for */
	struct error		*err;		/* owned; why it failed */
	/* under the lock */
	int			 fd;		/* to shut it down */
	int64_t			 begun;
	int64_t			 until;
	bool			 greeted;
	enum proving_fate	 fate;
};

struct provings {
	const struct options		*o;
	int64_t				 deadline;
	size_t				 most;
	struct workers			*workers;
	const struct proving_ops	*ops;
	void				*context;
	int				 timer_fd;
	pthread_mutex_t			 lock;
	/* under the lock */
	struct proving			*first, *last;	/* oldest first */
	size_t				 count;		/* without a fate */
	int64_t				 tick_at;
	bool				 wanted;	/* room is */
	bool				 stopping;
};

size_t
provings_most(size_t descriptors, bool datagrams)
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

/* When n has had its grace. */
static int64_t
proving_grace(const struct proving *n)
{
	return n->begun + (n->greeted ? PROVING_GRACE : PROVING_SILENCE);
}

/* Whoever makes room next: the oldest one whose grace is over, or will be.
 * With the lock held; NULL: there is none. */
static struct proving *
provings_next_victim(const struct provings *p)
{
	struct proving *found = NULL;
	int64_t now = clock_now();

	for (struct proving *n = p->first; n != NULL; n = n->next) {
		if (n->fate != FATE_NONE)
			continue;
		if (proving_grace(n) <= now)
			return n;
		if (found == NULL || proving_grace(n) < proving_grace(found))
			found = n;
	}
	return found;
}

/* Its turn comes, by the end of its connection.  With the lock held. */
static void
proving_doom(struct provings *p, struct proving *n, enum proving_fate fate)
{
	if (n->fate != FATE_NONE)
		return;
	n->fate = fate;
	p->count--;
	shutdown(n->fd, SHUT_RDWR);
}

/* Have a tick at that time.  With the lock held. */
static void
provings_tick_at(struct provings *p, int64_t at)
{
	struct itimerspec spec = { .it_value = {
				       .tv_sec = (time_t)(at / CLOCK_SECOND),
				       .tv_nsec = (long)(at % CLOCK_SECOND),
				   } };

	if (at >= p->tick_at)
		return;
	p->tick_at = at;
	timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Whether there is room; if not, it is wanted.  With the lock held. */
static bool
provings_has_room(struct provings *p)
{
	const struct proving *victim;

	p->wanted = false;
	if (p->count < p->most)
		return true;
	victim = provings_next_victim(p);
	if (victim != NULL && proving_grace(victim) <= clock_now())
		return true;
	p->wanted = true;
	if (victim != NULL)
		provings_tick_at(p, proving_grace(victim));
	return false;
}

bool
provings_room(struct provings *p)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = provings_has_room(p);
	pthread_mutex_unlock(&p->lock);
	return room;
}

void
provings_tick(struct provings *p)
{
	int64_t now = clock_now(), next = CLOCK_NEVER;
	uint64_t times;
	bool room;

	pthread_mutex_lock(&p->lock);
	if (read(p->timer_fd, &times, sizeof(times)) == -1) {
		/* it was set again */
	}
	p->tick_at = CLOCK_NEVER;
	for (struct proving *n = p->first; n != NULL; n = n->next) {
		if (n->until <= now)
			proving_doom(p, n, FATE_TIME);
		else if (n->fate == FATE_NONE)
			next = clock_earlier(next, n->until);
	}
	provings_tick_at(p, next);
	room = p->wanted && provings_has_room(p);
	pthread_mutex_unlock(&p->lock);
	if (room)
		p->ops->room(p->context);
}

/* --- coming and going ---------------------------------------------------- */

static void
provings_add(struct provings *p, struct proving *n)
{
	struct proving *victim;

	pthread_mutex_lock(&p->lock);
	victim = p->count >= p->most ? provings_next_victim(p) : NULL;
	if (victim != NULL)
		proving_doom(p, victim, FATE_OTHERS);
	n->previous = p->last;
	*(p->last != NULL ? &p->last->next : &p->first) = n;
	p->last = n;
	p->count++;
	if (p->stopping)
		proving_doom(p, n, FATE_STOP);
	provings_tick_at(p, n->until);
	pthread_mutex_unlock(&p->lock);
}

/* Nobody else knows n any more.  Its fate. */
static enum proving_fate
provings_remove(struct provings *p, struct proving *n)
{
	enum proving_fate fate;
	bool room;

	pthread_mutex_lock(&p->lock);
	*(n->previous != NULL ? &n->previous->next : &p->first) = n->next;
	*(n->next != NULL ? &n->next->previous : &p->last) = n->previous;
	fate = n->fate;
	p->count -= fate == FATE_NONE;
	room = p->wanted && provings_has_room(p);
	pthread_mutex_unlock(&p->lock);
	if (room)
		p->ops->room(p->context);
	return fate;
}

static enum proving_fate
proving_fate(struct provings *p, const struct proving *n)
{
	enum proving_fate fate;

	pthread_mutex_lock(&p->lock);
	fate = n->fate;
	pthread_mutex_unlock(&p->lock);
	return fate != FATE_NONE ? fate : signals_caught() != 0 ? FATE_STOP :
	    FATE_NONE;
}

void
provings_begin(struct provings *p, struct connection *c)
{
	struct proving *n = xcalloc(1, sizeof(*n));
	int fd[2] = { c->fd, -1 };

	n->c = *c;
	/* That of datagrams may be closed where we can't see it. */
	n->fd = options_datagrams(p->o) ? fcntl(c->fd, F_DUPFD_CLOEXEC, 0) :
	    c->fd;
	n->begun = clock_now();
	n->until = options_datagrams(p->o) ? CLOCK_NEVER :
	    session_handshake_deadline(p->o, p->deadline);
	n->greeted = options_datagrams(p->o);
	provings_add(p, n);
	workers_park(p->workers, n, fd);
}

/* --- steps --------------------------------------------------------------- */

/* What an end before its time is called. */
static enum result
proving_set_fate(enum proving_fate fate, struct error *err)
{
	switch (fate) {
	case FATE_NONE:
		break;
	case FATE_TIME:
		return error_set(err, RESULT_TIMEOUT, "TLS: the handshake was "
		    "not done in time");
	case FATE_OTHERS:
		return error_set(err, RESULT_TIMEOUT, "TLS: given up in its "
		    "handshake, for others");
	case FATE_STOP:
		return error_interrupted(err);
	}
	return RESULT_OK;
}

/* It has gone. */
static enum workers_next
proving_end(struct provings *p, struct proving *n)
{
	provings_remove(p, n);
	if (n->net != NULL)
		stream_close(n->net, false);
	else
		connection_close(&n->c);
	p->ops->failed(p->context, n->err);
	free(n->err);
	free(n);
	return WORKERS_DONE;
}

/* What the peer still says is read, for a while: unread, it would turn the end
 * into a reset, which could destroy the alert that says why. */
static enum workers_next
proving_part(struct provings *p, struct proving *n, short wants[2])
{
	char data[4096];
	ssize_t got;

	got = stream_read(n->net, data, sizeof(data));
	if (got == 0 || (got == -1 && errno != EAGAIN) ||
	    proving_fate(p, n) != FATE_NONE)
		return proving_end(p, n);
	wants[0] = POLLIN;
	return WORKERS_PARK;
}

/* Why is in e; n->net is the plain connection. */
static enum workers_next
proving_fail(struct provings *p, struct proving *n, const struct error *e,
    short wants[2])
{
	n->err = xcalloc(1, sizeof(*n->err));
	session_say_failed(&n->c.remote, e, n->err);
	if (e->result != RESULT_DENIED || n->net == NULL)
		return proving_end(p, n);
	n->state = PROVING_PARTING;
	stream_shutdown(n->net);
	pthread_mutex_lock(&p->lock);
	n->until = clock_now() + SESSION_PARTING_TIME;
	provings_tick_at(p, n->until);
	pthread_mutex_unlock(&p->lock);
	return proving_part(p, n, wants);
}

static enum workers_next
proving_done(struct provings *p, struct proving *n)
{
	struct error e = { .result = RESULT_OK }, err;

	/* Who is given up now has been shut down already. */
	if (proving_set_fate(provings_remove(p, n), &e) == RESULT_OK) {
		p->ops->proven(p->context, &n->c, n->net);
	} else {
		stream_close(n->net, false);
		session_say_failed(&n->c.remote, &e, &err);
		p->ops->failed(p->context, &err);
	}
	free(n);
	return WORKERS_DONE;
}

/* A step of the engine, once the greeting is there. */
static enum workers_next
proving_step(struct provings *p, struct proving *n, short wants[2])
{
	struct error e = { .result = RESULT_OK };
	bool done = false;
	enum result result = tls_step(n->net, &done, &wants[0], &e);

	if (result == RESULT_OK && done)
		return proving_done(p, n);
	if (result == RESULT_OK)
		return WORKERS_PARK;
	n->net = tls_undo(n->net);
	return proving_fail(p, n, &e, wants);
}

static enum workers_next
proving_meet(struct provings *p, struct proving *n, short wants[2])
{
	struct error e = { .result = RESULT_OK };
	struct stream *net;

	pthread_mutex_lock(&p->lock);
	n->greeted = true;
	pthread_mutex_unlock(&p->lock);
	n->net = stream_from_connection(&n->c);
	net = tls_begin(p->o->tls_context, n->net, &e);
	if (net == NULL)
		return proving_fail(p, n, &e, wants);
	n->net = net;
	n->state = PROVING_HANDSHAKE;
	return proving_step(p, n, wants);
}

/* RFC 8446, section 6: a fatal alert, illegal_parameter. */
static enum workers_next
proving_refuse(struct provings *p, struct proving *n, short wants[2])
{
	static const unsigned char alert[] = { 21, 3, 3, 0, 2, 2, 47 };
	struct error e;

	error_set(&e, RESULT_DENIED, "TLS: the greeting is too long");
	n->net = stream_from_connection(&n->c);
	stream_write(n->net, alert, sizeof(alert));
	return proving_fail(p, n, &e, wants);
}

/* Be woken when so many bytes are there, and not for each.  False: it can't be
 * had. */
static bool
proving_ask(struct proving *n, size_t bytes)
{
	int low = (int)bytes;

	if (bytes <= n->asked ||
	    (n->c.remote.sa.sa_family != AF_INET &&
	    n->c.remote.sa.sa_family != AF_INET6))
		return false;
	n->asked = bytes;
	return setsockopt(n->c.fd, SOL_SOCKET, SO_RCVLOWAT, &low,
	    sizeof(low)) == 0;
}

/* Look at the greeting without taking it.  What can't be waited for goes to the
 * engine. */
static enum workers_next
proving_greet(struct provings *p, struct proving *n, short wants[2])
{
	unsigned char head[HELLO_HEAD];
	enum hello hello = HELLO_OTHER;
	size_t need;
	int there = 0;
	ssize_t got = recv(n->c.fd, head, sizeof(head), MSG_PEEK |
	    MSG_DONTWAIT);

	wants[0] = POLLIN;
	if (got == -1 && errno == EAGAIN)
		return WORKERS_PARK;
	if (got > 0) {
		if (got < HELLO_HEAD || ioctl(n->c.fd, FIONREAD, &there) ==
		    -1 || there < got)
			there = (int)got;
		hello = hello_look(head, (size_t)there, &need);
	}
	if (hello == HELLO_MORE && proving_ask(n, need))
		return WORKERS_PARK;
	if (n->asked > 1)
		setsockopt(n->c.fd, SOL_SOCKET, SO_RCVLOWAT, &(int){ 1 },
		    sizeof(int));
	return hello == HELLO_TOO_LONG ? proving_refuse(p, n, wants) :
	    proving_meet(p, n, wants);
}

/* Of datagrams, in a thread. */
static enum workers_next
proving_connect(struct provings *p, struct proving *n)
{
	struct error e = { .result = RESULT_OK }, err;
	enum proving_fate fate;
	struct addr remote = n->c.remote;

	workers_will_block();
	n->net = session_connect(p->o, p->deadline, &n->c, &err);
	fate = provings_remove(p, n);
	if (n->fd != -1)
		close(n->fd);
	if (n->net != NULL) {
		p->ops->proven(p->context, &n->c, n->net);
	} else {
		if (proving_set_fate(fate, &e) != RESULT_OK)
			session_say_failed(&remote, &e, &err);
		p->ops->failed(p->context, &err);
	}
	free(n);
	return WORKERS_DONE;
}

enum workers_next
provings_turn(struct provings *p, void *client, short wants[2])
{
	struct proving *n = client;
	struct error e = { .result = RESULT_OK };

	if (options_datagrams(p->o) && n->state == PROVING_BEGUN) {
		n->state = PROVING_HANDSHAKE;
		wants[0] = POLLIN | POLLOUT;	/* at once, in a worker */
		return WORKERS_PARK;
	}
	if (options_datagrams(p->o))
		return proving_connect(p, n);
	if (n->state == PROVING_PARTING)
		return proving_part(p, n, wants);
	if (proving_set_fate(proving_fate(p, n), &e) != RESULT_OK) {
		if (n->state == PROVING_HANDSHAKE)
			n->net = tls_undo(n->net);
		return proving_fail(p, n, &e, wants);
	}
	return n->state == PROVING_HANDSHAKE ? proving_step(p, n, wants) :
	    proving_greet(p, n, wants);
}

/* --- all together -------------------------------------------------------- */

struct provings *
provings_new(const struct options *o, int64_t deadline, size_t most,
    struct workers *ws, size_t door, const struct proving_ops *ops,
    void *context)
{
	struct provings *p;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd == -1)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->o = o;
	p->deadline = deadline;
	p->most = most;
	p->workers = ws;
	p->ops = ops;
	p->context = context;
	p->timer_fd = fd;
	p->tick_at = CLOCK_NEVER;
	pthread_mutex_init(&p->lock, NULL);
	/* Those of datagrams have a thread each, which is there. */
	if (!options_datagrams(o))
		tls_expect_many();
	workers_watch(ws, door, fd);
	return p;
}

void
provings_stop(struct provings *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	for (struct proving *n = p->first; n != NULL; n = n->next)
		proving_doom(p, n, FATE_STOP);
	pthread_mutex_unlock(&p->lock);
}

void
provings_free(struct provings *p)
{
	if (p == NULL)
		return;
	close(p->timer_fd);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
