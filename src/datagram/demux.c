/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "datagram/demux.h"
#include "datagram/demux_state.h"
#include "datagram/events.h"

/* --- the thread ---------------------------------------------------------- */

/* Milliseconds until there is something to do, without an event. */
static int
demux_patience(struct demux *d)
{
	if (d->refusal_turns > 0)
		return 0;
	return demux_makes_room(d) && demux_backlog_waits(d, clock_now()) >= 0 ?
	    1000 : -1;
}

/* False: it is time to go. */
static bool
demux_woken(struct demux *d)
{
	bool stopping;

	if (!wakeup_clear(d->wake_fd))
		return true;
	pthread_mutex_lock(&d->lock);
	stopping = d->stopping;
	pthread_mutex_unlock(&d->lock);
	return !stopping;
}

/* False: it is time to go. */
static bool
demux_handle(struct demux *d, const struct epoll_event *event)
{
	uint64_t number = events_number(event);
	struct demux_session *s;

	switch (events_kind(event)) {
	case EVENT_WAKE:
		return demux_woken(d);
	case EVENT_PEER:
		s = (struct demux_session *)peer_table_numbered(&d->table,
		    number);
		if (s != NULL && demux_from_session(d, s) == MOVED_ALL)
			demux_drop(d, s);
		break;
	case EVENT_SOCKET:
		if ((event->events & EPOLLERR) != 0)
			demux_take_refusals(d, (size_t)number);
		demux_from_net(d, (size_t)number);
		break;
	case EVENT_LOOKUP:
		break;		/* of no name */
	}
	return true;
}

/* A service manager may go on with the sockets. */
static void
demux_give_back(const struct demux *d)
{
	int errnum;
	socklen_t len = sizeof(errnum);

	for (size_t i = 0; i < d->l->count; i++) {
		if (d->l->fd[i] == -1)
			continue;
		refusal_want(d->l->fd[i], false);
		getsockopt(d->l->fd[i], SOL_SOCKET, SO_ERROR, &errnum, &len);
	}
}

static void *
demux_run(void *arg)
{
	struct demux *d = arg;
	struct epoll_event event;
	struct peer *p;
	bool goes_on = true;

	/* One at a time: what it does may end another. */
	while (goes_on) {
		bool refused = d->refusal_turns > 0;
		int n = epoll_wait(d->epoll_fd, &event, 1, demux_patience(d));

		if (n == 1)
			goes_on = demux_handle(d, &event);
		if (demux_makes_room(d))
			demux_make_room(d);
		if (refused && (n == 0 || --d->refusal_turns == 0))
			demux_drop_refused(d);
	}
	while ((p = peer_table_first(&d->table)) != NULL) {
		struct demux_session *s = (struct demux_session *)p;

		if (demux_from_session(d, s) != MOVED_SOME)
			demux_drop(d, s);
	}
	demux_give_back(d);
	return NULL;
}

/* --- from beginning to end ----------------------------------------------- */

static void
demux_free(struct demux *d)
{
	receiver_free(&d->net);
	receiver_free(&d->local);
	peer_table_free(&d->table);
	if (d->epoll_fd != -1)
		close(d->epoll_fd);
	wakeup_close(d->wake_fd);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

static void
demux_watch(struct demux *d)
{
	events_add(d->epoll_fd, d->wake_fd, EVENT_WAKE, 0);
	for (size_t i = 0; i < d->l->count; i++) {
		refusal_want(d->l->fd[i], true);
		events_add(d->epoll_fd, d->l->fd[i], EVENT_SOCKET, i);
	}
}

enum result
demux_start(const struct run *r, struct listener *l,
    struct listener *clients, struct demux **out, struct error *err)
{
	struct demux *d = xcalloc(1, sizeof(*d));
	int errnum = 0;

	d->run = r;
	d->o = r->options;
	d->access = r->access;
	d->l = l;
	d->backlog_most = demux_backlog_limit();
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	d->wake_fd = wakeup_open(WAKEUP_ONCE);
	d->backlog_fd = wakeup_open(WAKEUP_COUNTS);
	if (d->epoll_fd == -1 || d->wake_fd == -1 || d->backlog_fd == -1)
		errnum = errno;
	pthread_mutex_init(&d->lock, NULL);
	d->segment = dgram_segment_limit(l->fd[0]);
	peer_table_init(&d->table);
	receiver_init(&d->net, l->fd[0], 0);
	receiver_init(&d->local, d->wake_fd, 0);
	if (errnum == 0) {
		demux_watch(d);
		errnum = signals_thread(&d->thread, NULL, demux_run, d);
	}
	if (errnum != 0) {
		wakeup_close(d->backlog_fd);
		demux_free(d);
		return error_set_errno(err, RESULT_LOCAL, errnum, "DTLS");
	}
	*clients = (struct listener){
		.fd = { d->backlog_fd },
		.addr = { l->addr[0] },
		.count = 1,
		.type = SOCK_DGRAM,
		.source = { demux_backlog_accept, demux_backlog_close, d },
	};
	*out = d;
	return RESULT_OK;
}

void
demux_stop(struct demux *d)
{
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_mutex_unlock(&d->lock);
	wakeup_set(d->wake_fd);
	pthread_join(d->thread, NULL);
	demux_free(d);
}
