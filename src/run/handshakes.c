/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "run/handshakes.h"
#include "run/proving.h"
#include "run/workers.h"

struct handshake {
	struct handshake	*next;
	struct addr		 remote;
	struct stream		*net;	/* NULL: it failed */
	struct error		 err;
};

struct handshakes {
	struct workers		*workers;
	struct provings		*provings;
	int			 event_fd;	/* counts those that are done */
	int			 room_fd;
	pthread_mutex_t		 lock;
	/* under the lock */
	struct handshake	*done;		/* in order */
	struct handshake	**done_end;
	size_t			 done_count;
	bool			 wanted;	/* room */
};

/* --- what happens in threads --------------------------------------------- */

static void
handshakes_signal(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) == -1)
		abort();	/* it counts to 2^64 */
}

static void
handshakes_add(struct handshakes *h, struct handshake *s)
{
	pthread_mutex_lock(&h->lock);
	*h->done_end = s;
	h->done_end = &s->next;
	h->done_count++;
	pthread_mutex_unlock(&h->lock);
	handshakes_signal(h->event_fd);
}

static void
handshakes_proven(void *context, struct connection *c, struct stream *net)
{
	struct handshake *s = xcalloc(1, sizeof(*s));

	s->remote = c->remote;
	s->net = net;
	handshakes_add(context, s);
}

static void
handshakes_failed(void *context, const struct error *err)
{
	struct handshake *s = xcalloc(1, sizeof(*s));

	s->err = *err;
	handshakes_add(context, s);
}

static void
handshakes_tell_room(void *context)
{
	struct handshakes *h = context;

	handshakes_signal(h->room_fd);
}

static const struct proving_ops handshakes_proving_ops = {
	.proven = handshakes_proven,
	.failed = handshakes_failed,
	.room = handshakes_tell_room,
};

/* The clock alone is at the door. */
static void
handshakes_knock(void *context, size_t i)
{
	struct handshakes *h = context;

	provings_tick(h->provings);
	workers_open_door(h->workers, i);
}

static enum workers_next
handshakes_turn(void *context, void *client, const short revents[2],
    short wants[2])
{
	struct handshakes *h = context;

	(void)revents;
	return provings_turn(h->provings, client, wants);
}

static void
handshakes_crowded(void *context, int errnum)
{
	(void)context;
	log_line(LOG_STEP, "thread: %s (clients have to wait)",
	    strerror(errnum));
}

static const struct workers_ops handshakes_ops = {
	.crowded = handshakes_crowded,
	.knock = handshakes_knock,
	.turn = handshakes_turn,
};

/* --- for the one who serves ---------------------------------------------- */

int
handshakes_fd(const struct handshakes *h)
{
	return h->event_fd;
}

int
handshakes_room_fd(const struct handshakes *h)
{
	return h->room_fd;
}

bool
handshakes_room(struct handshakes *h)
{
	uint64_t count;
	bool room;

	if (read(h->room_fd, &count, sizeof(count)) == -1) {
		/* it was not set */
	}
	pthread_mutex_lock(&h->lock);
	room = h->done_count < HANDSHAKES_WAITING;
	h->wanted = !room;
	pthread_mutex_unlock(&h->lock);
	return room && provings_room(h->provings);
}

void
handshakes_begin(struct handshakes *h, struct connection *c)
{
	provings_begin(h->provings, c);
}

/* The first one that is done, or NULL. */
static struct handshake *
handshakes_pop(struct handshakes *h)
{
	struct handshake *s;
	uint64_t count;
	bool room;

	if (read(h->event_fd, &count, sizeof(count)) == -1)
		return NULL;
	pthread_mutex_lock(&h->lock);
	s = h->done;
	h->done = s->next;
	if (h->done == NULL)
		h->done_end = &h->done;
	h->done_count--;
	room = h->wanted;
	h->wanted = false;
	pthread_mutex_unlock(&h->lock);
	if (room)
		handshakes_signal(h->room_fd);
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

/* --- all together -------------------------------------------------------- */

static size_t
handshakes_most(const struct options *o)
{
	struct rlimit limit;
	size_t fds = 1024;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		fds = limit.rlim_cur > SIZE_MAX ? SIZE_MAX :
		    (size_t)limit.rlim_cur;
	return provings_most(fds, options_datagrams(o));
}

static bool
handshakes_open(struct handshakes *h, const struct options *o,
    int64_t deadline)
{
	h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	h->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->event_fd == -1 || h->room_fd == -1)
		return false;
	h->workers = workers_new(&handshakes_ops, h);
	if (h->workers == NULL)
		return false;
	h->provings = provings_new(o, deadline, handshakes_most(o),
	    h->workers, 0, &handshakes_proving_ops, h);
	return h->provings != NULL;
}

struct handshakes *
handshakes_new(const struct options *o, int64_t deadline)
{
	struct handshakes *h = xcalloc(1, sizeof(*h));
	int errnum;

	h->done_end = &h->done;
	pthread_mutex_init(&h->lock, NULL);
	if (handshakes_open(h, o, deadline))
		return h;
	errnum = errno;
	handshakes_free(h);
	errno = errnum;
	return NULL;
}

void
handshakes_free(struct handshakes *h)
{
	struct handshake *s;

	if (h->provings != NULL)
		provings_stop(h->provings);
	if (h->workers != NULL)
		workers_stop(h->workers);
	while ((s = h->event_fd == -1 ? NULL : handshakes_pop(h)) != NULL) {
		if (s->net != NULL)
			stream_close(s->net, true);
		free(s);
	}
	if (h->workers != NULL)
		workers_free(h->workers);
	provings_free(h->provings);
	if (h->event_fd != -1)
		close(h->event_fd);
	if (h->room_fd != -1)
		close(h->room_fd);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
