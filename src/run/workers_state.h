/* SPDX-License-Identifier: ISC */
/* What workers are made of, for workers.c, which has the threads, and
 * workers_place.c, where clients are parked. */
#ifndef RUN_WORKERS_STATE_H
#define RUN_WORKERS_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#include "run/workers.h"

#define SHARED_MOST	64

/* Places come in blocks that stay where they are. */
#define BLOCK_PLACES	256
#define BLOCKS_MOST	4096

/*
 * Where a client is parked.  Both of its descriptors are armed for one event
 * (EPOLLONESHOT); who turns PARKED into running has the client.  An event that
 * comes while it runs leaves a mark, and one that comes too late has another
 * generation in its data.
 */
#define PLACE_PARKED	1u
#define PLACE_FIRED	2u	/* << which descriptor; two bits */
#define PLACE_MARKS	15u
#define PLACE_SHIFT	4

struct place {
	atomic_uint	 state;		/* generation << PLACE_SHIFT | marks */
	workers_turn	*turn;
	void		*context;	/* ... its */
	void		*client;
	int		 fd[2];
	bool		 known[2];	/* to epoll */
	bool		 armed[2];
	short		 wants[2];	/* armed for that */
	uint32_t	 index;
	SLIST_ENTRY(place) in_free;
};

struct worker;

struct workers {
	const struct workers_ops *ops;
	void			*context;
	int			 epoll_fd;
	int			 stop_fd;
	int			 shared[SHARED_MOST];
	size_t			 most_pollers;
	_Atomic(struct place *)	 block[BLOCKS_MOST];
	pthread_mutex_t		 lock;
	pthread_cond_t		 work;
	/* under the lock */
	size_t			 threads;
	size_t			 pollers;
	size_t			 idle;		/* wait to be pollers */
	bool			 stopping;
	size_t			 blocks;
	SLIST_HEAD(, place)	 free;
	struct worker		*dead;		/* to be joined */
};

/* What an event says: a generation and the rest, or one of these. */
#define DATA_SHARED	UINT32_MAX		/* as generation */
#define DATA_STOP	(UINT32_MAX - 1)

static inline uint64_t
event_data(uint32_t generation, uint32_t rest)
{
	return (uint64_t)generation << 32 | rest;
}

/* A place for a client; NULL: there are none any more. */
struct place	*place_take(struct workers *ws);

/* The client runs in this thread, until it waits or has gone. */
void		place_run(struct workers *ws, struct place *p,
		    short revents[2]);

/* One of a place has come, for its client if that is still there. */
void		place_event(struct workers *ws,
		    const struct epoll_event *event);

#endif
