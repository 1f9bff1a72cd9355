/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "net/listen.h"
#include "net/listen_say.h"

/* Between two tries of accept(2) when the system is out of something. */
#define ACCEPT_PAUSE	(50 * CLOCK_MS)

/* Wait until some socket of l, or a signal, is ready. */
static enum result
listen_wait(const struct listener *l, int64_t deadline, struct error *err)
{
	struct pollfd pfd[LISTEN_MAX];
	enum wait_result how;

	for (size_t i = 0; i < l->count; i++)
		pfd[i] = (struct pollfd){ .fd = l->fd[i], .events = POLLIN };
	how = wait_for(pfd, l->count, deadline, 0);
	if (how == WAIT_TIMEOUT)
		return error_set(err, RESULT_TIMEOUT,
		    "no client came in time");
	return wait_error(how, err);
}

enum listen_fault
listen_fault(int errnum)
{
	switch (errnum) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return LISTEN_EXHAUSTED;
	case EAGAIN:
	case EINTR:
	case ECONNABORTED:	/* see accept(2): a network hiccuped */
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case EPERM:
	case ETIMEDOUT:
		return LISTEN_PASSING;
	default:
		return LISTEN_BROKEN;
	}
}

/* Whether that was for want of descriptors or memory; then it pauses, that the
 * caller does not spin. */
static bool
listen_exhausted(int errnum)
{
	if (listen_fault(errnum) != LISTEN_EXHAUSTED)
		return false;
	log_line(LOG_STEP, "accept: %s (waiting)", strerror(errnum));
	wait_span(ACCEPT_PAUSE);
	return true;
}

static int
listen_accept_source(struct listener *l, struct connection *c)
{
	if (l->source.accept(l->source.context, c))
		return c->fd;
	errno = EAGAIN;
	return -1;
}

static int
listen_accept_stream(struct listener *l, size_t i, struct connection *c)
{
	c->remote.len = sizeof(c->remote.ss);
	c->type = l->type;
	c->fd = accept4(l->fd[i], &c->remote.sa, &c->remote.len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (c->fd == -1)
		return -1;
	addr_local(c->fd, &c->local);
	if (l->accepted != NULL)
		sockopt_apply_accepted(c->fd, c->type, &c->remote,
		    l->accepted);
	return c->fd;
}

bool
listen_try(struct listener *l, size_t i, struct connection *c, int *errnum)
{
	connection_init(c);
	if (l->watch || log_enabled(LOG_STEP))
		listen_queue_look(&l->queue[i], l->fd[i]);
	c->fd = l->source.accept != NULL ? listen_accept_source(l, c) :
	    listen_accept_stream(l, i, c);
	if (c->fd == -1) {
		*errnum = errno;
		return false;
	}
	if (l->connections != NULL)
		c->number = atomic_fetch_add(l->connections, 1) + 1;
	log_set_connection(c->number);
	listen_say_accepted(l, i, c);
	return true;
}

enum result
listen_accept(struct listener *l, int64_t deadline, struct connection *c,
    struct error *err)
{
	for (;;) {
		enum result result = listen_wait(l, deadline, err);
		int errnum = 0;

		if (result != RESULT_OK)
			return result;
		for (size_t i = 0; i < l->count; i++) {
			if (listen_try(l, i, c, &errnum))
				return RESULT_OK;
			if (signals_received() != 0)	/* listen_stop() */
				return error_interrupted(err);
			if (listen_fault(errnum) != LISTEN_PASSING &&
			    !listen_exhausted(errnum))
				return error_set_errno(err, RESULT_LOCAL,
				    errnum, "accept");
		}
	}
}
