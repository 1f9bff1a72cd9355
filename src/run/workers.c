/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "run/workers.h"

/* Of a thread.  What is not touched costs no memory. */
#ifdef HAVE_SANITIZERS	/* they keep things of their own there */
#define STACK_SIZE	((size_t)8 * 1024 * 1024)
#else
#define STACK_SIZE	((size_t)256 * 1024)
#endif

/* A thread without work leaves after this. */
#define WORKER_IDLE	(2 * CLOCK_SECOND)

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
	struct place	*next_free;
};

struct worker {
	struct workers	*ws;
	pthread_t	 thread;
	void		*stack;
	bool		 polls;
};

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
	struct place		*free;
	struct worker		*dead;		/* to be joined */
};

static __thread struct worker	*this_worker;

/* --- what an event says -------------------------------------------------- */

#define DATA_SHARED	UINT32_MAX		/* as generation */
#define DATA_STOP	(UINT32_MAX - 1)

static uint64_t
event_data(uint32_t generation, uint32_t rest)
{
	return (uint64_t)generation << 32 | rest;
}

/* --- places -------------------------------------------------------------- */

static struct place *
place_take(struct workers *ws)
{
	struct place *p;

	pthread_mutex_lock(&ws->lock);
	if (ws->free == NULL && ws->blocks < BLOCKS_MOST) {
		struct place *block = xcalloc(BLOCK_PLACES, sizeof(*block));

		for (uint32_t i = 0; i < BLOCK_PLACES; i++) {
			block[i].index = (uint32_t)ws->blocks * BLOCK_PLACES +
			    i;
			block[i].next_free = ws->free;
			ws->free = &block[i];
		}
		atomic_store(&ws->block[ws->blocks++], block);
	}
	p = ws->free;
	if (p != NULL)
		ws->free = p->next_free;
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
	p->next_free = ws->free;
	ws->free = p;
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

/* The client runs in this thread, until it waits. */
static void
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

static void
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

/* --- threads ------------------------------------------------------------- */

static void *
worker_stack(void)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

	if (stack == MAP_FAILED)
		return NULL;
	mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
	return stack;
}

static void
worker_bury(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_join(w->thread, NULL);
	munmap(w->stack, STACK_SIZE);
	free(w);
}

/* Wait until a poller is missing.  False: there is no work. */
static bool
worker_becomes_poller(struct worker *w)
{
	struct workers *ws = w->ws;
	int64_t at = clock_now() + WORKER_IDLE;
	struct timespec until;
	int errnum = 0;

	until.tv_sec = (time_t)(at / CLOCK_SECOND);
	until.tv_nsec = (long)(at % CLOCK_SECOND);
	pthread_mutex_lock(&ws->lock);
	ws->idle++;
	while (ws->pollers >= ws->most_pollers && !ws->stopping && errnum == 0)
		errnum = pthread_cond_clockwait(&ws->work, &ws->lock,
		    CLOCK_MONOTONIC, &until);
	ws->idle--;
	w->polls = ws->pollers < ws->most_pollers && !ws->stopping;
	ws->pollers += w->polls;
	pthread_mutex_unlock(&ws->lock);
	return w->polls;
}

static void
worker_poll(struct worker *w)
{
	struct workers *ws = w->ws;
	struct epoll_event event;

	while (w->polls) {
		if (epoll_wait(ws->epoll_fd, &event, 1, -1) != 1)
			continue;
		if (event.data.u64 >> 32 == DATA_STOP)
			break;
		if (event.data.u64 >> 32 == DATA_SHARED)
			ws->ops->ready(ws->context,
			    (uint32_t)event.data.u64);
		else
			place_event(ws, &event);
	}
}

static void	worker_blocks(void);

static void *
worker_run(void *arg)
{
	struct worker *w = arg, *before;
	struct workers *ws = w->ws;

	this_worker = w;
	blocking_set_hook(worker_blocks);
	while (worker_becomes_poller(w))
		worker_poll(w);
	pthread_mutex_lock(&ws->lock);
	ws->threads--;
	before = ws->dead;
	ws->dead = w;
	pthread_cond_broadcast(&ws->work);
	pthread_mutex_unlock(&ws->lock);
	worker_bury(before);
	return NULL;
}

/* One thread more.  With the lock held.  0 or an errno value. */
static int
workers_add(struct workers *ws)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	pthread_attr_t attr;
	int errnum = EAGAIN;

	w->ws = ws;
	w->stack = worker_stack();
	pthread_attr_init(&attr);
	if (w->stack != NULL && pthread_attr_setstack(&attr, w->stack,
	    STACK_SIZE) == 0)
		errnum = signals_thread(&w->thread, &attr, worker_run, w);
	pthread_attr_destroy(&attr);
	if (errnum == 0) {
		ws->threads++;
		return 0;
	}
	if (w->stack != NULL)
		munmap(w->stack, STACK_SIZE);
	free(w);
	return errnum;
}

/* What it does now may take a while: another one polls. */
static void
worker_blocks(void)
{
	struct worker *w = this_worker;
	struct workers *ws = w->ws;
	int errnum = 0;

	if (!w->polls)
		return;
	pthread_mutex_lock(&ws->lock);
	ASSERT(ws->pollers > 0);
	w->polls = false;
	ws->pollers--;
	if (ws->idle > ws->most_pollers - ws->pollers - 1)
		pthread_cond_signal(&ws->work);
	else
		errnum = workers_add(ws);
	pthread_mutex_unlock(&ws->lock);
	if (errnum != 0)
		ws->ops->crowded(ws->context, errnum);
}

/* --- all together -------------------------------------------------------- */

struct workers *
workers_new(const struct workers_ops *ops, void *context)
{
	struct workers *ws = xcalloc(1, sizeof(*ws));
	struct epoll_event stop = { .events = EPOLLIN,
	    .data.u64 = event_data(DATA_STOP, 0) };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int errnum;

	ws->ops = ops;
	ws->context = context;
	ws->most_pollers = processors > 2 ? (size_t)processors : 2;
	pthread_mutex_init(&ws->lock, NULL);
	pthread_cond_init(&ws->work, NULL);
	ws->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	ws->stop_fd = wakeup_open(WAKEUP_ONCE);
	errnum = errno;
	if (ws->epoll_fd != -1 && ws->stop_fd != -1) {
		epoll_ctl(ws->epoll_fd, EPOLL_CTL_ADD, ws->stop_fd, &stop);
		pthread_mutex_lock(&ws->lock);
		errnum = workers_add(ws);
		if (errnum == 0)
			workers_add(ws);	/* better with two */
		pthread_mutex_unlock(&ws->lock);
		if (errnum == 0)
			return ws;
	}
	workers_free(ws);
	errno = errnum;
	return NULL;
}

static void
workers_arm_shared(struct workers *ws, size_t i, int op)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
	    .data.u64 = event_data(DATA_SHARED, (uint32_t)i) };

	epoll_ctl(ws->epoll_fd, op, ws->shared[i], &event);
}

void
workers_share(struct workers *ws, size_t i, int fd)
{
	ASSERT(i < SHARED_MOST);
	ws->shared[i] = fd;
	workers_arm_shared(ws, i, EPOLL_CTL_ADD);
}

void
workers_rearm(struct workers *ws, size_t i)
{
	workers_arm_shared(ws, i, EPOLL_CTL_MOD);
}

/* A million of them are parked: then it runs in this thread. */
static void
workers_run_here(workers_turn *turn, void *context, void *client,
    const int fd[2])
{
	short revents[2] = { 0, 0 }, wants[2];

	blocking_begins();
	while (turn(context, client, revents, wants) != WORKERS_DONE) {
		struct pollfd pfd[2] = {
			{ .fd = wants[0] == -1 ? -1 : fd[0],
			    .events = wants[0] },
			{ .fd = wants[1] == -1 ? -1 : fd[1],
			    .events = wants[1] },
		};

		wait_for(pfd, 2, CLOCK_NEVER, WAIT_NO_SIGNALS);
		revents[0] = pfd[0].revents;
		revents[1] = pfd[1].revents;
	}
}

void
workers_park(struct workers *ws, workers_turn *turn, void *context,
    void *client, const int fd[2])
{
	struct place *p = place_take(ws);
	short revents[2] = { 0, 0 };

	if (p == NULL) {
		workers_run_here(turn, context, client, fd);
		return;
	}
	p->turn = turn;
	p->context = context;
	p->client = client;
	p->fd[0] = fd[0];
	p->fd[1] = fd[1];
	place_run(ws, p, revents);
}

void
workers_stop(struct workers *ws)
{
	pthread_mutex_lock(&ws->lock);
	ws->stopping = true;
	wakeup_set(ws->stop_fd);
	pthread_cond_broadcast(&ws->work);
	while (ws->threads > 0)
		pthread_cond_wait(&ws->work, &ws->lock);
	pthread_mutex_unlock(&ws->lock);
	worker_bury(ws->dead);
	ws->dead = NULL;
	for (size_t i = 0; i < ws->blocks; i++) {
		struct place *block = atomic_load(&ws->block[i]);

		for (size_t k = 0; k < BLOCK_PLACES; k++) {
			struct place *p = &block[k];
			short revents[2] = { POLLIN, POLLIN };

			if ((atomic_load(&p->state) & PLACE_PARKED) == 0)
				continue;
			atomic_fetch_and(&p->state, ~PLACE_MARKS);
			place_run(ws, p, revents);
		}
	}
}

void
workers_free(struct workers *ws)
{
	ASSERT(ws->threads == 0);
	if (ws->epoll_fd != -1)
		close(ws->epoll_fd);
	wakeup_close(ws->stop_fd);
	for (size_t i = 0; i < ws->blocks; i++)
		free(atomic_load(&ws->block[i]));
	pthread_mutex_destroy(&ws->lock);
	pthread_cond_destroy(&ws->work);
	free(ws);
}
