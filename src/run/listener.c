/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "datagram/demux.h"
#include "guard/privileges.h"
#include "net/access.h"
#include "net/activation.h"
#include "net/listen.h"
#include "net/notify.h"
#include "net/sockopt.h"
#include "run/listener.h"
#include "run/server.h"
#include "session/judge.h"
#include "session/reload.h"

static enum result
listener_open(const struct run *r, struct listener *l, struct error *err)
{
	const struct options *o = r->options;
	uint16_t port = o->ports.count == 0 ? 0 : o->ports.range[0].low;
	enum result result;

	if (o->listen.activation)
		result = activation_take(o->socket.type, l, err);
	else if (o->path != NULL)
		result = listen_open_unix(&o->listen, o->path, l, err);
	else
		result = listen_open(&o->listen, o->host, port, r->deadline,
		    l, err);
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

/* Of datagrams with a layer, each client has a session of its own, which is
 * told from the others behind the one socket. */
static enum result
listener_serve_sessions(const struct run *r, struct listener *l,
    const struct way *w, struct error *err)
{
	struct listener clients;
	struct demux *demux;
	enum result result;

	if (!options_datagrams(r->options))
		return server_run(r, l, w, err);
	result = demux_start(r, l, &clients, &demux, err);
	if (result != RESULT_OK)
		return result;
	clients.connections = r->connections;
	result = server_run(r, &clients, w, err);
	listen_close(&clients);
	demux_stop(demux);
	return result;
}

/* The sockets of a service manager may be of a family that the lists know
 * nothing of; nobody is let in unseen. */
static enum result
listener_check_access(const struct run *r, const struct listener *l,
    struct error *err)
{
	bool judges = r->access != NULL && !judge_awaits_header(r);
	char where[ADDR_TEXT_MAX];

	for (size_t i = 0; i < l->count && judges; i++) {
		if (l->addr[i].sa.sa_family != AF_INET &&
		    l->addr[i].sa.sa_family != AF_INET6)
			return error_set(err, RESULT_LOCAL, "listening on %s: "
			    "--allow and --deny can't judge who comes there "
			    "(the permissions of the socket can)",
			    addr_format_words(&l->addr[i], where));
	}
	return RESULT_OK;
}

/* What is done while files can still be reached, and then rights are given
 * up. */
static enum result
listener_settle(const struct run *r, struct listener *l,
    struct error *err)
{
	const struct options *o = r->options;
	enum result result = listener_check_access(r, l, err);

	if (result == RESULT_OK && o->notify.port_file != NULL)
		result = notify_port_file(o->notify.port_file, l, err);
	if (result == RESULT_OK && (privileges_wanted(&o->privileges)))
		result = unixpath_delegate(&l->claim, err);
	if (result == RESULT_OK)
		result = privileges_drop(&o->privileges, err);
	return result;
}

static enum result
listener_serve(const struct run *r, struct listener *l,
    const struct way *w, struct error *err)
{
	enum result result = listener_settle(r, l, err);

	progress_phase(r->progress, "waiting for a client");
	if (result == RESULT_OK)
		result = listener_announce(r->options, l, err);
	if (result == RESULT_OK)
		result = w->listen != NULL ? w->listen(r, l, err) :
		    listener_serve_sessions(r, l, w, err);
	return result;
}

enum result
listener_run(const struct run *r, const struct way *w, struct error *err)
{
	struct listener l;
	enum result result;

	reload_prepare(r);
	result = listener_open(r, &l, err);
	if (result == RESULT_OK) {
		l.watch = r->report != NULL;
		l.connections = r->connections;
		l.opened = l.count;	/* of a service manager, too */
		notify_open();
		result = listener_serve(r, &l, w, err);
		notify_service_manager("STOPPING=1");
		notify_close();
		listen_close(&l);
		report_listener(r->report, &l,
		    listen_backlog(&r->options->listen));
	}
	return result;
}
