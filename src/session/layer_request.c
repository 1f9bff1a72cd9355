/* SPDX-License-Identifier: ISC */
/* --proxy-server: what the client wants of us. */
#include "io/handshake.h"
#include "session/layers.h"
#include "session/proxy_request.h"
#include "session/session.h"

static bool
layer_request_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)side;
	(void)hop;
	return r->options->proxy_server.types != NULL;
}

static enum result
layer_request_begin(struct session *s, struct error *err)
{
	(void)err;
	s->request = proxy_request_new(s->run);
	return RESULT_OK;
}

static void
layer_request_undo(struct session *s)
{
	proxy_request_free(s->request);
	s->request = NULL;
}

static enum result
layer_request_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	const struct handshake h = { &proxy_request_codec, s->request,
		"--proxy-server" };

	return handshake_step(&h, s->net, done, &wait->events, err);
}

/* Its end is a clean one, for TLS as well. */
static enum result
layer_request_late(const struct session *s, bool others, struct error *err)
{
	unsigned char answer[PROXY_REPLY_MAX];
	size_t n = proxy_request_late(s->request, answer);

	if (n > 0 && stream_write(s->net, answer, n) != -1)
		stream_flush(s->net);
	stream_shutdown(s->net);
	return error_set(err, RESULT_TIMEOUT, others ?
	    "--proxy-server: given up before its request came, for others" :
	    "--proxy-server: no request in time");
}

extern const struct layer layer_request;
const struct layer layer_request = {
	.name = "request",
	.sides = SIDE_ACCEPTED,
	.raw_after = true,
	.wanted = layer_request_wanted,
	.begin = layer_request_begin,
	.step = layer_request_step,
	.undo = layer_request_undo,
	.late = layer_request_late,
};
