/* SPDX-License-Identifier: ISC */
/* TLS and DTLS: a stream on top of the one below; with the peer, and with each
 * proxy on the way that wants it. */
#include "session/layers.h"
#include "session/session.h"
#include "wire/hello.h"

static struct tls *
layer_tls_context(const struct run *r, enum session_side side)
{
	return side == SIDE_TARGET ? r->tls_target : r->tls;
}

static bool
layer_tls_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)hop;
	return layer_tls_context(r, side) != NULL;
}

static enum result
layer_tls_begin(struct session *s, struct error *err)
{
	struct stream *net = tls_begin(layer_tls_context(s->run, s->side),
	    s->to.host, s->net, err);

	if (net == NULL)
		return err->result;
	s->net = net;
	return RESULT_OK;
}

/* With a proxy. */
static bool
layer_proxy_tls_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)side;
	return hop < r->options->proxy.count &&
	    r->options->proxy.hop[hop].at.tls;
}

static enum result
layer_proxy_tls_begin(struct session *s, struct error *err)
{
	const struct endpoint_target *at =
	    &s->run->options->proxy.hop[s->hop].at;
	struct stream *net = tls_begin(s->run->tls_proxy, at->kind ==
	    ENDPOINT_UNIX ? NULL : at->inet.host, s->net, err);

	if (net == NULL)
		return err->result;
	s->net = net;
	return RESULT_OK;
}

static enum result
layer_tls_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	return tls_step(s->net, done, &wait->events, &wait->again, err);
}

static void
layer_tls_undo(struct session *s)
{
	s->net = tls_undo(s->net);
}

static enum result
layer_tls_late(const struct session *s, bool others, struct error *err)
{
	(void)s;
	return error_set(err, RESULT_TIMEOUT, others ?
	    "TLS: given up in its handshake, for others" :
	    "TLS: the handshake was not done in time");
}

static enum layer_greeting
layer_tls_look(const unsigned char *head, size_t n, size_t *need)
{
	_Static_assert(HELLO_HEAD <= LAYER_HEAD, "the head of a greeting");

	switch (hello_look(head, n, need)) {
	case HELLO_MORE:
		return GREETING_MORE;
	case HELLO_TOO_LONG:
		return GREETING_TOO_LONG;
	case HELLO_WHOLE:
	case HELLO_OTHER:
		break;
	}
	return GREETING_THERE;
}

/* RFC 8446, section 6: a fatal alert, illegal_parameter. */
static const unsigned char *
layer_tls_rebuff(size_t *n, struct error *err)
{
	static const unsigned char alert[] = { 21, 3, 3, 0, 2, 2, 47 };

	error_set(err, RESULT_DENIED, "TLS: the greeting is too long");
	*n = sizeof(alert);
	return alert;
}

extern const struct layer layer_proxy_tls, layer_tls;
const struct layer layer_proxy_tls = {
	.name = "TLS with a proxy",
	.sides = SIDE_DIALLED | SIDE_TARGET,
	.each_hop = true,
	.wanted = layer_proxy_tls_wanted,
	.begin = layer_proxy_tls_begin,
	.step = layer_tls_step,
	.undo = layer_tls_undo,
	.late = layer_tls_late,
};

const struct layer layer_tls = {
	.name = "TLS",
	.stage = STAGE_SECURED,
	.sides = SIDE_ACCEPTED | SIDE_DIALLED | SIDE_TARGET,
	.wanted = layer_tls_wanted,
	.begin = layer_tls_begin,
	.step = layer_tls_step,
	.undo = layer_tls_undo,
	.late = layer_tls_late,
	.expect_many = tls_expect_many,
	.look = layer_tls_look,
	.rebuff = layer_tls_rebuff,
};
