/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/blocking.h"
#include "base/clock.h"
#include "net/dial.h"
#include "net/dial_attempt.h"
#include "net/dial_failure.h"
#include "net/dial_retry.h"
#include "net/unixpath.h"

/* Between two tries while the listen queue is full. */
#define QUEUE_PAUSE	(20 * CLOCK_MS)

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
		return error_at(err, RESULT_LOCAL, STEP_BIND,
		    "a name for answers", "%s", strerror(errno));
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
			return error_at(err, RESULT_TIMEOUT, STEP_CONNECT,
			    addr_format(to, where), "the listen queue is full");
		blocking_begins();
		result = dial_pause(QUEUE_PAUSE, err);
	}
	return result;
}

static enum result
dial_unix_once(const struct dial_options *o, const struct addr *to,
    int64_t stop, struct connection *c, struct error *err)
{
	int64_t began = clock_now();
	enum result result;

	c->times = (struct connection_times){ .begun = began };
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
	dial_connected(c, c->fd, o->socket->type, to, began);
	return RESULT_OK;
}

enum result
dial_unix(const struct dial_options *o, const char *path, int64_t deadline,
    struct connection *c, struct error *err)
{
	int64_t until = o->retry > 0 ? clock_after(clock_now(), o->retry) :
	    CLOCK_NEVER;
	struct dial_retry retry = { .o = o, .deadline = deadline };
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
	while (dial_retry_wanted(&retry, &result, err));
	if (retry.over)
		dial_retry_over(o, err);
	return result;
}
