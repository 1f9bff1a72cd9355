/* SPDX-License-Identifier: ISC */
/* --send-proxy: say whose the connection is, in a header of the PROXY protocol,
 * before anything else. */
#include <stdlib.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "io/handshake.h"
#include "net/header_addr.h"
#include "session/layers.h"
#include "session/session.h"

#define NAME	"--send-proxy"

struct announcement {
	unsigned char	header[PROXY_HEADER_MAX];
	size_t		n, sent;
};

/* --- as a dialogue, in which the peer says nothing ----------------------- */

static enum dialogue_verdict
announcement_feed(void *state, const unsigned char *in, size_t n,
    size_t *used)
{
	(void)state;
	(void)in;
	(void)n;
	*used = 0;
	return DIALOGUE_DONE;
}

static const unsigned char *
announcement_output(void *state, size_t *n)
{
	struct announcement *a = state;

	*n = a->n - a->sent;
	return a->header + a->sent;
}

static void
announcement_sent(void *state, size_t n)
{
	struct announcement *a = state;

	a->sent += n;
}

static const struct dialogue_codec announcement_codec = {
	.feed = announcement_feed,
	.output = announcement_output,
	.sent = announcement_sent,
};

/* --- the layer ----------------------------------------------------------- */

static bool
layer_send_proxy_wanted(const struct run *r, enum session_side side,
    size_t hop)
{
	(void)side;
	(void)hop;
	return r->options->header.send != 0;
}

/* Whose connection it is: that of the client for whom it was made, or ours; who
 * has dialled comes first. */
static void
announced_addresses(const struct session *s, const struct addr *a[2])
{
	const struct connection *c = s->client != NULL ?
	    &s->client->connection : &s->connection;

	a[0] = s->client != NULL ? &c->remote : &c->local;
	a[1] = s->client != NULL ? &c->local : &c->remote;
}

/* As a header has them.  False: it can't tell of them, or a proxy has made the
 * connection, of which ours says nothing. */
static bool
announced_addresses_fit(const struct session *s,
    const struct addr *const a[2], struct proxy_header_address to[2])
{
	const struct options *o = s->run->options;

	if (s->client == NULL && o->proxy.count > 0)
		return false;
	return header_addr_write(a[0], &to[0]) &&
	    header_addr_write(a[1], &to[1]) &&
	    proxy_header_can_tell(o->header.send, &to[0], &to[1]);
}

static void
announcement_say(const struct session *s, const struct addr *const a[2],
    bool told)
{
	char to[ADDR_TEXT_MAX], source[ADDR_TEXT_MAX];
	char destination[ADDR_TEXT_MAX];

	if (!log_enabled(LOG_STEP))
		return;
	addr_format(&s->connection.remote, to);
	if (told)
		log_line(LOG_STEP, "PROXY header to %s: %s -> %s", to,
		    addr_format(a[0], source), addr_format(a[1], destination));
	else
		log_line(LOG_STEP, "PROXY header to %s: no addresses", to);
}

static enum result
layer_send_proxy_begin(struct session *s, struct error *err)
{
	struct announcement *an = xcalloc(1, sizeof(*an));
	struct proxy_header_address to[2];
	const struct addr *a[2];
	bool told;

	(void)err;
	announced_addresses(s, a);
	told = announced_addresses_fit(s, a, to);
	an->n = proxy_header_make(s->run->options->header.send,
	    told ? &to[0] : NULL, told ? &to[1] : NULL, an->header);
	announcement_say(s, a, told);
	s->layer_state = an;
	return RESULT_OK;
}

static void
layer_send_proxy_undo(struct session *s)
{
	free(s->layer_state);
	s->layer_state = NULL;
}

static enum result
layer_send_proxy_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	const struct handshake h = { &announcement_codec, s->layer_state,
		NAME };
	enum result result = handshake_step(&h, s->net, done, &wait->events,
	    err);

	if (result == RESULT_OK && *done)
		layer_send_proxy_undo(s);
	return result;
}

static enum result
layer_send_proxy_late(const struct session *s, bool others, struct error *err)
{
	(void)s;
	(void)others;
	return error_set(err, RESULT_TIMEOUT, NAME ": the PROXY header was not "
	    "taken in time");
}

extern const struct layer layer_send_proxy;
const struct layer layer_send_proxy = {
	.name = "PROXY header, sent",
	.sides = SIDE_DIALLED | SIDE_TARGET,
	.raw_after = true,
	.wanted = layer_send_proxy_wanted,
	.begin = layer_send_proxy_begin,
	.step = layer_send_proxy_step,
	.undo = layer_send_proxy_undo,
	.late = layer_send_proxy_late,
};
