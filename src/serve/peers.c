/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "io/dgram.h"
#include "serve/command.h"
#include "serve/environment.h"
#include "serve/forward.h"
#include "serve/peers.h"

#define BUCKETS		1024

/* Peers at a time, unless --max-conns says less: senders of datagrams can be
 * forged, and each takes a descriptor. */
#define PEERS_MOST	1000

#define EVENTS		64

/* A command's message, less the 32 bytes that the kernel wants for itself. */
#define MESSAGE_MOST	(DGRAM_MAX + 1 + 32)

struct peer {
	struct peer	*next;		/* in its bucket */
	struct peer	**link;		/* what points to us */
	struct addr	 remote;
	struct addr	 local;		/* where it sent to; len 0: unknown */
	int		 net_fd;	/* the listener's */
	int		 fd;		/* the target's, or the command's */
	struct unix_claim claim;	/* of fd */
	size_t		 segment;	/* of fd, see dgram_send() */
	struct command	 command;	/* pid 0: none */
	int64_t		 active;
	bool		 finishing;	/* its command gets no more */
	bool		 leaving;	/* its command does not answer any more,
					 * but has not ended */
	int64_t		 kill_at;	/* ... and is killed then */
};

struct peers {
	const struct options	*o;
	struct access		*access;
	struct listener		*l;
	int64_t			 deadline;
	int64_t			 idle;
	int			 epoll_fd;
	struct dgram_batch	*net_batch;
	struct dgram_batch	*batch;
	size_t			 segment;	/* of the listener's sockets */
	size_t			 count, most;
	bool			 served;	/* the one that is enough */
	enum result		 result;	/* ... and what became of it */
	struct error		*err;
	struct peer		*bucket[BUCKETS];
	struct peer		*leaving;
};

/* --- the table ----------------------------------------------------------- */

static struct peer **
peers_bucket(struct peers *ps, const struct addr *a)
{
	return &ps->bucket[addr_hash(a) % BUCKETS];
}

static struct peer *
peers_find(struct peers *ps, const struct addr *remote, int net_fd)
{
	struct peer *p = *peers_bucket(ps, remote);

	while (p != NULL && (p->net_fd != net_fd || !addr_equal(&p->remote,
	    remote)))
		p = p->next;
	return p;
}

static void
peers_unlink(struct peers *ps, struct peer *p)
{
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	ps->count--;
}

static void
peers_link(struct peers *ps, struct peer *p, struct peer **list)
{
	p->link = list;
	p->next = *p->link;
	if (p->next != NULL)
		p->next->link = &p->next;
	*p->link = p;
	ps->count++;
}

/* --- one peer's end ------------------------------------------------------ */

static void
peer_close(struct peer *p)
{
	struct connection c = { .fd = p->fd, .claim = p->claim };

	if (p->fd != -1)
		connection_close(&c);
	p->fd = -1;
	p->claim.path = NULL;
}

/* Its command has ended, or there is none. */
static void
peers_forget(struct peers *ps, struct peer *p)
{
	struct error err = { .result = RESULT_OK };
	enum result result = RESULT_OK;

	if (p->command.pid != 0)
		result = command_wait(&p->command, clock_earlier(ps->deadline,
		    p->kill_at), &err);
	peers_unlink(ps, p);
	free(p);
	if (ps->o->keep_open)
		return;
	ps->served = true;
	ps->result = result;
	*ps->err = err;
}

/* Others are served while its command goes on. */
static bool
peers_let_leave(struct peers *ps, struct peer *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };

	if (!ps->o->keep_open)
		return false;
	if (p->command.pidfd == -1 || epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD,
	    p->command.pidfd, &event) == -1) {
		p->kill_at = clock_after(clock_now(), CLOCK_SECOND);
		return false;
	}
	peers_unlink(ps, p);
	peers_link(ps, p, &ps->leaving);
	p->leaving = true;
	return true;
}

/* It has ended, or was silent for too long: without a command that is all. */
static void
peers_end(struct peers *ps, struct peer *p, const char *why)
{
	char text[ADDR_TEXT_MAX];

	log_line(LOG_STEP, "closed %s: %s", addr_format(&p->remote, text),
	    why);
	peer_close(p);
	if (p->command.pid == 0 || !peers_let_leave(ps, p))
		peers_forget(ps, p);
}

/* It, and a command that has not ended with its input. */
static void
peers_give_up(struct peers *ps, struct peer *p)
{
	if (p->command.pid != 0)
		command_signal(&p->command, SIGTERM);
	p->kill_at = clock_after(clock_now(), COMMAND_GRACE);
	peers_end(ps, p, "silent for too long");
}

/* --- one peer's begin ---------------------------------------------------- */

/* Where the peer sent to, and the port; if it is not known, what is bound. */
static struct addr
peers_local(const struct peer *p)
{
	struct addr bound, local = p->local;

	addr_local(p->net_fd, &bound);
	if (local.len == 0)
		return bound;
	addr_set_port(&local, addr_port(&bound));
	return local;
}

static enum result
peers_start_command(struct peers *ps, struct peer *p, struct error *err)
{
	const struct addr local = peers_local(p);
	const struct environment_peer who = {
		.proto = ps->o->unix_domain ? "UNIX" : "UDP",
		.local = &local,
		.remote = &p->remote,
		.fd = -1,
	};
	const int half = MESSAGE_MOST / 2;	/* the kernel doubles it */
	enum result result;
	char **env;
	int pair[2];

	/* Its messages are datagrams, and it has an end. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socketpair");
	/* One that is too long has to fail where it is written. */
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &half, sizeof(half));
	env = environment_make(&who);
	result = command_start(&p->command, ps->o, pair[1], NULL, env, err);
	environment_free(env);
	close(pair[1]);
	p->fd = pair[0];
	return result;
}

static enum result
peers_connect(struct peers *ps, struct peer *p, struct error *err)
{
	struct connection c;
	enum result result;

	if (ps->o->command != NULL)
		return peers_start_command(ps, p, err);
	result = forward_dial(ps->o, ps->deadline, &c, err);
	if (result != RESULT_OK)
		return result;
	p->fd = c.fd;
	p->claim = c.claim;
	p->segment = dgram_segment_limit(p->fd);
	return RESULT_OK;
}

static struct peer *
peers_add(struct peers *ps, const struct dgram *d, int net_fd)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	struct error err = { .result = RESULT_OK };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };
	char text[ADDR_TEXT_MAX];
	enum result result;

	p->remote = d->from;
	p->local = d->to;
	p->net_fd = net_fd;
	p->fd = -1;
	p->kill_at = CLOCK_NEVER;
	addr_format(&p->remote, text);
	log_line(LOG_STEP, "accepted %s", text);
	result = peers_connect(ps, p, &err);
	if (result == RESULT_OK) {
		epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD, p->fd, &event);
		peers_link(ps, p, peers_bucket(ps, &p->remote));
		return p;
	}
	log_line(LOG_STEP, "%s: %s", text, err.text);
	peer_close(p);
	free(p);
	if (!ps->o->keep_open) {
		ps->served = true;
		ps->result = result;
		*ps->err = err;
	}
	return NULL;
}

/* The peer that a datagram is from; NULL: it is not served. */
static struct peer *
peers_of(struct peers *ps, const struct dgram *d, int net_fd)
{
	struct peer *p = peers_find(ps, &d->from, net_fd);

	if (p != NULL)
		return p;
	if (d->from.len == 0 || ps->served ||
	    !access_admits(ps->access, &d->from))
		return NULL;
	if (ps->count >= ps->most) {
		log_line(LOG_DETAIL, "a datagram of one peer more than %zu was "
		    "dropped", ps->most);
		return NULL;
	}
	return peers_add(ps, d, net_fd);
}

/* --- datagrams ----------------------------------------------------------- */

/* A full queue loses datagrams, as on any network. */
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
		p->active = clock_now();
		if (dgram_send(p->fd, &piece, 1, NULL, NULL, &p->segment) ==
		    -1 && errno != EAGAIN)
			log_line(LOG_DETAIL, "a datagram was lost: %s",
			    strerror(errno));
	}
}

static void
peers_from_local(struct peers *ps, struct peer *p)
{
	struct dgram_cursor at = { 0, 0 };
	struct dgram d;
	int n = dgram_receive(ps->batch, p->fd, DGRAM_BATCH);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 && p->command.pid == 0) {
		char text[ADDR_TEXT_MAX];

		/* A refusal: the next datagram may find somebody. */
		log_line(LOG_STEP, "%s: the target: %s",
		    addr_format(&p->remote, text), strerror(errno));
		return;
	}
	p->active = clock_now();
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
		peers_end(ps, p, "the command has ended");
}

/* --- time ---------------------------------------------------------------- */

/* Silent ones go.  Returns when the next one is due. */
static int64_t
peers_expire(struct peers *ps)
{
	int64_t now = clock_now(), next = CLOCK_NEVER;

	for (size_t i = 0; i < BUCKETS; i++) {
		struct peer *p = ps->bucket[i], *following;

		for (; p != NULL; p = following) {
			int64_t due = clock_after(p->active, ps->idle);

			following = p->next;
			if (due > now) {
				next = clock_earlier(next, due);
			} else if (p->command.pid != 0 && !p->finishing) {
				/* What it still has to say is passed on. */
				p->finishing = true;
				p->active = now;
				shutdown(p->fd, SHUT_WR);
				next = clock_earlier(next, clock_after(now,
				    ps->idle));
			} else {
				peers_give_up(ps, p);
			}
		}
	}
	for (struct peer *p = ps->leaving; p != NULL; p = p->next) {
		if (p->kill_at <= now) {
			command_signal(&p->command, SIGKILL);
			p->kill_at = CLOCK_NEVER;
		}
		next = clock_earlier(next, p->kill_at);
	}
	return next;
}

static enum result
peers_wait(struct peers *ps, int64_t due)
{
	struct pollfd pfd[2] = {
		{ .fd = ps->epoll_fd, .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
	};

	poll(pfd, 2, clock_poll_timeout(clock_earlier(due, ps->deadline),
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

	if (net >= ps->l->fd && net < ps->l->fd + ps->l->count)
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
		access_reload_if_asked(ps->access, ps->deadline);
		/* One at a time: what it does may end another. */
		for (int n = 0; result == RESULT_OK && n < EVENTS &&
		    !ps->served && epoll_wait(ps->epoll_fd, &event, 1, 0) == 1;
		    n++)
			peers_handle(ps, &event);
		due = peers_expire(ps);
	}
	return result == RESULT_OK ? ps->result : result;
}

static void
peers_leave_all(struct peers *ps, struct peer **list)
{
	struct peer *p;

	while ((p = *list) != NULL) {
		peer_close(p);
		command_end(&p->command);
		peers_unlink(ps, p);
		free(p);
	}
}

static void
peers_leave(struct peers *ps)
{
	for (size_t i = 0; i < BUCKETS; i++)
		peers_leave_all(ps, &ps->bucket[i]);
	peers_leave_all(ps, &ps->leaving);
	dgram_batch_free(ps->net_batch);
	dgram_batch_free(ps->batch);
	close(ps->epoll_fd);
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
	ps->most = !o->keep_open ? 1 : o->max_conns > 0 &&
	    o->max_conns < PEERS_MOST ? (size_t)o->max_conns : PEERS_MOST;
	ps->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (ps->epoll_fd == -1) {
		free(ps);
		return error_set_errno(err, RESULT_LOCAL, errno, "epoll");
	}
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
