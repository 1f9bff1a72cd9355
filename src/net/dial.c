/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "net/dial.h"
#include "net/dial_failure.h"
#include "net/resolve.h"
#include "net/unixpath.h"

/* RFC 8305, section 5: Connection Attempt Delay. */
#define ATTEMPT_DELAY	(250 * CLOCK_MS)

/* Pauses of --retry, before jitter. */
#define RETRY_FIRST	(20 * CLOCK_MS)
#define RETRY_MOST	(1000 * CLOCK_MS)

struct race {
	const struct dial_options	*o;
	const struct addr_list		*source;
	const struct addr_list		*target;
	struct pollfd			*pfd;	/* those who are under way:
						 * poll(2) takes no more than
						 * descriptors */
	size_t				*whose;	/* addresses of these */
	size_t				 pending;
	size_t				 started;
	int				 won;	/* index, or -1 */
	int				 won_fd;
	int64_t				 deadline;
	int64_t				 next_attempt;
	struct error			 failure;	/* the most telling */
};

static enum result
dial_bind_source(int fd, const struct dial_options *o,
    const struct addr_list *source, const struct addr *to, struct error *err)
{
	struct addr from = { .ss = { .ss_family = to->sa.sa_family },
	    .len = to->len };
	char where[ADDR_TEXT_MAX];
	const int on = 1;
	bool found = o->source == NULL;

	if (o->source == NULL && o->source_port == 0)
		return RESULT_OK;
	for (size_t i = 0; i < source->count && !found; i++) {
		if (source->addr[i].sa.sa_family == to->sa.sa_family) {
			from = source->addr[i];
			found = true;
		}
	}
	if (!found)
		return error_set(err, RESULT_LOCAL, "source %s: has no address "
		    "of the family of %s", o->source,
		    addr_format_host(to, where));
	addr_set_port(&from, o->source_port);
	if (o->source_port != 0)	/* a former run may be in TIME_WAIT */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else			/* choose the port when the peer is known */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
		    sizeof(on));
	if (bind(fd, &from.sa, from.len) == -1)
		return error_set(err, RESULT_LOCAL, "bind source %s: %s%s",
		    addr_format_words(&from, where), strerror(errno),
		    addr_zone_hint(&from, errno));
	return RESULT_OK;
}

enum result
dial_source(const struct dial_options *o, int64_t deadline,
    struct addr_list *source, struct error *err)
{
	struct resolve_query query = {
		.host = o->source,
		.family = o->socket->family,
		.numeric = o->socket->numeric,
	};

	if (o->source == NULL)
		return RESULT_OK;
	return resolve(&query, deadline, source, err);
}

enum result
dial_start(const struct dial_options *o, const struct addr_list *source,
    const struct addr *to, int *fd, bool *pending, struct error *err)
{
	enum result result;
	int s, status, saved;

	s = socket(to->sa.sa_family, o->socket->type | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, o->socket->protocol);
	if (s == -1) {
		saved = errno;
		if (o->socket->protocol != 0 || to->sa.sa_family == AF_VSOCK)
			return sockopt_socket_failed(to->sa.sa_family,
			    o->socket->protocol, saved, err);
		return error_set_errno(err, saved == EAFNOSUPPORT ?
		    RESULT_UNREACHABLE : RESULT_LOCAL, saved, "socket");
	}
	result = sockopt_apply(s, o->socket->type, to, SOCKET_DIAL, o->socket,
	    err);
	if (result == RESULT_OK)
		result = dial_bind_source(s, o, source, to, err);
	if (result != RESULT_OK) {
		close(s);
		return result;
	}
	do
		status = connect(s, &to->sa, to->len);
	while (status == -1 && errno == EINTR);
	saved = errno;
	if (status == -1 && saved == EISCONN)	/* the interrupted one did it */
		status = 0;
	if (status == 0 && o->socket->type == SOCK_STREAM) {
		saved = dial_outcome(s, to);
		status = saved == 0 ? 0 : -1;
	}
	if (status == -1 && saved != EINPROGRESS && saved != EALREADY) {
		close(s);
		return dial_failed(o, to, saved, err);
	}
	*fd = s;
	*pending = status == -1;
	return RESULT_OK;
}

int
dial_outcome(int fd, const struct addr *to)
{
	struct addr local, remote;
	socklen_t len = sizeof(int);
	int errnum = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == -1)
		return errno;
	if (errnum != 0)
		return errnum;
	addr_local(fd, &local);
	if (local.len == 0 || addr_port(&local) == 0 ||
	    addr_port(&local) != addr_port(to))
		return 0;
	addr_remote(fd, &remote);
	return addr_equal(&local, &remote) ? ECONNREFUSED : 0;
}

/* Keep the failure that says most: refused before unreachable before local. */
static void
race_note_failure(struct race *r, const struct error *e)
{
	if (r->target->count > 1)	/* otherwise it is said at the end */
		log_line(LOG_STEP, "%s", e->text);
	if (r->failure.result == RESULT_OK || e->result < r->failure.result)
		r->failure = *e;
}

/* When there are no more descriptors, others have to come free first. */
static void
race_not_started(struct race *r, const struct error *e, int64_t now)
{
	if (r->pending > 0 && (e->errnum == EMFILE || e->errnum == ENFILE)) {
		r->started--;
		r->next_attempt = CLOCK_NEVER;
		return;
	}
	race_note_failure(r, e);
	r->next_attempt = now;
}

static void
race_start_next(struct race *r, int64_t now)
{
	size_t i = r->started++;
	const struct addr *to = &r->target->addr[i];
	char where[ADDR_TEXT_MAX];
	struct error e = { .result = RESULT_OK };
	bool pending;
	int fd;

	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "connecting to %s",
		    addr_format_words(to, where));
	r->next_attempt = clock_after(now, ATTEMPT_DELAY);
	if (dial_start(r->o, r->source, to, &fd, &pending, &e) != RESULT_OK) {
		race_not_started(r, &e, now);
		return;
	}
	if (pending) {
		r->whose[r->pending] = i;
		r->pfd[r->pending++] = (struct pollfd){ fd, POLLOUT, 0 };
	} else {
		r->won = (int)i;
		r->won_fd = fd;
	}
}

/* The attempt in that slot has an outcome: the winner, or one less in the race,
 * and the last one takes its slot. */
static void
race_settle(struct race *r, size_t slot, int64_t now)
{
	struct error e = { .result = RESULT_OK };
	size_t i = r->whose[slot];
	int fd = r->pfd[slot].fd;
	int errnum = dial_outcome(fd, &r->target->addr[i]);

	ASSERT(slot < r->pending);
	r->pending--;
	r->whose[slot] = r->whose[r->pending];
	r->pfd[slot] = r->pfd[r->pending];
	if (errnum == 0) {
		r->won = (int)i;
		r->won_fd = fd;
		return;
	}
	dial_failed(r->o, &r->target->addr[i], errnum, &e);
	race_note_failure(r, &e);
	close(fd);
	r->next_attempt = now;
}

static enum result
race_wait(struct race *r, struct error *err)
{
	bool more = r->started < r->target->count;
	int64_t until = more ? clock_earlier(r->deadline, r->next_attempt) :
	    r->deadline;
	enum wait_result how = WAIT_TIMEOUT;
	int64_t now;

	if (blocking_matters()) {
		how = wait_for(r->pfd, r->pending, WAIT_NOW, 0);
		if (how == WAIT_TIMEOUT)
			blocking_begins();
	}
	if (how == WAIT_TIMEOUT)
		how = wait_for(r->pfd, r->pending, until, 0);
	if (how != WAIT_READY)
		return wait_error(how, err);
	now = clock_now();
	/* Downwards, since the last one takes the slot of who has gone. */
	for (size_t i = r->pending; i-- > 0 && r->won == -1;) {
		if (r->pfd[i].revents != 0)
			race_settle(r, i, now);
	}
	return RESULT_OK;
}

static enum result
race_timed_out(const struct race *r, const char *host, uint16_t port,
    struct error *err)
{
	char span[32];

	if (r->o->timeout == CLOCK_NEVER)
		return error_set(err, RESULT_TIMEOUT, "connect to %s port %u: "
		    "the time for the whole run is over", host, port);
	return error_set(err, RESULT_TIMEOUT, "connect to %s port %u: no "
	    "answer within %s", host, port,
	    clock_format(span, sizeof(span), r->o->timeout));
}

/* Run the race.  On RESULT_OK r->won says who; all others are closed. */
static enum result
race_run(struct race *r, const char *host, uint16_t port, struct error *err)
{
	enum result result = RESULT_OK;

	while (r->won == -1 && result == RESULT_OK) {
		int64_t now = clock_now();

		if (now >= r->deadline)
			result = race_timed_out(r, host, port, err);
		else if (r->started < r->target->count &&
		    now >= r->next_attempt)
			race_start_next(r, now);
		else if (r->pending == 0 && r->started == r->target->count)
			result = error_set(err, r->failure.result, "%s",
			    r->failure.text);
		else
			result = race_wait(r, err);
	}
	for (size_t i = 0; i < r->pending; i++)
		close(r->pfd[i].fd);
	return result;
}

static void
connection_made(struct connection *c, int fd, int type, const struct addr *to,
    int64_t began)
{
	char from_text[ADDR_TEXT_MAX], to_text[ADDR_TEXT_MAX], span[32];

	c->fd = fd;
	c->type = type;
	c->remote = *to;
	addr_local(fd, &c->local);
	if (!log_enabled(LOG_STEP))
		return;
	log_line(LOG_STEP, "connected %s -> %s in %s",
	    addr_format(&c->local, from_text), addr_format(to, to_text),
	    clock_format(span, sizeof(span), clock_now() - began));
}

static enum result
dial_addresses(const struct dial_options *o, const char *host, uint16_t port,
    int64_t began, int64_t deadline, const struct addr_list *target,
    struct connection *c, struct error *err)
{
	struct addr_list source = { NULL, 0 };
	struct race race = {
		.o = o,
		.source = &source,
		.target = target,
		.won = -1,
		.deadline = deadline,
	};
	enum result result;

	race.pfd = xcalloc(target->count, sizeof(*race.pfd));
	race.whose = xcalloc(target->count, sizeof(*race.whose));
	result = dial_source(o, deadline, &source, err);
	if (result == RESULT_OK)
		result = race_run(&race, host, port, err);
	if (result == RESULT_OK) {
		connection_made(c, race.won_fd, o->socket->type,
		    &target->addr[race.won], began);
		c->next_target = (size_t)race.won + 1;
	}
	addr_list_free(&source);
	free(race.pfd);
	free(race.whose);
	return result;
}

void
dial_log_resolved(const char *host, const struct addr_list *target)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < target->count; i++) {
		addr_format_host(&target->addr[i], text);
		if (strcmp(text, host) != 0)
			log_line(LOG_STEP, "resolved %s to %s", host, text);
	}
}

/* One try: look up and connect, under one limit. */
static enum result
dial_once(const struct dial_options *o, const char *host, uint16_t port,
    int64_t stop, struct connection *c, struct error *err)
{
	struct addr_list target = { NULL, 0 };
	struct resolve_query query = {
		.host = host,
		.port = port,
		.family = o->socket->family,
		.numeric = o->socket->numeric,
	};
	int64_t began = clock_now();
	int64_t deadline = clock_earlier(clock_after(began, o->timeout), stop);
	enum result result;

	result = resolve(&query, deadline, &target, err);
	if (result == RESULT_OK) {
		dial_log_resolved(host, &target);
		resolve_interleave(&target);
		result = dial_addresses(o, host, port, began, deadline,
		    &target, c, err);
	}
	if (result == RESULT_OK && o->socket->type == SOCK_DGRAM)
		c->targets = target;
	else
		addr_list_free(&target);
	return result;
}

/* Put the socket into the place of c's. */
static void
dial_replace(const struct dial_options *o, struct connection *c, int fd,
    int64_t began)
{
	const struct addr to = c->targets.addr[c->next_target - 1];

	if (c->fd != -1 && dup3(fd, c->fd, O_CLOEXEC) != -1) {
		close(fd);
		fd = c->fd;
	}
	connection_made(c, fd, o->socket->type, &to, began);
}

enum result
dial_next(const struct dial_options *o, int64_t deadline, struct connection *c,
    struct error *err)
{
	struct addr_list source = { NULL, 0 };
	int64_t began = clock_now();
	enum result result = dial_source(o, deadline, &source, err);
	char where[ADDR_TEXT_MAX];
	bool pending;
	int fd = -1;

	if (result != RESULT_OK)
		return result;
	result = error_set(err, RESULT_REFUSED, "no address is left");
	while (fd == -1 && c->next_target < c->targets.count) {
		const struct addr *to = &c->targets.addr[c->next_target++];

		log_line(LOG_STEP, "connecting to %s",
		    addr_format_words(to, where));
		result = dial_start(o, &source, to, &fd, &pending, err);
		if (result != RESULT_OK && c->targets.count > 1)
			log_line(LOG_STEP, "%s", err->text);
	}
	if (fd != -1)
		dial_replace(o, c, fd, began);
	addr_list_free(&source);
	return result;
}

enum result
dial_pause(int64_t span, struct error *err)
{
	return wait_error(wait_span(span), err);
}

/* --retry: when to give up, and how long to pause before the next try. */
struct retry {
	const struct dial_options	*o;
	int64_t				 deadline;	/* of the whole run */
	int64_t				 stop;
	int64_t				 pause;
	bool				 over;	/* there was no time left */
};

int64_t
dial_retry_pause(int64_t *last)
{
	int64_t half;

	*last = *last == 0 ? RETRY_FIRST :
	    clock_earlier(2 * *last, RETRY_MOST);
	half = *last / 2;
	return half + (int64_t)arc4random_uniform((uint32_t)half);
}

void
dial_retry_over(const struct dial_options *o, struct error *err)
{
	size_t n = strlen(err->text);
	char span[32];

	snprintf(err->text + n, sizeof(err->text) - n, " (tried again for "
	    "%s)", clock_format(span, sizeof(span), o->retry));
}

/* Whether a later try may come to something else. */
static bool
retry_may_help(enum result result)
{
	return result == RESULT_REFUSED || result == RESULT_UNREACHABLE ||
	    result == RESULT_BROKEN || result == RESULT_TIMEOUT ||
	    result == RESULT_NAME;
}

/* Whether to try again after *result, having paused (which a signal ends). */
static bool
retry_wanted(struct retry *r, enum result *result, struct error *err)
{
	int64_t now, wait;

	if (*result == RESULT_OK)
		return false;
	now = clock_now();

	if (r->o->retry > 0 && now >= r->deadline) {
		*result = error_set(err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
		return false;
	}
	if (r->o->retry == 0 || !retry_may_help(*result))
		return false;
	r->over = now >= r->stop;
	if (r->over)
		return false;
	wait = dial_retry_pause(&r->pause);
	if (dial_pause(clock_earlier(wait, r->stop - now), err) != RESULT_OK) {
		*result = RESULT_SIGNAL;
		return false;
	}
	if (clock_now() >= r->stop)
		return retry_wanted(r, result, err);
	log_line(LOG_STEP, "trying again");
	return true;
}

enum result
dial(const struct dial_options *o, const char *host, uint16_t port,
    int64_t deadline, struct connection *c, struct error *err)
{
	int64_t until = o->retry > 0 ? clock_after(clock_now(), o->retry) :
	    CLOCK_NEVER;
	struct retry retry = { .o = o, .deadline = deadline };
	struct error before;
	enum result result;

	connection_init(c);
	retry.stop = clock_earlier(until, deadline);
	do {
		before = *err;
		result = dial_once(o, host, port, retry.stop, c, err);
	} while (retry_wanted(&retry, &result, err));
	/* The last try had no time: what the one before met says more. */
	if (result == RESULT_TIMEOUT && before.result != RESULT_OK &&
	    clock_now() >= until) {
		*err = before;
		result = before.result;
	}
	if (retry.over)
		dial_retry_over(o, err);
	return result;
}

/* Give a datagram socket a name that answers can be sent to. */
static enum result
dial_unix_bind(int fd, const struct dial_options *o, struct connection *c,
    struct error *err)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };

	if (o->source != NULL)
		return unixpath_bind(fd, o->socket->type, o->source, &c->claim,
		    err);
	if (o->socket->type == SOCK_DGRAM &&
	    bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "bind a name for answers");
	return RESULT_OK;
}

/* connect(2), and while the listen queue is full, again until `deadline`. */
static enum result
dial_unix_connect(const struct dial_options *o, int fd, const struct addr *to,
    int64_t deadline, struct error *err)
{
	enum result result = RESULT_OK;
	char where[ADDR_TEXT_MAX];

	while (result == RESULT_OK && connect(fd, &to->sa, to->len) == -1) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return dial_failed(o, to, errno, err);
		if (clock_now() >= deadline)
			return error_set(err, RESULT_TIMEOUT, "connect to "
			    "%s: the listen queue is full",
			    addr_format(to, where));
		blocking_begins();
		result = dial_pause(RETRY_FIRST, err);
	}
	return result;
}

static enum result
dial_unix_once(const struct dial_options *o, const struct addr *to,
    int64_t stop, struct connection *c, struct error *err)
{
	int64_t began = clock_now();
	enum result result;

	c->fd = socket(AF_UNIX, o->socket->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (c->fd == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socket");
	result = sockopt_apply(c->fd, o->socket->type, to, SOCKET_DIAL,
	    o->socket, err);
	if (result == RESULT_OK)
		result = dial_unix_bind(c->fd, o, c, err);
	if (result == RESULT_OK)
		result = dial_unix_connect(o, c->fd, to, clock_earlier(stop,
		    clock_after(began, o->timeout)), err);
	if (result != RESULT_OK) {
		connection_close(c);
		return result;
	}
	connection_made(c, c->fd, o->socket->type, to, began);
	return RESULT_OK;
}

enum result
dial_unix(const struct dial_options *o, const char *path, int64_t deadline,
    struct connection *c, struct error *err)
{
	int64_t until = o->retry > 0 ? clock_after(clock_now(), o->retry) :
	    CLOCK_NEVER;
	struct retry retry = { .o = o, .deadline = deadline };
	enum result result;
	struct addr to;

	connection_init(c);
	if (!addr_from_path(&to, path))
		return error_set(err, RESULT_USAGE, "path %s: a UNIX-domain "
		    "path has 1 to %zu bytes", path,
		    sizeof(to.un.sun_path) - 1);
	retry.stop = clock_earlier(until, deadline);
	do
		result = dial_unix_once(o, &to, retry.stop, c, err);
	while (retry_wanted(&retry, &result, err));
	if (retry.over)
		dial_retry_over(o, err);
	return result;
}

enum result
dial_open(struct connection *c, bool keep_address,
    const struct socket_options *o, struct error *err)
{
	struct addr from = { .ss = { .ss_family = c->local.sa.sa_family },
	    .len = c->local.len };
	enum result result;

	if (keep_address)
		from = c->local;
	addr_set_port(&from, addr_port(&c->local));
	close(c->fd);
	c->fd = socket(from.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socket");
	result = sockopt_apply(c->fd, SOCK_DGRAM, &c->remote, SOCKET_DIAL, o,
	    err);
	if (result == RESULT_OK && bind(c->fd, &from.sa, from.len) == -1)
		result = error_set_errno(err, RESULT_LOCAL, errno, "bind");
	return result;
}
