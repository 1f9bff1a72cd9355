/* SPDX-License-Identifier: ISC */
/* --proxy: a proxy is asked to connect to the next one on the way, or to the
 * destination. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "io/handshake.h"
#include "net/life.h"
#include "session/layers.h"
#include "session/proxy_place.h"
#include "session/session.h"
#include "wire/connect_client.h"
#include "wire/socks_client.h"

/* One dialogue. */
struct passage {
	const struct dialogue_codec	*codec;
	void				*state;
	char				 name[1024];	/* in messages */
	struct socks_client		 socks;
	struct connect_client		*http;	/* in the memory, or NULL */
};

/* What is kept from one connection of a session to the next. */
struct proxy_memory {
	struct proxy_places	 places;	/* of the last one on the way */
	struct connect_client	**http;		/* of each proxy; NULL */
};

static const struct proxy_options *
proxies_of(const struct session *s)
{
	return &s->run->options->proxy;
}

/* --- what is asked for --------------------------------------------------- */

static bool
is_last_hop(const struct session *s)
{
	return s->hop + 1 == proxies_of(s)->count;
}

static struct proxy_memory *
proxy_memory_of(struct session *s)
{
	if (s->proxies == NULL) {
		s->proxies = xcalloc(1, sizeof(*s->proxies));
		s->proxies->http = xcalloc(proxies_of(s)->count,
		    sizeof(s->proxies->http[0]));
	}
	return s->proxies;
}

/* What the proxy is told: *place. */
static enum result
layer_proxy_place(struct session *s, struct proxy_place *place,
    struct error *err)
{
	const struct proxy_options *o = proxies_of(s);
	const struct proxy_hop *hop = &o->hop[s->hop];
	struct proxy_places several = { .next = 0 };
	struct proxy_places *places = is_last_hop(s) ?
	    &proxy_memory_of(s)->places : &several;
	enum result result;

	if (is_last_hop(s)) {
		place->host = s->to.host;
		place->port = s->to.port;
	} else {
		place->host = hop[1].at.inet.host;
		place->port = hop[1].port;
	}
	result = proxy_place_find(s->run, hop->type == PROXY_SOCKS4 ||
	    hop->type == PROXY_SOCKS4A, hop->type == PROXY_SOCKS4 ||
	    o->local_names, places, place, err);
	if (!is_last_hop(s))
		proxy_places_free(&several);
	return result;
}

/* --- SOCKS --------------------------------------------------------------- */

static enum result
passage_begin_socks(struct passage *p, const struct proxy_hop *hop,
    const struct proxy_place *place, struct error *err)
{
	static const enum socks_version versions[] = {
		[PROXY_SOCKS4] = SOCKS_4,
		[PROXY_SOCKS4A] = SOCKS_4A,
		[PROXY_SOCKS5] = SOCKS_5,
	};
	struct socks_request request = {
		.version = versions[hop->type],
		.name = place->host,
		.user = hop->user,
		.password = hop->password,
	};
	enum socks_client_verdict verdict;

	request.to.port = place->port;
	request.to.kind = place->address.len == 0 ? SOCKS_NAME :
	    place->address.sa.sa_family == AF_INET ? SOCKS_INET : SOCKS_INET6;
	if (request.to.kind == SOCKS_INET)
		memcpy(request.to.bytes, &place->address.in.sin_addr, 4);
	if (request.to.kind == SOCKS_INET6)
		memcpy(request.to.bytes, &place->address.in6.sin6_addr, 16);
	verdict = socks_client_init(&p->socks, &request);
	p->codec = &socks_client_codec;
	p->state = &p->socks;
	return verdict == SOCKS_CLIENT_OK ? RESULT_OK : error_set(err,
	    RESULT_USAGE, "%s: %s", p->name,
	    socks_client_verdict_text(verdict));
}

/* --- HTTP ---------------------------------------------------------------- */

/* Letters and digits that nobody has said before. */
static void
passage_cnonce(char text[33])
{
	for (size_t i = 0; i < 4; i++)
		snprintf(text + 8 * i, 9, "%08x", (unsigned)arc4random());
}

/* On a new connection, the dialogue goes on if that is what it was for. */
static enum result
passage_begin_http(struct session *s, struct passage *p,
    const struct proxy_place *place, struct error *err)
{
	const struct proxy_hop *hop = &proxies_of(s)->hop[s->hop];
	struct connect_client **http = &proxy_memory_of(s)->http[s->hop];
	char host[ADDR_TEXT_MAX], cnonce[33];
	const struct connect_request request = {
		.host = place->address.len == 0 ? place->host :
		    addr_format_host(&place->address, host),
		.port = place->port,
		.user = hop->user,
		.password = hop->password,
		.cnonce = cnonce,
	};
	const char *problem = NULL;

	passage_cnonce(cnonce);
	if (*http != NULL && connect_client_wants_redial(*http)) {
		connect_client_again(*http);
	} else {
		if (*http == NULL)
			*http = xcalloc(1, sizeof(**http));
		problem = connect_client_init(*http, &request);
	}
	p->http = *http;
	p->codec = &connect_client_codec;
	p->state = *http;
	return problem == NULL ? RESULT_OK : error_set(err, RESULT_USAGE,
	    "%s: %s", p->name, problem);
}

/* --- the layer ----------------------------------------------------------- */

static bool
layer_proxy_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)side;
	return hop < r->options->proxy.count;
}

static void
layer_proxy_undo(struct session *s)
{
	struct passage *p = s->layer_state;

	socks_client_wipe(&p->socks);
	free(p);
	s->layer_state = NULL;
}

static enum result
layer_proxy_begin(struct session *s, struct error *err)
{
	const struct proxy_options *o = proxies_of(s);
	struct passage *p = xcalloc(1, sizeof(*p));
	struct proxy_place place = { .host = NULL };
	enum result result;

	s->layer_state = p;
	result = layer_proxy_place(s, &place, err);
	snprintf(p->name, sizeof(p->name), "--proxy%s%.256s to %s port %u",
	    o->count > 1 ? " " : "", o->count > 1 ? o->text.text[s->hop] : "",
	    place.text, (unsigned)place.port);
	if (result == RESULT_OK)
		result = o->hop[s->hop].type == PROXY_HTTP ?
		    passage_begin_http(s, p, &place, err) :
		    passage_begin_socks(p, &o->hop[s->hop], &place, err);
	if (result != RESULT_OK)
		layer_proxy_undo(s);
	return result;
}

/* The proxy has ended this connection, to be asked once more, or says no:
 * another address of the destination may do. */
static void
layer_proxy_failed(struct session *s, enum result result)
{
	const struct passage *p = s->layer_state;

	if (p->http != NULL && connect_client_wants_redial(p->http))
		s->again = true;
	else if (result == RESULT_DENIED && is_last_hop(s))
		s->again = proxy_places_next(&proxy_memory_of(s)->places);
}

static enum result
layer_proxy_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	struct passage *p = s->layer_state;
	const struct handshake h = { p->codec, p->state, p->name };
	enum result result = handshake_step(&h, s->net, done, &wait->events,
	    err);

	if (result != RESULT_OK)
		layer_proxy_failed(s, result);
	if (result != RESULT_OK || !*done)
		return result;
	log_line(LOG_STEP, "%s: connected", p->name);
	if (is_last_hop(s))
		life_tell(&(struct life_event){ .kind = LIFE_THROUGH,
		    .type = SOCK_STREAM });
	/* Many a proxy closes both directions when one has ended. */
	s->net->ends_both = true;
	layer_proxy_undo(s);
	return RESULT_OK;
}

static enum result
layer_proxy_late(const struct session *s, bool others, struct error *err)
{
	const struct passage *p = s->layer_state;

	(void)others;
	return error_set(err, RESULT_TIMEOUT, "%s: no answer in time",
	    p->name);
}

/* Nobody asks an initiator's proxies any more. */
static void
layer_proxy_wipe(const struct proxy_options *o)
{
	for (size_t i = 0; i < o->count; i++) {
		char *password = o->hop[i].password;

		if (password != NULL)
			explicit_bzero(password, strlen(password));
	}
}

static void
layer_proxy_forget(struct session *s)
{
	if (s->side == SIDE_DIALLED)
		layer_proxy_wipe(proxies_of(s));
	if (s->proxies == NULL)
		return;
	for (size_t i = 0; i < proxies_of(s)->count; i++) {
		struct connect_client *http = s->proxies->http[i];

		if (http != NULL)
			connect_client_wipe(http);
		free(http);
	}
	free(s->proxies->http);
	proxy_places_free(&s->proxies->places);
	free(s->proxies);
	s->proxies = NULL;
}

extern const struct layer layer_proxy;
const struct layer layer_proxy = {
	.name = "proxy",
	.stage = STAGE_PROXIED,
	.sides = SIDE_DIALLED | SIDE_TARGET,
	.each_hop = true,
	.raw_after = true,
	.dials = true,
	.wanted = layer_proxy_wanted,
	.begin = layer_proxy_begin,
	.step = layer_proxy_step,
	.undo = layer_proxy_undo,
	.late = layer_proxy_late,
	.forget = layer_proxy_forget,
};
