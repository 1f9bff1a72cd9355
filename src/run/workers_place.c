/* SPDX-License-Identifier: ISC */
/* Where clients are parked, and run from; see workers_state.h. */
#include <poll.h>

#include "base/assert.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "run/workers_state.h"

struct place *
place_take(struct workers *ws)
{
	struct place *p;

	pthread_mutex_lock(&ws->lock);
	if (SLIST_EMPTY(&ws->free) && ws->blocks < BLOCKS_MOST) {
		struct place *block = xcalloc(BLOCK_PLACES, sizeof(*block));

		for (uint32_t i = 0; i < BLOCK_PLACES; i++) {
			block[i].index = (uint32_t)ws->blocks * BLOCK_PLACES +
			    i;
			SLIST_INSERT_HEAD(&ws->free, &block[i], in_free);
		}
		atomic_store(&ws->block[ws->blocks++], block);
	}
	p = SLIST_FIRST(&ws->free);
	if (p != NULL)
		SLIST_REMOVE_HEAD(&ws->free, in_free);
	pthread_mutex_unlock(&ws->lock);
	return p;
}

/* A client has left its place, which gets a new generation. */
static void
place_give(struct workers *ws, struct place *p)
{
	unsigned generation = (atomic_load(&p->state) >> PLACE_SHIFT) + 1;

	ASSERT((atomic_load(&p->state) & PLACE_PARKED) == 0);
	p->client = NULL;
	p->known[0] = p->known[1] = p->armed[0] = p->armed[1] = false;
	atomic_store(&p->state, generation << PLACE_SHIFT);
	pthread_mutex_lock(&ws->lock);
	SLIST_INSERT_HEAD(&ws->free, p, in_free);
	pthread_mutex_unlock(&ws->lock);
}

static void
place_arm(struct workers *ws, struct place *p, int which, short wants)
{
	unsigned generation = atomic_load(&p->state) >> PLACE_SHIFT;
	struct epoll_event event = {
		.events = EPOLLONESHOT |
		    ((wants & POLLIN) != 0 ? (uint32_t)EPOLLIN : 0) |
		    ((wants & POLLOUT) != 0 ? (uint32_t)EPOLLOUT : 0),
		.data.u64 = event_data(generation, p->index << 1 |
		    (uint32_t)which),
	};

	if (wants == -1 || (p->armed[which] && p->wants[which] == wants))
		return;
	p->armed[which] = true;
	p->wants[which] = wants;
	/* It may be known from another place, where it was before. */
	if (p->known[which] || epoll_ctl(ws->epoll_fd, EPOLL_CTL_ADD,
	    p->fd[which], &event) == -1)
		epoll_ctl(ws->epoll_fd, EPOLL_CTL_MOD, p->fd[which], &event);
	p->known[which] = true;
}

/* What poll(2) says now of the descriptors that are waited for. */
static void
place_look(const struct place *p, const short wants[2], short revents[2])
{
	struct pollfd pfd[2];

	for (int i = 0; i < 2; i++)
		pfd[i] = (struct pollfd){ .fd = wants[i] == -1 ? -1 : p->fd[i],
		    .events = wants[i] };
	wait_for(pfd, 2, WAIT_NOW, WAIT_NO_SIGNALS);
	for (int i = 0; i < 2; i++)
		revents[i] = pfd[i].revents;
}

void
place_run(struct workers *ws, struct place *p, short revents[2])
{
	for (;;) {
		short wants[2] = { -1, -1 };
		enum workers_next next = p->turn(p->context, p->client,
		    revents, wants);
		unsigned running, marks;

		if (next == WORKERS_DONE) {
			place_give(ws, p);
			return;
		}
		/* Behind all others that have something to do. */
		if (next == WORKERS_AGAIN)
			wants[0] = wants[1] = POLLIN | POLLOUT;
		running = atomic_load(&p->state) & ~PLACE_MARKS;
		place_arm(ws, p, 0, wants[0]);
		place_arm(ws, p, 1, wants[1]);
		if (atomic_compare_exchange_strong(&p->state, &running,
		    running | PLACE_PARKED))
			return;
		/* Something came in between. */
		marks = atomic_fetch_and(&p->state, ~PLACE_MARKS);
		for (int i = 0; i < 2; i++) {
			if ((marks & PLACE_FIRED << i) != 0)
				p->armed[i] = false;
		}
		place_look(p, wants, revents);
	}
}

void
place_event(struct workers *ws, const struct epoll_event *event)
{
	uint32_t rest = (uint32_t)event->data.u64;
	uint32_t generation = (uint32_t)(event->data.u64 >> 32);
	uint32_t index = rest >> 1, which = rest & 1;
	struct place *p = atomic_load(&ws->block[index / BLOCK_PLACES]) +
	    index % BLOCK_PLACES;
	unsigned state = atomic_load(&p->state), wanted;
	short revents[2] = { 0, 0 };

	do {
		if (state >> PLACE_SHIFT != generation)
			return;		/* of a client that has gone */
		wanted = (state & PLACE_PARKED) != 0 ?
		    state & ~PLACE_MARKS : state | PLACE_FIRED << which;
	} while (!atomic_compare_exchange_weak(&p->state, &state, wanted));
	if ((state & PLACE_PARKED) == 0)
		return;			/* who has it will see the mark */
	p->armed[which] = false;
	revents[which] = (short)((event->events & EPOLLIN ? POLLIN : 0) |
	    (event->events & EPOLLOUT ? POLLOUT : 0) |
	    (event->events & EPOLLERR ? POLLERR : 0) |
	    (event->events & EPOLLHUP ? POLLHUP : 0));
	place_run(ws, p, revents);
}
