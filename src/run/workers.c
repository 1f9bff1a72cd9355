/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "run/workers_state.h"

/* Of a thread.  What is not touched costs no memory. */
#ifdef HAVE_SANITIZERS	/* they keep things of their own there */
#define STACK_SIZE	((size_t)8 * 1024 * 1024)
#else
#define STACK_SIZE	((size_t)256 * 1024)
#endif

/* A thread without work leaves after this. */
#define WORKER_IDLE	(2 * CLOCK_SECOND)

struct worker {
	struct workers	*ws;
	pthread_t	 thread;
	void		*stack;
	bool		 polls;
};

static __thread struct worker	*this_worker;

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
	struct timespec until;
	int errnum = 0;

	clock_timespec(clock_now() + WORKER_IDLE, &until);
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
	SLIST_INIT(&ws->free);
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
