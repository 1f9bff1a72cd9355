/* SPDX-License-Identifier: ISC */
/* A datagram listener that gives each of its peers something of its own: a
 * socket to the target of --forward, or a command. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "datagram/events.h"
#include "datagram/peers_state.h"
#include "net/life.h"
#include "report/report.h"
#include "session/way.h"

/* Peers at a time, unless --max-conns says less: senders of datagrams can be
 * forged, and each takes a descriptor, or a process. */
#define PEERS_MOST	4096
#define COMMANDS_MOST	1000

/* Of the descriptors, so many are for others, and a peer takes so many. */
#define RESERVED_FDS	64
#define COMMAND_FDS	3	/* and one that leaves */

#define EVENTS		64

/* --- datagrams ----------------------------------------------------------- */

/* It is given what it has of its own.  False: it was not served, and is no
 * more. */
static bool
peers_begin(struct peers *ps, struct association *a)
{
	char text[ADDR_TEXT_MAX];

	a->number = run_number(ps->run);
	log_set_connection(a->number);
	life_tell(&(struct life_event){ .kind = LIFE_ACCEPTED,
	    .type = SOCK_DGRAM, .remote = &a->peer.remote });
	log_line(LOG_STEP, "accepted %s", addr_format(&a->peer.remote, text));
	a->begun = clock_now();
	heard_put(ps->senders, &a->peer.remote);
	a->copied = copied_begin(ps->run, a->number, ps->l->fd[a->peer.socket],
	    &a->peer.local, &a->peer.remote);
	return ps->o->command.argv != NULL ? peers_begin_command(ps, a) :
	    peers_begin_target(ps, a);
}

/* Whose a datagram is; NULL: it is not served. */
static struct association *
peers_of(struct peers *ps, const struct dgram *d, size_t socket)
{
	struct association *a;

	if (d->from.len == 0)
		return NULL;
	a = peers_find(ps, &d->from, socket);
	/* Who is there was let in: see peers_judge(). */
	if (a != NULL)
		return a;
	if (ps->served || (ps->table.count > 0 && !ps->o->server.keep_open) ||
	    !access_admits(ps->access, &d->from))
		return NULL;
	a = peers_insert(ps, d, socket);
	return peers_begin(ps, a) ? a : NULL;
}

/* It came from the peer. */
static void
peers_note_received(struct association *a, const struct dgram *d)
{
	struct record_datagrams *counts = &a->datagrams;

	copies_piece(a->copied, TAP_RECEIVED, d->data, d->length);
	a->received += d->length;
	pump_traffic_set(&a->served.traffic, a->sent, a->received);
	counts->received++;
	if (d->length > counts->largest_received)
		counts->largest_received = d->length;
}

/* It went to the peer. */
static void
peers_note_sent(struct association *a, const struct dgram *d)
{
	struct record_datagrams *counts = &a->datagrams;

	copies_piece(a->copied, TAP_SENT, d->data, d->length);
	a->sent += d->length;
	pump_traffic_set(&a->served.traffic, a->sent, a->received);
	counts->sent++;
	if (d->length > counts->largest_sent)
		counts->largest_sent = d->length;
}

static void
peers_from_net(struct peers *ps, size_t socket)
{
	struct dgram d;

	if (receiver_receive(&ps->net, ps->l->fd[socket], DGRAM_BATCH) < 1)
		return;
	while (receiver_next(&ps->net, &d)) {
		struct dgram_piece piece = { d.data, d.length };
		struct association *a = peers_of(ps, &d, socket);

		/* To a command an empty message would be the end. */
		if (a == NULL || a->finishing ||
		    (d.length == 0 && a->command.pid != 0))
			continue;
		peers_touch(ps, a);
		peers_note_received(a, &d);
		peers_to_target(ps, a, &piece);
	}
}

/* What its command or the target has sent. */
static void
peers_to_peer(struct peers *ps, struct association *a, const struct dgram *d)
{
	const struct peer *p = &a->peer;
	struct dgram_piece piece = { d->data, d->length };

	if (dgram_send(ps->l->fd[p->socket], &piece, 1, &p->remote, &p->local,
	    &ps->segment) == 1)
		peers_note_sent(a, d);
	else if (errno == EMSGSIZE)
		log_line(LOG_ERROR, "a message of %zu bytes is too long for a "
		    "datagram", d->length);
}

static void
peers_from_local(struct peers *ps, struct association *a)
{
	struct dgram d;
	int n = receiver_receive(&ps->local, a->c.fd, DGRAM_BATCH);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 && a->command.pid == 0) {
		/* If nobody is there, the next datagram may find somebody. */
		peers_target_failed(ps, a, errno);
		return;
	}
	peers_touch(ps, a);
	if (n > 0)
		peers_target_answers(ps, a);
	while (n > 0 && receiver_next(&ps->local, &d)) {
		if (d.length == 0 && a->command.pid != 0)
			n = 0;		/* the end */
		else
			peers_to_peer(ps, a, &d);
	}
	if (n < 1)
		peers_end(ps, a, NULL);
}

/* --- waiting ------------------------------------------------------------- */

static enum result
peers_wait(struct peers *ps, int64_t due)
{
	struct pollfd pfd[2] = {
		{ .fd = ps->epoll_fd, .events = POLLIN },
		{ .fd = ps->access == NULL ? -1 : signals_reload_fd(),
		    .events = POLLIN },
	};
	enum result result = wait_error(wait_for(pfd, 2, clock_earlier(due,
	    ps->deadline), 0), ps->err);

	if (result == RESULT_OK && clock_now() >= ps->deadline)
		return error_set(ps->err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	return result;
}

static void
peers_handle(struct peers *ps, const struct epoll_event *event)
{
	uint64_t number = events_number(event);
	struct association *a;

	log_set_connection(0);
	switch (events_kind(event)) {
	case EVENT_SOCKET:
		peers_from_net(ps, (size_t)number);
		break;
	case EVENT_PEER:
		a = (struct association *)peer_table_numbered(&ps->table,
		    number);
		if (a != NULL)
			log_set_connection(a->number);
		if (a != NULL && a->leaving)
			peers_forget(ps, a);
		else if (a != NULL)
			peers_from_local(ps, a);
		break;
	case EVENT_LOOKUP:
		peers_found(ps);
		break;
	case EVENT_WAKE:
		break;		/* nobody does */
	}
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

/* The listener's queues are those of all peers. */
static void
peers_report(const struct peers *ps)
{
	uint64_t lost = ps->lost;

	for (size_t i = 0; i < ps->l->count && ps->run->report != NULL; i++)
		lost += record_drops(ps->l->fd[i]);
	report_datagrams(ps->run->report, heard_count(ps->senders), lost);
}

static void
peers_leave(struct peers *ps)
{
	peers_leave_all(ps);
	peers_report(ps);
	heard_free(ps->senders);
	peers_free_target(ps);
	repeats_end(ps->faults);
	repeats_free(ps->faults);
	receiver_free(&ps->net);
	receiver_free(&ps->local);
	peer_table_free(&ps->table);
	close(ps->epoll_fd);
}

/* As many descriptors as may be; commands would inherit the limit. */
static size_t
peers_descriptors(const struct options *o)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1024;
	if (o->command.argv == NULL && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

static size_t
peers_most(const struct run *r)
{
	const struct options *o = r->options;
	size_t fds = peers_descriptors(o), each = 1, most = PEERS_MOST;

	if (!o->server.keep_open)
		return 1;
	if (o->command.argv != NULL) {
		each = COMMAND_FDS;
		most = COMMANDS_MOST;
	}
	each += copies_files(r->copies);
	if (fds < RESERVED_FDS + each)
		fds = RESERVED_FDS + each;
	if ((fds - RESERVED_FDS) / each < most)
		most = (fds - RESERVED_FDS) / each;
	return o->server.max_conns > 0 && (size_t)o->server.max_conns < most ?
	    (size_t)o->server.max_conns : most;
}

/*
 * Serve the first peer, or with -k every peer, until a signal, the deadline, or
 * the end of the one.  A peer that is silent both ways for the idle time (a
 * minute if none was given) is forgotten; its command gets an end of input.  l
 * stays the caller's.
 */
static enum result
peers_listen(const struct run *r, struct listener *l,
    struct error *err)
{
	const struct options *o = r->options;
	struct peers *ps = xcalloc(1, sizeof(*ps));
	enum result result;

	ps->run = r;
	ps->o = o;
	ps->access = r->access;
	ps->l = l;
	ps->deadline = r->deadline;
	ps->err = err;
	ps->idle = o->pump.idle_timeout;
	ps->most = peers_most(r);
	ps->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (ps->epoll_fd == -1) {
		free(ps);
		return error_set_errno(err, RESULT_LOCAL, errno, "epoll");
	}
	ps->faults = repeats_new();
	ps->senders = heard_new(r->report);
	peer_table_init(&ps->table);
	TAILQ_INIT(&ps->leaving);
	TAILQ_INIT(&ps->waiting);
	peers_init_target(ps);
	receiver_init(&ps->net, l->fd[0], 0);
	receiver_init(&ps->local, l->fd[0], 0);
	ps->segment = dgram_segment_limit(l->fd[0]);
	for (size_t i = 0; i < l->count; i++)
		events_add(ps->epoll_fd, l->fd[i], EVENT_SOCKET, i);
	result = peers_loop(ps);
	peers_leave(ps);
	free(ps);
	return result;
}

static bool
peers_wanted(const struct run *r)
{
	const struct options *o = r->options;

	return layers_bare_datagrams(r) && o->listening &&
	    (o->command.argv != NULL || o->forward.text != NULL);
}

extern const struct way way_peers;
const struct way way_peers = {
	.wanted = peers_wanted,
	.listen = peers_listen,
};
