/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "datagram/peers_state.h"
#include "net/resolve.h"
#include "serve/environment.h"
#include "serve/forward.h"

/* A command's message, less the 32 bytes that the kernel wants for itself. */
#define MESSAGE_MOST	(DGRAM_MAX + 1 + 32)

/* What a look-up has found is good for so long: of a thousand newcomers in a
 * second not each needs its own. */
#define FOUND_TIME	CLOCK_SECOND

/* Bytes that are kept for one peer, and for all. */
#define KEPT_ONE	(64 * 1024)
#define KEPT_ALL	(16 * 1024 * 1024)

/* A datagram is given to the target's socket so often: refusals of earlier ones
 * come first. */
#define SEND_TRIES	3

/* --- what is kept -------------------------------------------------------- */

static void
peers_count_kept(struct peers *ps, struct peer *p)
{
	ps->kept += p->retarget.doubt.bytes - p->kept;
	p->kept = p->retarget.doubt.bytes;
}

/* How much may be kept for p. */
static size_t
peers_keep_most(const struct peers *ps, const struct peer *p)
{
	size_t room = ps->kept < KEPT_ALL ? KEPT_ALL - ps->kept : 0;

	return p->kept + room < KEPT_ONE ? p->kept + room : KEPT_ONE;
}

static void
peers_lost(int errnum)
{
	log_line(LOG_DETAIL, "a datagram was lost: %s", strerror(errnum));
}

/* --- commands ------------------------------------------------------------ */

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
		.stranger = true,
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
	p->c.fd = pair[0];
	return result;
}

/* --- targets ------------------------------------------------------------- */

/* The address that answered last comes first. */
static void
peers_copy_found(const struct peers *ps, struct addr_list *list)
{
	const struct addr_list *found = &ps->lookup.found;
	const struct addr *first = NULL;

	for (size_t i = 0; i < found->count; i++) {
		if (addr_equal(&found->addr[i], &ps->lookup.answers))
			first = &found->addr[i];
	}
	if (first != NULL)
		addr_list_add(list, first);
	for (size_t i = 0; i < found->count; i++) {
		if (&found->addr[i] != first)
			addr_list_add(list, &found->addr[i]);
	}
}

static enum result
peers_dial(struct peers *ps, struct peer *p, struct error *err)
{
	enum result result;

	if (ps->o->forward.kind == ENDPOINT_UNIX) {
		result = dial_unix(&ps->dial, ps->o->forward.path, &p->c, err);
	} else {
		connection_close(&p->c);
		p->c.next_target = 0;
		peers_copy_found(ps, &p->c.targets);
		result = dial_next(&ps->dial, &p->c, err);
	}
	if (result == RESULT_OK)
		p->segment = dgram_segment_limit(p->c.fd);
	return result;
}

/* What came from the peer while there was no socket, or was refused.  False:
 * nothing more can be sent now, errno says why. */
static bool
peers_send_kept(struct peers *ps, struct peer *p)
{
	int n = 0;

	while (retarget_waits(&p->retarget) && n != -1)
		n = retarget_send(&p->retarget, &p->segment, clock_now());
	peers_count_kept(ps, p);
	return n != -1;
}

/* There may be another socket, with the same number. */
static void
peers_follow(struct peers *ps, struct peer *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };

	if (p->trades == p->retarget.trades)
		return;
	p->trades = p->retarget.trades;
	p->segment = dgram_segment_limit(p->c.fd);
	epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD, p->c.fd, &event);
}

/* True: there is another address, and what was refused went there; or somebody
 * else has the path by now. */
static bool
peers_go_on(struct peers *ps, struct peer *p, int errnum)
{
	bool goes_on;

	if (p->c.remote.sa.sa_family == AF_UNIX)
		return connect(p->c.fd, &p->c.remote.sa, p->c.remote.len) == 0;
	while ((goes_on = retarget_refused(&p->retarget, errnum,
	    clock_now()))) {
		peers_follow(ps, p);
		if (peers_send_kept(ps, p))
			break;
		errnum = errno;
	}
	return goes_on;
}

bool
peers_target_failed(struct peers *ps, struct peer *p, int errnum)
{
	char text[128];

	if (peers_go_on(ps, p, errnum))
		return true;
	p->refused = true;
	snprintf(text, sizeof(text), "--forward: the target: %s",
	    strerror(errnum));
	/* What is too long is the peer's fault. */
	if (errnum != EMSGSIZE || log_enabled(LOG_STEP))
		peers_tell(ps, p, text);
	return false;
}

void
peers_target_answers(struct peers *ps, struct peer *p)
{
	if (p->command.pid != 0)
		return;
	retarget_answered(&p->retarget);
	peers_count_kept(ps, p);
	ps->lookup.answers = p->c.remote;
}

/* A refusal of an earlier one comes first, and does not say that this one was
 * sent.  Returns what dgram_send() does. */
static int
peers_try_to_send(struct peers *ps, struct peer *p,
    const struct dgram_piece *piece)
{
	int n = -1;

	if (p->refused && p->command.pid == 0 &&
	    retarget_restart(&p->retarget))
		peers_follow(ps, p);
	p->refused = false;
	for (int i = 0; n == -1 && i < SEND_TRIES; i++) {
		int errnum;

		n = dgram_send(p->c.fd, piece, 1, NULL, NULL, &p->segment);
		errnum = errno;
		if (n == -1 && (p->command.pid != 0 || errnum == EAGAIN ||
		    (!peers_target_failed(ps, p, errnum) &&
		    errnum != ECONNREFUSED)))
			i = SEND_TRIES;
		errno = errnum;
	}
	return n;
}

/* A full queue loses datagrams, as on any network. */
void
peers_to_target(struct peers *ps, struct peer *p,
    const struct dgram_piece *piece)
{
	p->retarget.most = peers_keep_most(ps, p);
	if (p->waiting) {
		if (!doubt_wait(&p->retarget.doubt, piece, p->retarget.most))
			peers_lost(ENOBUFS);
	} else if (peers_try_to_send(ps, p, piece) == -1) {
		if (errno != EAGAIN)
			peers_lost(errno);
	} else if (p->command.pid == 0) {
		retarget_sent(&p->retarget, piece, 1, clock_now());
	}
	peers_count_kept(ps, p);
}

/* --- looking up ---------------------------------------------------------- */

static struct resolve_query
peers_query(const struct peers *ps)
{
	return (struct resolve_query){
		.host = ps->o->forward.inet.host,
		.port = ps->o->forward_port,
		.family = ps->dial.family,
		.numeric = ps->dial.numeric,
	};
}

/* False: it can't begin. */
static bool
peers_look_up(struct peers *ps, struct error *err)
{
	struct resolve_query query = peers_query(ps);
	struct epoll_event event = { .events = EPOLLIN,
	    .data.ptr = &ps->lookup };

	if (ps->lookup.lookup != NULL)
		return true;
	/* That it is no address, was seen at first. */
	if (query.numeric || strchr(query.host, '%') != NULL) {
		resolve(&query, CLOCK_NEVER, &ps->lookup.found, err);
		return false;
	}
	ps->lookup.lookup = resolve_begin(&query, err);
	if (ps->lookup.lookup == NULL)
		return false;
	ps->lookup.until = clock_after(clock_now(), ps->dial.timeout);
	epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD, resolve_fd(ps->lookup.lookup),
	    &event);
	return true;
}

/* Its fate is known. */
static bool
peers_settle(struct peers *ps, struct peer *p, enum result result,
    struct error *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };

	if (p->waiting)
		TAILQ_REMOVE(&ps->waiting, p, in_waiting);
	p->waiting = false;
	if (result == RESULT_OK)
		result = peers_dial(ps, p, err);
	/* Out of descriptors, perhaps. */
	if (result == RESULT_LOCAL && peers_make_room(ps, p))
		result = peers_dial(ps, p, err);
	if (result != RESULT_OK) {
		peers_fail(ps, p, err);
		return false;
	}
	epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD, p->c.fd, &event);
	if (!peers_send_kept(ps, p))
		peers_target_failed(ps, p, errno);
	return true;
}

/* The look-up is over, for all who wait for it. */
static void
peers_look_done(struct peers *ps, enum result result, struct error *err)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&ps->waiting)) != NULL)
		peers_settle(ps, p, result, err);
}

static enum result
peers_look_end(struct peers *ps, struct addr_list *list, struct error *err)
{
	struct lookup *lookup = ps->lookup.lookup;

	epoll_ctl(ps->epoll_fd, EPOLL_CTL_DEL, resolve_fd(lookup), NULL);
	ps->lookup.lookup = NULL;
	return resolve_end(lookup, list, err);
}

void
peers_found(struct peers *ps)
{
	struct addr_list found = { NULL, 0 };
	struct error err;
	enum result result = peers_look_end(ps, &found, &err);

	if (result == RESULT_OK) {
		dial_log_resolved(ps->o->forward.inet.host, &found);
		resolve_interleave(&found);
		addr_list_free(&ps->lookup.found);
		ps->lookup.found = found;
		ps->lookup.good_until = clock_after(clock_now(), FOUND_TIME);
	}
	peers_look_done(ps, result, &err);
}

int64_t
peers_look_until(const struct peers *ps)
{
	return ps->lookup.lookup == NULL ? CLOCK_NEVER : ps->lookup.until;
}

void
peers_look_late(struct peers *ps)
{
	struct error err;

	if (clock_now() < peers_look_until(ps))
		return;
	peers_look_end(ps, NULL, NULL);
	error_set(&err, RESULT_TIMEOUT, "resolve %s: no answer in time",
	    ps->o->forward.inet.host);
	peers_look_done(ps, RESULT_TIMEOUT, &err);
}

/* --- from beginning to end ----------------------------------------------- */

void
peers_init_target(struct peers *ps)
{
	struct resolve_query query;

	ps->dial = forward_dial_options(ps->o, ps->deadline, &ps->socket);
	ps->dial.before_wait = NULL;
	ps->dial.retry = 0;
	if (ps->o->forward_text == NULL ||
	    ps->o->forward.kind == ENDPOINT_UNIX)
		return;
	query = peers_query(ps);
	query.numeric = true;
	if (resolve(&query, CLOCK_NEVER, &ps->lookup.found, NULL) == RESULT_OK)
		ps->lookup.good_until = CLOCK_NEVER;
}

static bool
peers_begin_command(struct peers *ps, struct peer *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };
	struct error err;
	enum result result = peers_start_command(ps, p, &err);

	/* Out of descriptors, or processes. */
	if (result == RESULT_LOCAL && peers_make_room(ps, p)) {
		connection_close(&p->c);
		result = peers_start_command(ps, p, &err);
	}
	if (result != RESULT_OK) {
		peers_fail(ps, p, &err);
		return false;
	}
	epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD, p->c.fd, &event);
	return true;
}

bool
peers_begin(struct peers *ps, struct peer *p)
{
	char text[ADDR_TEXT_MAX];
	struct error err;

	log_line(LOG_STEP, "accepted %s", addr_format(&p->remote, text));
	if (ps->o->command != NULL)
		return peers_begin_command(ps, p);
	retarget_init(&p->retarget, &ps->dial, &p->c, 0);
	if (ps->o->forward.kind == ENDPOINT_UNIX ||
	    clock_now() < ps->lookup.good_until)
		return peers_settle(ps, p, RESULT_OK, &err);
	if (!peers_look_up(ps, &err)) {
		peers_fail(ps, p, &err);
		return false;
	}
	p->waiting = true;
	TAILQ_INSERT_TAIL(&ps->waiting, p, in_waiting);
	return true;
}

void
peers_free_target(struct peers *ps)
{
	if (ps->lookup.lookup != NULL)
		peers_look_end(ps, NULL, NULL);
	addr_list_free(&ps->lookup.found);
}
