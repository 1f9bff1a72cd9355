/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "report/copy_writer.h"

/* A power of two. */
#define ROOM	((size_t)1 << 20)

/* Written at once, so that what is behind it gets room soon. */
#define STEP	((size_t)256 << 10)

enum copy_thread {
	THREAD_NONE,
	THREAD_RUNNING,
	THREAD_GONE,			/* to be joined */
};

struct copy_writer {
	copy_writer_write	*write;
	void			*context;
	int64_t			 linger;
	pthread_mutex_t		 lock;		/* of all that follows */
	pthread_cond_t		 more, less;
	enum copy_thread	 state;
	pthread_t		 thread;
	bool			 leaving;
	size_t			 put, written;	/* bytes, modulo SIZE_MAX + 1 */
	unsigned char		*room;
};

struct copy_writer *
copy_writer_new(copy_writer_write *write, void *context, int64_t linger)
{
	struct copy_writer *w = xcalloc(1, sizeof(*w));

	w->write = write;
	w->context = context;
	w->linger = linger;
	w->room = xpages(ROOM);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	pthread_cond_init(&w->less, NULL);
	return w;
}

/* --- the thread ---------------------------------------------------------- */

/* Whether there is something to write, or will not be: for who has the lock. */
static bool
writer_wait(struct copy_writer *w)
{
	struct timespec until;
	int errnum = 0;

	clock_timespec(clock_now() + w->linger, &until);
	while (w->put == w->written && !w->leaving && errnum == 0)
		errnum = pthread_cond_clockwait(&w->more, &w->lock,
		    CLOCK_MONOTONIC, &until);
	return w->put != w->written;
}

static void
writer_step(struct copy_writer *w)
{
	size_t at = w->written & (ROOM - 1), n = w->put - w->written;

	if (n > ROOM - at)
		n = ROOM - at;
	if (n > STEP)
		n = STEP;
	pthread_mutex_unlock(&w->lock);
	w->write(w->context, w->room + at, n);
	pthread_mutex_lock(&w->lock);
	w->written += n;
	pthread_cond_signal(&w->less);
}

static void *
writer_run(void *arg)
{
	struct copy_writer *w = arg;

	pthread_mutex_lock(&w->lock);
	while (writer_wait(w))
		writer_step(w);
	w->state = THREAD_GONE;
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* For who has the lock.  False: there can't be one. */
static bool
writer_start(struct copy_writer *w)
{
	if (w->state == THREAD_RUNNING)
		return true;
	if (w->state == THREAD_GONE)
		pthread_join(w->thread, NULL);
	w->state = signals_thread(&w->thread, NULL, writer_run, w) == 0 ?
	    THREAD_RUNNING : THREAD_NONE;
	return w->state == THREAD_RUNNING;
}

/* --- who copies ---------------------------------------------------------- */

/* How many of n bytes have room, once some have, and are one piece.  For who
 * has the lock. */
static size_t
writer_room(struct copy_writer *w, size_t n)
{
	size_t at = w->put & (ROOM - 1), room;

	while (w->put - w->written == ROOM)
		pthread_cond_wait(&w->less, &w->lock);
	room = ROOM - (w->put - w->written);
	if (room > ROOM - at)
		room = ROOM - at;
	return n < room ? n : room;
}

void
copy_writer_put(struct copy_writer *w, const void *data, size_t n)
{
	const unsigned char *from = data;

	pthread_mutex_lock(&w->lock);
	while (n > 0 && writer_start(w)) {
		size_t some = writer_room(w, n), at = w->put & (ROOM - 1);

		/* The thread does not look there yet. */
		pthread_mutex_unlock(&w->lock);
		memcpy(w->room + at, from, some);
		pthread_mutex_lock(&w->lock);
		w->put += some;
		pthread_cond_signal(&w->more);
		from += some;
		n -= some;
	}
	pthread_mutex_unlock(&w->lock);
	/* Without a thread there is nothing in front of it. */
	if (n > 0)
		w->write(w->context, from, n);
}

bool
copy_writer_is_idle(struct copy_writer *w)
{
	bool idle;

	pthread_mutex_lock(&w->lock);
	idle = w->put == w->written;
	pthread_mutex_unlock(&w->lock);
	return idle;
}

void
copy_writer_flush(struct copy_writer *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->put != w->written)
		pthread_cond_wait(&w->less, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

void
copy_writer_free(struct copy_writer *w)
{
	enum copy_thread state;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->leaving = true;
	state = w->state;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
	if (state != THREAD_NONE)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->more);
	pthread_cond_destroy(&w->less);
	pthread_mutex_destroy(&w->lock);
	free(w->room);
	free(w);
}
