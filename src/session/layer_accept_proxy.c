/* SPDX-License-Identifier: ISC */
/* --accept-proxy: who passes a connection on says whose it is, in a header of
 * the PROXY protocol.  From then on its addresses are those. */
#include <stdlib.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "io/handshake.h"
#include "net/header_addr.h"
#include "session/judge.h"
#include "session/layers.h"
#include "session/session.h"

#define NAME	"--accept-proxy"

static bool
layer_accept_proxy_wanted(const struct run *r, enum session_side side,
    size_t hop)
{
	(void)side;
	(void)hop;
	return r->options->header.accept;
}

static enum result
layer_accept_proxy_begin(struct session *s, struct error *err)
{
	(void)err;
	s->layer_state = xcalloc(1, sizeof(struct proxy_header));
	return RESULT_OK;
}

static void
layer_accept_proxy_undo(struct session *s)
{
	free(s->layer_state);
	s->layer_state = NULL;
}

/* What the header says, for -v. */
static void
header_say(const struct session *s, const struct proxy_header *h)
{
	const struct connection *c = &s->connection;
	char sender[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX];
	char local[ADDR_TEXT_MAX];

	if (!log_enabled(LOG_STEP))
		return;
	if (h->announced)
		log_line(LOG_STEP, "PROXY header from %s: %s -> %s",
		    addr_format(&s->sender, sender),
		    addr_format(&c->remote, remote),
		    addr_format(&c->local, local));
	else
		log_line(LOG_STEP, "PROXY header from %s: no addresses",
		    addr_format(&c->remote, remote));
}

/* The header is there. */
static enum result
header_take(struct session *s, const struct proxy_header *h,
    struct error *err)
{
	struct connection *c = &s->connection;

	if (h->announced) {
		s->sender = c->remote;
		header_addr_read(&h->source, &c->remote);
		header_addr_read(&h->destination, &c->local);
	}
	header_say(s, h);
	if (judge_client(s->run, &c->remote))
		return RESULT_OK;
	s->unwelcome = true;
	return error_set(err, RESULT_DENIED, JUDGE_DENIED);
}

static enum result
layer_accept_proxy_step(struct session *s, bool *done,
    struct layer_wait *wait, struct error *err)
{
	const struct handshake h = { &proxy_header_codec, s->layer_state,
		NAME };
	enum result result = handshake_step(&h, s->net, done, &wait->events,
	    err);

	if (result == RESULT_OK && *done) {
		result = header_take(s, s->layer_state, err);
		layer_accept_proxy_undo(s);
	}
	return result;
}

static enum result
layer_accept_proxy_late(const struct session *s, bool others,
    struct error *err)
{
	(void)s;
	return error_set(err, RESULT_TIMEOUT, others ?
	    NAME ": given up before its PROXY header was there, for others" :
	    NAME ": no PROXY header came in time");
}

/* Any byte will do: the header is short, or nobody has to wait for long. */
static enum layer_greeting
layer_accept_proxy_look(const unsigned char *head, size_t n, size_t *need)
{
	(void)head;
	*need = 1;
	return n == 0 ? GREETING_MORE : GREETING_THERE;
}

extern const struct layer layer_accept_proxy;
const struct layer layer_accept_proxy = {
	.name = "PROXY header, received",
	.sides = SIDE_ACCEPTED,
	.raw_after = true,
	.wanted = layer_accept_proxy_wanted,
	.begin = layer_accept_proxy_begin,
	.step = layer_accept_proxy_step,
	.undo = layer_accept_proxy_undo,
	.late = layer_accept_proxy_late,
	.look = layer_accept_proxy_look,
};
