/* SPDX-License-Identifier: ISC */
/*
 * Threads that serve connections.  A few of them, the pollers, wait for events
 * of all descriptors at once (epoll(7)); as many as there are processors, so
 * that an event finds one that is awake more often than it wakes one.  A poller
 * that has to block says so (base/blocking.h): then another takes its place.
 * Threads without work leave after a while.
 */
#ifndef RUN_WORKERS_H
#define RUN_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct workers;

/* What a client that was parked does next. */
enum workers_next {
	WORKERS_PARK,		/* wait for what `wants' says */
	WORKERS_AGAIN,		/* its share is used up: later again */
	WORKERS_DONE,		/* it has gone */
};

/*
 * A parked client was woken: revents of poll(2) for its two descriptors.  Sets
 * what it waits for, as pump_wants().
 */
typedef enum workers_next	workers_turn(void *context, void *client,
				    const short revents[2], short wants[2]);

struct workers_ops {
	/* The shared descriptor i is ready (see workers_share()), and is not
	 * looked at any more until workers_rearm(). */
	void	(*ready)(void *context, size_t i);

	/* No thread could be made, errno value errnum: clients wait. */
	void	(*crowded)(void *context, int errnum);
};

/* Workers, with one thread at first; ops has to last.  NULL with errno. */
struct workers	*workers_new(const struct workers_ops *ops, void *context);

/* Wait for a descriptor that all share, as that of a listening socket.  i is
 * its number, from 0 up. */
void	workers_share(struct workers *ws, size_t i, int fd);
void	workers_rearm(struct workers *ws, size_t i);

/*
 * In a worker: have a client wait, which does not happen in this thread any
 * more.  Its first turn comes at once.  The descriptors belong to it.  In a
 * turn blocking_begins() (base/blocking.h) may be called, and then another
 * thread takes the place of this one.
 */
void	workers_park(struct workers *ws, workers_turn *turn, void *context,
	    void *client, const int fd[2]);

/* Let all threads leave once they have nothing to do, and wait for that.  Then
 * every client that is still parked has one turn more, in this thread. */
void	workers_stop(struct workers *ws);

void	workers_free(struct workers *ws);

#endif
