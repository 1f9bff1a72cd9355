/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "datagram/demux.h"
#include "datagram/merge.h"
#include "datagram/peers.h"
#include "datagram/stdio.h"
#include "guard/privileges.h"
#include "io/stream.h"
#include "net/access.h"
#include "net/activation.h"
#include "net/listen.h"
#include "net/notify.h"
#include "net/sockopt.h"
#include "run/handshakes.h"
#include "run/listener.h"
#include "run/server.h"
#include "serve/broker.h"
#include "serve/command.h"
#include "serve/forward.h"
#include "serve/merge.h"
#include "session/reload.h"
#include "session/session.h"

static enum result
listener_open(const struct options *o, int64_t deadline, struct listener *l,
    struct error *err)
{
	uint16_t port = o->ports.count == 0 ? 0 : o->ports.range[0].low;
	enum result result;

	if (o->listen.activation)
		result = activation_take(o->socket.type, l, err);
	else if (o->path != NULL)
		result = listen_open_unix(&o->listen, o->path, l, err);
	else
		result = listen_open(&o->listen, o->host, port, deadline, l,
		    err);
	if (o->listen.activation)
		l->accepted = &o->socket;
	for (size_t i = 0; result == RESULT_OK && options_datagrams(o) &&
	    i < l->count; i++)
		sockopt_long_receive_queue(l->fd[i], &o->socket);
	return result;
}

static enum result
listener_announce(const struct options *o, const struct listener *l,
    struct error *err)
{
	enum result result = RESULT_OK;

	if (o->notify.ready_fd >= 0)
		result = notify_ready_fd(o->notify.ready_fd, l, err);
	if (result == RESULT_OK)
		notify_service_manager("READY=1");
	return result;
}

static int64_t
listener_accept_deadline(const struct options *o, int64_t deadline)
{
	return clock_earlier(deadline,
	    clock_after(clock_now(), o->server.accept_timeout));
}

/* The next client that may come. */
static enum result
listener_accept(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, struct connection *c, struct error *err)
{
	int64_t until = listener_accept_deadline(o, deadline);
	enum result result;

	for (;;) {
		result = listen_accept(l, until, c, err);
		if (result != RESULT_OK)
			return result;
		reload_if_asked(o, access, deadline);
		if (access_admits(access, &c->remote))
			return RESULT_OK;
		connection_close(c);
	}
}

static enum result
listener_serve_one(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct stream *local,
    struct error *err)
{
	struct connection c;
	enum result result;

	result = listener_accept(o, deadline, l, access, &c, err);
	/* A second client is refused, not left waiting. */
	listen_close(l);
	if (result != RESULT_OK)
		return result;
	return session_serve(o, deadline, &c, local, NULL, err);
}

/* Whether the fault was the connection's alone, so that the loop goes on. */
static bool
listener_goes_on(enum result result, int64_t deadline)
{
	return result == RESULT_OK || result == RESULT_REFUSED ||
	    result == RESULT_UNREACHABLE || result == RESULT_BROKEN ||
	    result == RESULT_DENIED ||
	    (result == RESULT_TIMEOUT && clock_now() < deadline);
}

/* --- with handshakes, one client after another --------------------------- */

struct queue {
	const struct options	*o;
	struct listener		*l;
	struct access		*access;
	struct handshakes	*handshakes;
	int64_t			 deadline;
	int64_t			 begun;		/* handshakes */
};

/* Whether the next one may come. */
static bool
queue_accepts(const struct queue *q)
{
	return (q->o->server.max_accepts == 0 ||
	    q->begun < q->o->server.max_accepts) &&
	    handshakes_room(q->handshakes);
}

/* Begin the handshakes of those who have come. */
static enum result
queue_accept(struct queue *q, const struct pollfd *pfd, struct error *err)
{
	for (size_t i = 0; i < q->l->count; i++) {
		struct connection c;
		int errnum = 0;

		if (pfd[i].revents == 0 || !queue_accepts(q))
			continue;
		if (!listen_try(q->l, i, &c, &errnum)) {
			if (listen_fault(errnum) != LISTEN_PASSING &&
			    !listen_exhausted(errnum))
				return error_set_errno(err, RESULT_LOCAL,
				    errnum, "accept");
			continue;
		}
		if (!access_admits(q->access, &c.remote)) {
			connection_close(&c);
			continue;
		}
		q->begun++;
		handshakes_begin(q->handshakes, &c);
	}
	return RESULT_OK;
}

/* Wait for somebody to come, or for a handshake to be done. */
static enum result
queue_wait(struct queue *q, int64_t until, struct error *err)
{
	struct pollfd pfd[LISTEN_MAX + 4];
	size_t n = q->l->count;
	bool accepts = queue_accepts(q);

	for (size_t i = 0; i < n; i++)
		pfd[i] = (struct pollfd){ .fd = accepts ? q->l->fd[i] : -1,
		    .events = POLLIN };
	pfd[n] = (struct pollfd){ .fd = handshakes_fd(q->handshakes),
	    .events = POLLIN };
	pfd[n + 1] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
	pfd[n + 2] = (struct pollfd){ .fd = signals_reload_fd(),
	    .events = POLLIN };
	pfd[n + 3] = (struct pollfd){ .fd = handshakes_room_fd(q->handshakes),
	    .events = POLLIN };
	poll(pfd, n + 4, clock_poll_timeout(until, clock_now()));
	if (signals_caught() != 0 || signals_asked() != 0)
		return error_set(err, RESULT_SIGNAL, "interrupted");
	if (clock_now() >= until)
		return error_set(err, RESULT_TIMEOUT,
		    "no client came in time");
	/* Those of DTLS are refused before they come here. */
	reload_if_asked(q->o, q->access, q->deadline);
	return queue_accept(q, pfd, err);
}

/* The next client whose handshake is done: RESULT_OK, and *net NULL when it
 * failed, with *client_err. */
static enum result
queue_next(struct queue *q, struct stream **net, struct addr *remote,
    struct error *client_err, struct error *err)
{
	int64_t until = listener_accept_deadline(q->o, q->deadline);
	enum result result = RESULT_OK;

	while (result == RESULT_OK && !handshakes_take(q->handshakes, net,
	    remote, client_err))
		result = queue_wait(q, until, err);
	return result;
}

/* Serve the next one.  RESULT_OK: go on; *client says how it was. */
static enum result
queue_serve_next(struct queue *q, struct stream *local, const int *next_fd,
    struct error *client, struct error *err)
{
	struct stream *net = NULL;
	struct addr remote;
	enum result result = queue_next(q, &net, &remote, client, err);

	if (result != RESULT_OK)
		return result;
	if (net != NULL)
		session_run(q->o, q->deadline, net, &remote, local, next_fd,
		    client);
	if (listener_goes_on(client->result, q->deadline))
		return RESULT_OK;
	*err = *client;
	return client->result;
}

static enum result
listener_serve_queue(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct stream *local,
    struct error *err)
{
	struct queue q = { .o = o, .l = l, .access = access,
	    .deadline = deadline,
	    .handshakes = handshakes_new(o, deadline) };
	enum result result = RESULT_OK;
	int next_fd[LISTEN_MAX + 2];
	bool failed = false;
	int64_t served = 0;

	if (q.handshakes == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	memcpy(next_fd, l->fd, sizeof(l->fd));
	next_fd[l->count] = handshakes_fd(q.handshakes);
	next_fd[l->count + 1] = -1;
	for (; result == RESULT_OK && (o->server.max_accepts == 0 ||
	    served < o->server.max_accepts); served++) {
		struct error e = { .result = RESULT_OK };

		result = queue_serve_next(&q, local, next_fd, &e, err);
		if (result == RESULT_OK && e.result != RESULT_OK) {
			log_line(LOG_ERROR, "%s", e.text);
			if (!failed)
				err->result = e.result;
			failed = true;
		}
	}
	handshakes_free(q.handshakes);
	if (result == RESULT_OK && failed)
		result = error_set(err, err->result, "%lld clients served, "
		    "not all of them well", (long long)served);
	return result;
}

/* The accept loop: one client after another, on standard input and output. */
static enum result
listener_serve_many(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct stream *local,
    struct error *err)
{
	enum result result = RESULT_OK;
	struct error first = { .result = RESULT_OK };
	int next_fd[LISTEN_MAX + 1];
	int64_t accepted = 0;

	if (o->tls_context != NULL)
		return listener_serve_queue(o, deadline, l, access, local,
		    err);
	memcpy(next_fd, l->fd, sizeof(l->fd));
	next_fd[l->count] = -1;
	while (o->server.max_accepts == 0 || accepted < o->server.max_accepts) {
		struct error e = { .result = RESULT_OK };
		struct connection c;

		result = listener_accept(o, deadline, l, access, &c, err);
		if (result != RESULT_OK)
			return result;
		accepted++;
		result = session_serve(o, deadline, &c, local, next_fd, &e);
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

/* --drain, for standard input and output: somebody has to look at the clock
 * while a client is served. */
struct drainer {
	struct listener	*l;
	int64_t		 drain;
	int		 done_fd;	/* readable: never mind */
	pthread_t	 thread;
};

/* Wait until `until' for a signal more than there were.  False: never mind. */
static bool
drainer_wait(const struct drainer *d, int signals, int64_t until)
{
	struct pollfd pfd[2] = {
		{ .fd = signals_asked_fd(), .events = POLLIN },
		{ .fd = d->done_fd, .events = POLLIN },
	};
	uint64_t count;

	while (signals_count() <= signals && clock_now() < until) {
		poll(pfd, 2, clock_poll_timeout(until, clock_now()));
		if (pfd[1].revents != 0)
			return false;
		if (read(signals_asked_fd(), &count, sizeof(count)) == -1)
			continue;
	}
	return true;
}

static void *
drainer_run(void *arg)
{
	struct drainer *d = arg;

	if (!drainer_wait(d, 0, CLOCK_NEVER))
		return NULL;
	listen_stop(d->l);
	drainer_wait(d, 1, clock_after(clock_now(), d->drain));
	signals_stop();
	return NULL;
}

static enum result
drainer_start(struct drainer *d, struct error *err)
{
	int errnum;

	d->done_fd = eventfd(0, EFD_CLOEXEC);
	if (d->done_fd == -1 || signals_manage(true) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	errnum = signals_thread(&d->thread, NULL, drainer_run, d);
	if (errnum != 0)
		return error_set_errno(err, RESULT_LOCAL, errnum, "thread");
	return RESULT_OK;
}

static void
drainer_stop(struct drainer *d)
{
	const uint64_t one = 1;

	if (write(d->done_fd, &one, sizeof(one)) == -1)
		return;
	pthread_join(d->thread, NULL);
	close(d->done_fd);
}

static enum result
listener_serve_drained(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct stream *local,
    struct error *err)
{
	struct drainer d = { .l = l, .drain = o->server.drain };
	enum result result = drainer_start(&d, err);

	if (result != RESULT_OK)
		return result;
	result = listener_serve_many(o, deadline, l, access, local, err);
	drainer_stop(&d);
	if (signals_asked() == 0)
		return result;
	signals_stop();		/* so that we die of it */
	return error_set(err, RESULT_SIGNAL, "interrupted");
}

static enum result
listener_serve_streams(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct error *err)
{
	struct stream *local = stream_stdio(o->server.keep_open);
	enum result result;

	if (o->server.drain > 0)
		result = listener_serve_drained(o, deadline, l, access, local,
		    err);
	else if (o->server.keep_open)
		result = listener_serve_many(o, deadline, l, access, local,
		    err);
	else
		result = listener_serve_one(o, deadline, l, access, local,
		    err);
	stream_close(local, false);
	return result;
}

static enum result
listener_serve_clients(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct error *err)
{
	bool by_peer = o->command.argv != NULL || o->forward.text != NULL;
	bool datagrams = options_datagrams(o) && o->tls_context == NULL;

	if (datagrams && by_peer)
		return peers_run(o, deadline, l, access, err);
	if (datagrams && o->merge.on)
		return merge_run_datagrams(o, deadline, l, access, err);
	if (datagrams)
		return stdio_run_listener(o, deadline, l, access, err);
	if (o->command.argv != NULL)
		return server_run(o, deadline, l, access, &command_mode, err);
	if (o->forward.text != NULL)
		return server_run(o, deadline, l, access, o->tls_context !=
		    NULL || o->tls_target != NULL ? &forward_layered_mode :
		    &forward_mode, err);
	if (o->merge.on)
		return merge_run(o, deadline, l, access, err);
	if (o->broker.on)
		return broker_run(o, deadline, l, access, err);
	return listener_serve_streams(o, deadline, l, access, err);
}

static enum result
listener_serve(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, struct error *err)
{
	struct listener clients;
	struct demux *demux;
	enum result result;

	if (!options_datagrams(o) || o->tls_context == NULL)
		return listener_serve_clients(o, deadline, l, access, err);
	result = demux_start(o, access, l, &clients, &demux, err);
	if (result != RESULT_OK)
		return result;
	result = listener_serve_clients(o, deadline, &clients, access, err);
	listen_close(&clients);
	demux_stop(demux);
	return result;
}

/* The sockets of a service manager may be of a family that the lists know
 * nothing of; nobody is let in unseen. */
static enum result
listener_check_access(const struct access *access, const struct listener *l,
    struct error *err)
{
	char where[ADDR_TEXT_MAX];

	for (size_t i = 0; i < l->count && access != NULL; i++) {
		if (l->addr[i].sa.sa_family != AF_INET &&
		    l->addr[i].sa.sa_family != AF_INET6)
			return error_set(err, RESULT_LOCAL, "listening on %s: "
			    "--allow and --deny can't judge who comes there "
			    "(the permissions of the socket can)",
			    addr_format_words(&l->addr[i], where));
	}
	return RESULT_OK;
}

enum result
listener_run(const struct options *o, int64_t deadline, struct error *err)
{
	struct access *access;
	struct listener l;
	enum result result;

	result = access_open(&o->access, deadline, &access, err);
	if (result != RESULT_OK)
		return result;
	reload_prepare(o, access);
	result = listener_open(o, deadline, &l, err);
	if (result == RESULT_OK) {
		notify_open();
		result = listener_check_access(access, &l, err);
		/* While files can still be reached. */
		if (result == RESULT_OK && o->notify.port_file != NULL)
			result = notify_port_file(o->notify.port_file, &l, err);
		if (result == RESULT_OK &&
		    privileges_wanted(&o->privileges))
			result = unixpath_delegate(&l.claim, err);
		if (result == RESULT_OK)
			result = privileges_drop(&o->privileges, err);
		if (result == RESULT_OK)
			result = listener_announce(o, &l, err);
		if (result == RESULT_OK)
			result = listener_serve(o, deadline, &l, access, err);
		notify_service_manager("STOPPING=1");
		notify_close();
		listen_close(&l);
	}
	access_close(access);
	return result;
}
