/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "datagram/peers.h"
#include "datagram/peers_state.h"

/* Peers at a time, unless --max-conns says less: senders of datagrams can be
 * forged, and each takes a descriptor, or a process. */
#define PEERS_MOST	4096
#define COMMANDS_MOST	1000

/* Of the descriptors, so many are for others, and a peer takes so many. */
#define RESERVED_FDS	64
#define COMMAND_FDS	3	/* and one that leaves */

#define EVENTS		64

/* The peer that a datagram is from; NULL: it is not served. */
static struct peer *
peers_of(struct peers *ps, const struct dgram *d, int net_fd)
{
	struct peer *p = peers_find(ps, &d->from, net_fd);

	/* Who is there was let in: see peers_judge(). */
	if (p != NULL)
		return p;
	if (d->from.len == 0 || ps->served ||
	    (ps->count > 0 && !ps->o->keep_open) ||
	    !access_admits(ps->access, &d->from))
		return NULL;
	p = peers_insert(ps, d, net_fd);
	return peers_begin(ps, p) ? p : NULL;
}

/* --- datagrams ----------------------------------------------------------- */

static void
peers_from_net(struct peers *ps, int net_fd)
{
	struct dgram_cursor at = { 0, 0 };
	struct dgram d;

	if (dgram_receive(ps->net_batch, net_fd, DGRAM_BATCH) < 1)
		return;
	while (dgram_batch_next(ps->net_batch, &at, &d)) {
		struct dgram_piece piece = { d.data, d.length };
		struct peer *p = peers_of(ps, &d, net_fd);

		/* To a command an empty message would be the end. */
		if (p == NULL || p->finishing ||
		    (d.length == 0 && p->command.pid != 0))
			continue;
		peers_touch(ps, p);
		peers_to_target(ps, p, &piece);
	}
}

static void
peers_from_local(struct peers *ps, struct peer *p)
{
	struct dgram_cursor at = { 0, 0 };
	struct dgram d;
	int n = dgram_receive(ps->batch, p->c.fd, DGRAM_BATCH);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 && p->command.pid == 0) {
		/* If nobody is there, the next datagram may find somebody. */
		peers_target_failed(ps, p, errno);
		return;
	}
	peers_touch(ps, p);
	if (n > 0)
		peers_target_answers(ps, p);
	while (n > 0 && dgram_batch_next(ps->batch, &at, &d)) {
		struct dgram_piece piece = { d.data, d.length };

		if (d.length == 0 && p->command.pid != 0) {
			n = 0;
			break;
		}
		if (dgram_send(p->net_fd, &piece, 1, &p->remote, &p->local,
		    &ps->segment) == -1 && errno == EMSGSIZE)
			log_line(LOG_ERROR, "a message of %zu bytes is too "
			    "long for a datagram", d.length);
	}
	if (n < 1)
		peers_end(ps, p, NULL);
}

/* --- waiting ------------------------------------------------------------- */

static enum result
peers_wait(struct peers *ps, int64_t due)
{
	struct pollfd pfd[3] = {
		{ .fd = ps->epoll_fd, .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
		{ .fd = ps->access == NULL ? -1 : signals_reload_fd(),
		    .events = POLLIN },
	};

	poll(pfd, 3, clock_poll_timeout(clock_earlier(due, ps->deadline),
	    clock_now()));
	if (signals_caught() != 0)
		return error_set(ps->err, RESULT_SIGNAL, "interrupted");
	if (clock_now() >= ps->deadline)
		return error_set(ps->err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	return RESULT_OK;
}

static void
peers_handle(struct peers *ps, const struct epoll_event *event)
{
	int *net = event->data.ptr;
	struct peer *p = event->data.ptr;

	if (event->data.ptr == &ps->lookup)
		peers_found(ps);
	else if (net >= ps->l->fd && net < ps->l->fd + ps->l->count)
		peers_from_net(ps, *net);
	else if (p->leaving)
		peers_forget(ps, p);
	else
		peers_from_local(ps, p);
}

static enum result
peers_loop(struct peers *ps)
{
	enum result result = RESULT_OK;
	int64_t due = CLOCK_NEVER;

	while (result == RESULT_OK && !ps->served) {
		struct epoll_event event;

		result = peers_wait(ps, due);
		if (access_reload_if_asked(ps->access, ps->deadline))
			peers_judge(ps);
		/* One at a time: what it does may end another. */
		for (int n = 0; result == RESULT_OK && n < EVENTS &&
		    !ps->served && epoll_wait(ps->epoll_fd, &event, 1, 0) == 1;
		    n++)
			peers_handle(ps, &event);
		peers_look_late(ps);
		due = clock_earlier(peers_expire(ps), peers_look_until(ps));
		due = clock_earlier(due, repeats_say_counts(ps->faults,
		    clock_now()));
	}
	return result == RESULT_OK ? ps->result : result;
}

static void
peers_leave(struct peers *ps)
{
	peers_leave_all(ps);
	peers_free_target(ps);
	repeats_end(ps->faults);
	repeats_free(ps->faults);
	dgram_batch_free(ps->net_batch);
	dgram_batch_free(ps->batch);
	close(ps->epoll_fd);
}

/* As many descriptors as may be; commands would inherit the limit. */
static size_t
peers_descriptors(const struct options *o)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1024;
	if (o->command == NULL && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

static size_t
peers_most(const struct options *o)
{
	size_t fds = peers_descriptors(o), each = 1, most = PEERS_MOST;

	if (!o->keep_open)
		return 1;
	if (o->command != NULL) {
		each = COMMAND_FDS;
		most = COMMANDS_MOST;
	}
	if (fds < RESERVED_FDS + each)
		fds = RESERVED_FDS + each;
	if ((fds - RESERVED_FDS) / each < most)
		most = (fds - RESERVED_FDS) / each;
	return o->max_conns > 0 && (size_t)o->max_conns < most ?
	    (size_t)o->max_conns : most;
}

enum result
peers_run(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, struct error *err)
{
	struct peers *ps = xcalloc(1, sizeof(*ps));
	struct epoll_event event = { .events = EPOLLIN };
	enum result result;

	ps->o = o;
	ps->access = access;
	ps->l = l;
	ps->deadline = deadline;
	ps->err = err;
	ps->idle = o->idle_timeout;
	ps->most = peers_most(o);
	ps->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (ps->epoll_fd == -1) {
		free(ps);
		return error_set_errno(err, RESULT_LOCAL, errno, "epoll");
	}
	ps->faults = repeats_new();
	peers_init_table(ps);
	peers_init_target(ps);
	ps->net_batch = dgram_batch_new(l->fd[0]);
	ps->batch = dgram_batch_new(l->fd[0]);
	ps->segment = dgram_segment_limit(l->fd[0]);
	for (size_t i = 0; i < l->count; i++) {
		event.data.ptr = &l->fd[i];
		epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD, l->fd[i], &event);
	}
	result = peers_loop(ps);
	peers_leave(ps);
	free(ps);
	return result;
}
