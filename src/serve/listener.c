/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/stream.h"
#include "net/listen.h"
#include "net/notify.h"
#include "serve/listener.h"
#include "serve/session.h"
#include "serve/udp.h"

static enum result
listener_open(const struct options *o, int64_t deadline, struct listener *l,
    struct error *err)
{
	struct listen_options lo = {
		.family = o->family_4 ? AF_INET : o->family_6 ? AF_INET6 :
		    AF_UNSPEC,
		.type = o->udp ? SOCK_DGRAM : SOCK_STREAM,
		.numeric = o->numeric,
		.host = o->host,
		.port = o->path != NULL ? 0 : o->ports.range[0].low,
		.path = o->path,
		.backlog = (int)o->backlog,
		.deadline = deadline,
		.socket = &o->socket,
	};

	return listen_open(&lo, l, err);
}

static enum result
listener_announce(const struct options *o, const struct listener *l,
    struct error *err)
{
	enum result result = RESULT_OK;

	if (o->port_file != NULL)
		result = notify_port_file(o->port_file, l, err);
	if (result == RESULT_OK && o->ready_fd >= 0)
		result = notify_ready_fd((int)o->ready_fd, l, err);
	if (result == RESULT_OK)
		notify_service_manager("READY=1");
	return result;
}

static int64_t
listener_accept_deadline(const struct options *o, int64_t deadline)
{
	return clock_earlier(deadline,
	    clock_after(clock_now(), o->accept_timeout));
}

static enum result
listener_serve_one(const struct options *o, int64_t deadline,
    struct listener *l, struct stream *local, struct error *err)
{
	struct connection c;
	enum result result;

	result = listen_accept(l, listener_accept_deadline(o, deadline), &c,
	    err);
	/* A second client is refused, not left waiting. */
	listen_close(l);
	if (result != RESULT_OK)
		return result;
	return session_run(o, deadline, &c, local, NULL, err);
}

/* Whether the fault was the connection's alone, so that the loop goes on. */
static bool
listener_goes_on(enum result result, int64_t deadline)
{
	return result == RESULT_OK || result == RESULT_REFUSED ||
	    result == RESULT_UNREACHABLE || result == RESULT_BROKEN ||
	    (result == RESULT_TIMEOUT && clock_now() < deadline);
}

/* The accept loop: one client after another, on standard input and output. */
static enum result
listener_serve_many(const struct options *o, int64_t deadline,
    struct listener *l, struct stream *local, struct error *err)
{
	enum result result = RESULT_OK;
	struct error first = { RESULT_OK, "" };
	int next_fd[LISTEN_MAX + 1];
	int64_t accepted = 0;

	memcpy(next_fd, l->fd, sizeof(l->fd));
	next_fd[l->count] = -1;
	while (o->max_accepts == 0 || accepted < o->max_accepts) {
		struct error e = { RESULT_OK, "" };
		struct connection c;

		result = listen_accept(l, listener_accept_deadline(o,
		    deadline), &c, err);
		if (result != RESULT_OK)
			return result;
		accepted++;
		result = session_run(o, deadline, &c, local, next_fd, &e);
		if (!listener_goes_on(result, deadline)) {
			*err = e;
			return result;
		}
		if (result != RESULT_OK) {
			log_line(LOG_ERROR, "%s", e.text);
			if (first.result == RESULT_OK)
				first = e;
		}
	}
	if (first.result != RESULT_OK)
		error_set(err, first.result, "%lld clients served, not all of "
		    "them well", (long long)accepted);
	return first.result;
}

static enum result
listener_serve_streams(const struct options *o, int64_t deadline,
    struct listener *l, struct error *err)
{
	struct stream *local = stream_stdio(o->keep_open);
	enum result result;

	if (o->keep_open)
		result = listener_serve_many(o, deadline, l, local, err);
	else
		result = listener_serve_one(o, deadline, l, local, err);
	local->ops->close(local, false);
	return result;
}

enum result
listener_run(const struct options *o, int64_t deadline, struct error *err)
{
	struct listener l;
	enum result result;

	result = listener_open(o, deadline, &l, err);
	if (result != RESULT_OK)
		return result;
	result = listener_announce(o, &l, err);
	if (result == RESULT_OK && o->udp)
		result = udp_run_listener(o, deadline, &l, err);
	else if (result == RESULT_OK)
		result = listener_serve_streams(o, deadline, &l, err);
	notify_service_manager("STOPPING=1");
	listen_close(&l);
	return result;
}
