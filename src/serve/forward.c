/* SPDX-License-Identifier: ISC */
/* --forward: a connection of our own at the local end. */
#include <errno.h>
#include <string.h>

#include "io/stream.h"
#include "session/dialling.h"
#include "session/way.h"

/* A client was let down. */
static void
forward_fail(struct session *client, const struct error *e,
    struct error *err)
{
	struct error why = *e;

	error_put_before(&why, "--forward: ");
	error_own(&why, 0);
	client->target_failed = true;
	session_fail(client, &why, err);
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
forward_connect(void *context, struct session *client,
    struct error *err)
{
	const struct run *r = client->run;
	const struct destination to = dialling_destination(r, SIDE_TARGET);
	struct connection c;
	struct session target;
	struct error e = { .result = RESULT_OK };
	enum result result;

	(void)context;
	result = dialling_connect(r, SIDE_TARGET, &to, &c, &e);
	if (result == RESULT_OK) {
		session_init(&target, r, SIDE_TARGET, &to, &c);
		target.client = client;
		result = session_stack(&target, &e);
	}
	if (result != RESULT_OK) {
		forward_fail(client, &e, err);
		return NULL;
	}
	session_note_target(client, &target);
	target.net->duplex = true;
	target.net->name = target.net->in_name = "the target";
	return target.net;
}

static enum result
forward_serve(void *context, struct session *s, struct error *err)
{
	const struct options *o = s->run->options;
	struct stream *local;
	enum result result = session_stack(s, err);

	if (result != RESULT_OK)
		return result;
	local = forward_connect(context, s, err);
	if (local == NULL) {
		/* The client can tell that from an end. */
		session_close(s, true);
		return err->result;
	}
	result = session_run(s, local, err);
	/* Of datagrams, it comes that late. */
	if (result == RESULT_REFUSED && options_datagrams(o) &&
	    o->server.keep_open)
		forward_set_refused(&s->connection.remote, err);
	stream_close(local, result != RESULT_OK);
	return result;
}

static bool
forward_wanted(const struct run *r)
{
	return r->options->forward.text != NULL;
}

extern const struct way way_forward;
const struct way way_forward = {
	.wanted = forward_wanted,
	.serve = forward_serve,
	.connect = forward_connect,
	.descriptors = 2,
};
