/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/signals.h"
#include "base/xalloc.h"
#include "run/server.h"
#include "serve/gather.h"
#include "serve/merge.h"
#include "session/session.h"

static struct stream *
merge_join(struct gather *g, const struct options *o, const struct addr *from,
    int fd, struct error *err)
{
	struct stream *local = gather_join(g, from, fd, options_datagrams(o));
	struct error e;

	if (local == NULL) {
		error_set_errno(&e, RESULT_LOCAL, errno, "eventfd");
		error_own(&e, 0);
		session_say_failed(from, &e, err);
	}
	return local;
}

/* With layers, in a thread of its own. */
static enum result
merge_serve(void *context, const struct options *o, int64_t deadline,
    struct connection *c, struct stream *net, struct error *err)
{
	struct addr remote = c->remote;
	struct stream *local;
	enum result result;

	if (net == NULL)
		net = session_connect(o, deadline, c, err);
	if (net == NULL)
		return err->result;
	local = merge_join(context, o, &remote, net->in.fd, err);
	if (local == NULL) {
		stream_close(net, true);
		return err->result;
	}
	result = session_run(o, deadline, net, &remote, local, NULL, err);
	stream_close(local, false);
	return result;
}

struct merged {
	struct session	*session;
	struct stream	*local;
};

static void *
merge_begin(void *context, const struct options *o, int64_t deadline,
    struct connection *c, int fd[2], struct error *err)
{
	struct stream *local = merge_join(context, o, &c->remote, c->fd, err);
	struct merged *m;

	if (local == NULL) {
		sockopt_abort_on_close(c->fd);
		connection_close(c);
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	fd[0] = c->fd;
	fd[1] = local->in.fd;
	m->local = local;
	m->session = session_open(o, deadline, c, local);
	return m;
}

static enum pump_turn
merge_turn(void *client, const short revents[2], short wants[2])
{
	struct merged *m = client;
	enum pump_turn turn = session_turn(m->session, revents[0], revents[1]);

	if (turn == PUMP_WAITS)
		session_wants(m->session, &wants[0], &wants[1]);
	return turn;
}

static enum result
merge_finish(void *client, struct error *err)
{
	struct merged *m = client;
	enum result result = session_finish(m->session, err);

	stream_close(m->local, false);
	free(m);
	return result;
}

enum result
merge_end(struct gather *g, int64_t deadline, enum result result,
    struct error *err)
{
	struct error e = { .result = RESULT_OK };

	if (gather_end(g, deadline, &e) == RESULT_OK ||
	    (result == RESULT_SIGNAL && signals_asked() != SIGPIPE))
		return result;
	*err = e;
	return e.result;
}

enum result
merge_run(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, struct error *err)
{
	struct gather *g = gather_new(o->merge.mark);
	struct server_mode mode = {
		.serve = merge_serve,
		.context = g,
		.descriptors = 2,
	};

	if (g == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "--merge");
	if (o->tls_context == NULL) {
		mode.begin = merge_begin;
		mode.turn = merge_turn;
		mode.finish = merge_finish;
	}
	return merge_end(g, deadline, server_run(o, deadline, l, access, &mode,
	    err), err);
}
