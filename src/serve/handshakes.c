/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/signals.h"
#include "base/xalloc.h"
#include "serve/handshakes.h"
#include "serve/session.h"

struct handshake {
	struct handshake	*next;
	struct handshakes	*all;
	struct connection	 c;
	int			 fd;		/* to shut it down; -1: none */
	struct addr		 remote;
	int64_t			 begun;
	bool			 given_up;
	struct stream		*net;
	struct error		 err;
};

struct handshakes {
	const struct options	*o;
	int64_t			 deadline;
	int			 event_fd;
	pthread_mutex_t		 lock;		/* of all below */
	pthread_cond_t		 work;
	pthread_t		 thread[HANDSHAKES_MOST];
	size_t			 threads;
	size_t			 idle;		/* of these */
	bool			 stopping;
	size_t			 count;
	struct handshake	*waiting;	/* for a thread */
	size_t			 waiting_count;
	struct handshake	*busy;		/* under way */
	struct handshake	*done;		/* in order */
	struct handshake	**done_end;
};

struct handshakes *
handshakes_new(const struct options *o, int64_t deadline)
{
	struct handshakes *h;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);

	if (fd == -1)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->o = o;
	h->deadline = deadline;
	h->event_fd = fd;
	h->done_end = &h->done;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	return h;
}

int
handshakes_fd(const struct handshakes *h)
{
	return h->event_fd;
}

static size_t
handshakes_count(struct handshakes *h)
{
	size_t count;

	pthread_mutex_lock(&h->lock);
	count = h->count;
	pthread_mutex_unlock(&h->lock);
	return count;
}

/* Of those under way.  With the lock held; NULL: there is none. */
static struct handshake *
handshakes_oldest(const struct handshakes *h)
{
	struct handshake *oldest = NULL;

	for (struct handshake *s = h->busy; s != NULL; s = s->next) {
		if (!s->given_up && s->fd != -1 &&
		    (oldest == NULL || s->begun < oldest->begun))
			oldest = s;
	}
	return oldest;
}

int64_t
handshakes_room_at(struct handshakes *h)
{
	const struct handshake *oldest;
	int64_t at = 0;

	pthread_mutex_lock(&h->lock);
	if (h->count >= HANDSHAKES_MOST) {
		oldest = handshakes_oldest(h);
		at = oldest == NULL ? CLOCK_NEVER : oldest->begun +
		    HANDSHAKES_GRACE;
	}
	pthread_mutex_unlock(&h->lock);
	return at;
}

/* With the lock held. */
static void
handshakes_make_room(struct handshakes *h)
{
	struct handshake *oldest = h->count >= HANDSHAKES_MOST ?
	    handshakes_oldest(h) : NULL;

	if (oldest == NULL)
		return;
	oldest->given_up = true;
	shutdown(oldest->fd, SHUT_RDWR);
}

/* From those under way to those that are done. */
static void
handshake_done(struct handshake *s)
{
	struct handshakes *h = s->all;
	struct handshake **link = &h->busy;
	const uint64_t one = 1;

	pthread_mutex_lock(&h->lock);
	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	s->next = NULL;
	*h->done_end = s;
	h->done_end = &s->next;
	pthread_mutex_unlock(&h->lock);
	if (write(h->event_fd, &one, sizeof(one)) == -1)
		abort();	/* it counts to 2^64 */
}

/* It has no descriptor any more that handshakes_free() could shut down. */
static void
handshake_forget_fd(struct handshake *s)
{
	pthread_mutex_lock(&s->all->lock);
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	pthread_mutex_unlock(&s->all->lock);
}

static void
handshake_run(struct handshake *s)
{
	char peer[ADDR_TEXT_MAX];

	s->net = session_connect(s->all->o, s->all->deadline, &s->c, &s->err);
	handshake_forget_fd(s);
	if (s->given_up && s->net == NULL)
		error_set(&s->err, RESULT_TIMEOUT, "%s: TLS: given up in its "
		    "handshake, for others", addr_format(&s->remote, peer));
	handshake_done(s);
}

/* A thread: one after another, until there is no more use for it. */
static void *
handshakes_work(void *arg)
{
	struct handshakes *h = arg;
	struct handshake *s;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		h->idle++;
		while (h->waiting == NULL && !h->stopping)
			pthread_cond_wait(&h->work, &h->lock);
		h->idle--;
		s = h->waiting;
		if (s == NULL)
			break;
		h->waiting = s->next;
		h->waiting_count--;
		s->next = h->busy;
		h->busy = s;
		pthread_mutex_unlock(&h->lock);
		handshake_run(s);
		pthread_mutex_lock(&h->lock);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Somebody for one more.  With the lock held; 0 or an errno value. */
static int
handshakes_wake(struct handshakes *h)
{
	int errnum;

	if (h->idle > h->waiting_count) {
		pthread_cond_signal(&h->work);
		return 0;
	}
	if (h->threads == HANDSHAKES_MOST)
		return 0;	/* somebody will come by */
	errnum = signals_thread(&h->thread[h->threads], NULL, handshakes_work,
	    h);
	if (errnum == 0)
		h->threads++;
	return h->threads > 0 ? 0 : errnum;
}

void
handshakes_begin(struct handshakes *h, struct connection *c)
{
	struct handshake *s = xcalloc(1, sizeof(*s));
	int errnum;

	s->all = h;
	s->c = *c;
	s->remote = c->remote;
	s->begun = clock_now();
	s->fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_lock(&h->lock);
	handshakes_make_room(h);
	h->count++;
	errnum = handshakes_wake(h);
	if (errnum == 0) {
		s->next = h->waiting;
		h->waiting = s;
		h->waiting_count++;
	} else {
		s->next = h->busy;
		h->busy = s;
	}
	pthread_mutex_unlock(&h->lock);
	if (errnum == 0)
		return;
	error_set_errno(&s->err, RESULT_LOCAL, errnum, "thread");
	handshake_forget_fd(s);
	connection_close(&s->c);
	handshake_done(s);
}

/* The first one that is done, or NULL. */
static struct handshake *
handshakes_pop(struct handshakes *h)
{
	struct handshake *s;
	uint64_t count;

	if (read(h->event_fd, &count, sizeof(count)) == -1)
		return NULL;
	pthread_mutex_lock(&h->lock);
	s = h->done;
	h->done = s->next;
	if (h->done == NULL)
		h->done_end = &h->done;
	h->count--;
	pthread_mutex_unlock(&h->lock);
	return s;
}

bool
handshakes_take(struct handshakes *h, struct stream **net,
    struct addr *remote, struct error *err)
{
	struct handshake *s = handshakes_pop(h);

	if (s == NULL)
		return false;
	*net = s->net;
	*remote = s->remote;
	if (s->net == NULL)
		*err = s->err;
	free(s);
	return true;
}

static void
handshakes_give_up(const struct handshake *s)
{
	for (; s != NULL; s = s->next) {
		if (s->fd != -1)
			shutdown(s->fd, SHUT_RDWR);
	}
}

void
handshakes_free(struct handshakes *h)
{
	struct pollfd pfd = { .fd = h->event_fd, .events = POLLIN };
	struct handshake *s;

	pthread_mutex_lock(&h->lock);
	handshakes_give_up(h->busy);
	handshakes_give_up(h->waiting);
	h->stopping = true;
	pthread_cond_broadcast(&h->work);
	pthread_mutex_unlock(&h->lock);
	while (handshakes_count(h) > 0) {
		poll(&pfd, 1, -1);
		s = handshakes_pop(h);
		if (s != NULL && s->net != NULL)
			s->net->ops->close(s->net, true);
		free(s);
	}
	for (size_t i = 0; i < h->threads; i++)
		pthread_join(h->thread[i], NULL);
	close(h->event_fd);
	pthread_cond_destroy(&h->work);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
