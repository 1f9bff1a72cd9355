/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "run/handshakes_state.h"

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

/* Its turn comes, by the end of what it reads: its layer may have something to
 * say.  With the lock held. */
static void
client_doom(struct handshakes *h, struct client *c, enum fate fate)
{
	bool may_say = fate != FATE_STOP && !c->writes && !h->datagrams;

	if (c->fate != FATE_NONE)
		return;
	c->fate = fate;
	h->count--;
	shutdown(c->fd, may_say ? SHUT_RD : SHUT_RDWR);
}

void
handshakes_wait(struct handshakes *h, struct client *c, short events)
{
	pthread_mutex_lock(&h->lock);
	c->writes = (events & POLLIN) == 0;
	if (c->writes && c->fate != FATE_NONE)
		shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&h->lock);
}

void
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

void
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

enum fate
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

enum fate
handshakes_fate(struct handshakes *h, const struct client *c)
{
	enum fate fate;

	pthread_mutex_lock(&h->lock);
	fate = c->fate;
	pthread_mutex_unlock(&h->lock);
	if (fate == FATE_NONE && signals_terminating() != 0)
		fate = FATE_STOP;
	return fate;
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
