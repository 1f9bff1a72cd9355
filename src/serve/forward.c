/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/stream.h"
#include "serve/forward.h"
#include "session/session.h"

enum result
forward_dial(const struct options *o, int64_t deadline, struct connection *c,
    struct error *err)
{
	if (o->forward.target.kind == ENDPOINT_UNIX)
		return dial_unix(&o->forward.dial, o->forward.target.path,
		    deadline, c, err);
	return dial(&o->forward.dial, o->forward.target.inet.host,
	    o->forward.port, deadline, c, err);
}

/* A client was let down. */
static void
forward_say_failed(const struct addr *client, const struct error *e,
    struct error *err)
{
	struct error why;

	error_set(&why, e->result, "--forward: %s", e->text);
	error_own(&why, 0);
	session_say_failed(client, &why, err);
}

static void
forward_set_refused(const struct addr *client, struct error *err)
{
	char peer[ADDR_TEXT_MAX];

	addr_format(client, peer);
	error_set_errno(err, RESULT_REFUSED, ECONNREFUSED, "%s: --forward: "
	    "the target", peer);
	error_own(err, strlen(peer) + 2);
}

/* The target's stream; NULL: there is none. */
static struct stream *
forward_connect(const struct options *o, int64_t deadline,
    const struct addr *client, struct error *err)
{
	struct connection target;
	struct stream *local = NULL;
	struct error e = { .result = RESULT_OK };
	enum result result;

	result = forward_dial(o, deadline, &target, &e);
	if (result == RESULT_OK)
		local = session_connect_target(o, o->tls_target,
		    o->forward.target.kind == ENDPOINT_UNIX ? NULL :
		    o->forward.target.inet.host, deadline, &target, &e);
	if (local == NULL) {
		forward_say_failed(client, &e, err);
		return NULL;
	}
	local->duplex = true;
	local->name = local->in_name = "the target";
	return local;
}

static enum result
forward_serve(void *context, const struct options *o, int64_t deadline,
    struct connection *c, struct stream *net, struct error *err)
{
	struct addr remote = c->remote;
	struct stream *local;
	enum result result;

	(void)context;
	if (net == NULL)
		net = session_connect(o, deadline, c, err);
	if (net == NULL)
		return err->result;
	local = forward_connect(o, deadline, &remote, err);
	if (local == NULL) {
		/* The client can tell that from an end. */
		stream_close(net, true);
		return err->result;
	}
	result = session_run(o, deadline, net, &remote, local, NULL, err);
	/* Of datagrams, it comes that late. */
	if (options_datagrams(o) && o->server.keep_open &&
	    result == RESULT_REFUSED)
		forward_set_refused(&remote, err);
	stream_close(local, result != RESULT_OK);
	return result;
}

/* --- many, in turns ------------------------------------------------------ */

struct forward {
	struct session	*session;
	struct stream	*local;
};

static void *
forward_begin(void *context, const struct options *o, int64_t deadline,
    struct connection *c, int fd[2], struct error *err)
{
	struct stream *local = forward_connect(o, deadline, &c->remote, err);
	struct forward *f;

	(void)context;
	if (local == NULL) {
		sockopt_abort_on_close(c->fd);
		connection_close(c);
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	fd[0] = c->fd;
	fd[1] = local->in.fd;
	f->local = local;
	f->session = session_open(o, deadline, c, local);
	return f;
}

static enum pump_turn
forward_turn(void *client, const short revents[2], short wants[2])
{
	struct forward *f = client;
	enum pump_turn turn = session_turn(f->session, revents[0], revents[1]);

	if (turn == PUMP_WAITS)
		session_wants(f->session, &wants[0], &wants[1]);
	return turn;
}

static enum result
forward_finish(void *client, struct error *err)
{
	struct forward *f = client;
	enum result result = session_finish(f->session, err);

	stream_close(f->local, result != RESULT_OK);
	free(f);
	return result;
}

const struct server_mode forward_layered_mode = {
	.serve = forward_serve,
	.descriptors = 2,
};

const struct server_mode forward_mode = {
	.serve = forward_serve,
	.begin = forward_begin,
	.turn = forward_turn,
	.finish = forward_finish,
	.descriptors = 2,
};
