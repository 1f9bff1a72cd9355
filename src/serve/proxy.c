/* SPDX-License-Identifier: ISC */
/* --proxy-server: a client says where it wants to be connected to. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/write_all.h"
#include "net/access.h"
#include "net/resolve.h"
#include "net/scope.h"
#include "report/record.h"
#include "serve/http_relay.h"
#include "session/dialling.h"
#include "session/proxy_request.h"
#include "session/way.h"

/* How long a client of HTTP may take for the rest of a head, or for reading an
 * answer, at most. */
#define STEP_TIME	(30 * CLOCK_SECOND)

/* How long nothing may move while a request of HTTP is served, at most: whoever
 * waits for an answer has ended nothing, and may have gone. */
#define ORIGIN_TIME	(15 * 60 * CLOCK_SECOND)

/* How long an answer may take to be written: it fits into the socket's empty
 * buffer, and TLS is the only one that may have to wait. */
#define ANSWER_TIME	(10 * CLOCK_SECOND)

/* --- where clients may go ------------------------------------------------ */

/* One of whom a PROXY header says nothing may be anybody: the address is that
 * of who has sent it. */
static enum scope
proxy_client_scope(const struct session *client)
{
	return client->run->options->header.accept && client->sender.len == 0 ?
	    SCOPE_FAR : scope_of(&client->connection.remote);
}

/* What is near us is for those who are as near, unless a list says where
 * clients may go. */
static bool
proxy_reaches(const struct session *client, const struct addr *to)
{
	const struct access_options *o =
	    &client->run->options->proxy_server.dest;
	enum scope scope = scope_of_target(to);
	char text[ADDR_TEXT_MAX];

	if (o->allow.count > 0 || scope == SCOPE_FAR ||
	    proxy_client_scope(client) >= scope)
		return true;
	log_line(LOG_STEP, "denied %s: %s, and the client is not",
	    addr_format(to, text), scope == SCOPE_HOST ?
	    "it is on this host" : "it is on a link of this host");
	return false;
}

/* That would come back to us, for ever: it is where the client has come to. */
static bool
proxy_is_self(const struct session *client, const struct addr *to)
{
	const struct addr *here = &client->connection.local;
	char text[ADDR_TEXT_MAX], own[ADDR_TEXT_MAX];

	if (addr_port(here) != addr_port(to) || (!scope_is_unspecified(to) &&
	    strcmp(addr_format_host(here, own), addr_format_host(to, text)) !=
	    0))
		return false;
	log_line(LOG_STEP, "denied %s: this is the proxy itself",
	    addr_format(to, text));
	return true;
}

/* Leave those of list that the client may be connected to. */
static enum result
proxy_judge(const struct session *client, const char *host,
    struct addr_list *list, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct addr *to = &list->addr[i];

		if (proxy_reaches(client, to) && !proxy_is_self(client, to) &&
		    access_admits(client->run->destinations, to))
			list->addr[n++] = *to;
	}
	list->count = n;
	if (n > 0)
		return RESULT_OK;
	return error_set(err, RESULT_DENIED, "%s is no place to go to for "
	    "this client", host);
}

/* --- getting there ------------------------------------------------------- */

/* What the name means is judged, and that is connected to. */
static enum result
proxy_dial_judged(const struct session *client, const char *host,
    uint16_t port, struct connection *c, struct error *err)
{
	const struct run *r = client->run;
	const struct dial_options *d = dialling_options(r, SIDE_TARGET);
	const struct resolve_query query = {
		.host = host,
		.port = port,
		.family = d->socket->family,
		.numeric = d->socket->numeric,
	};
	int64_t until = clock_earlier(r->deadline, clock_after(clock_now(),
	    d->timeout));
	struct addr_list list = { NULL, 0 };
	enum result result = resolve(&query, until, &list, err);

	if (result == RESULT_OK) {
		dial_log_resolved(host, &list);
		result = proxy_judge(client, host, &list, err);
	}
	if (result == RESULT_OK) {
		resolve_interleave(&list);
		result = dial_addresses(d, host, port, &list, until, c, err);
	}
	addr_list_free(&list);
	return result;
}

/* The stream there; NULL: there is none.  *local is where it is from. */
static struct stream *
proxy_dial(struct session *client, const char *host, uint16_t port,
    struct addr *local, struct error *err)
{
	const struct destination to = { .host = host, .port = port };
	struct connection c;
	struct session target;

	if (proxy_dial_judged(client, host, port, &c, err) != RESULT_OK)
		return NULL;
	session_init(&target, client->run, SIDE_TARGET, &to, &c);
	target.client = client;
	*local = target.connection.local;
	if (session_stack(&target, err) != RESULT_OK)
		return NULL;
	session_note_target(client, &target);
	target.net->duplex = true;
	target.net->name = target.net->in_name = "the target";
	return target.net;
}

/* --- the answer ---------------------------------------------------------- */

/* Say how it went.  What the client asked is done with. */
static bool
proxy_reply(struct session *client, enum result result,
    const struct addr *local)
{
	unsigned char out[PROXY_REPLY_MAX];
	size_t n = proxy_request_reply(client->request, result, local, out);
	uint64_t written = 0;

	proxy_request_free(client->request);
	client->request = NULL;
	return write_all(client->net, out, n, clock_after(clock_now(),
	    ANSWER_TIME), &written);
}

static void
proxy_fail(struct session *client, const struct error *e, struct error *err)
{
	struct error why = *e;

	error_put_before(&why, "--proxy-server: ");
	session_fail(client, &why, err);
}

/* --- the way ------------------------------------------------------------- */

static struct stream *
proxy_connect(void *context, struct session *client, struct error *err)
{
	struct error e = { .result = RESULT_OK };
	struct stream *target;
	struct addr local;
	const char *host;
	uint16_t port;

	(void)context;
	host = proxy_request_host(client->request, &port);
	log_line(LOG_STEP, "%s: to %s port %u",
	    proxy_request_protocol(client->request), host, (unsigned)port);
	target = proxy_dial(client, host, port, &local, &e);
	if (target == NULL) {
		proxy_reply(client, e.result, NULL);
		client->target_failed = true;
		proxy_fail(client, &e, err);
		session_part(client);
		return NULL;
	}
	if (proxy_reply(client, RESULT_OK, &local))
		return target;
	stream_close(target, true);
	error_set(&e, RESULT_BROKEN, "the client did not take the answer");
	proxy_fail(client, &e, err);
	session_close(client, true);
	return NULL;
}

/* --- what is not a connection of the client's own ------------------------ */

/* As http_relay.h has it. */
static struct stream *
proxy_dial_origin(void *context, const char *host, uint16_t port,
    struct error *err)
{
	struct addr local;

	log_line(LOG_STEP, "HTTP: a request for %s port %u", host,
	    (unsigned)port);
	return proxy_dial(context, host, port, &local, err);
}

/* The client has been told of all that went wrong. */
static enum result
proxy_relay_end(struct session *client, const struct http_relay *relay,
    bool abort, enum result result, struct error *e, struct error *err)
{
	struct record record;
	struct error why;

	session_record(client, &record);
	session_ask(client, &record);
	record.counted = true;
	record.target = client->target;
	client->target = NULL;
	record.sent = relay->sent;
	record.received = relay->received;
	error_set(&why, result, "--proxy-server: %s", e->text);
	if (result != RESULT_OK) {
		record.error = &why;
		record_fail(&record, err);
	} else {
		record_say(&record);
	}
	record_release(&record);
	if (abort)
		session_close(client, true);
	else
		session_part(client);
	return result;
}

/* Requests of HTTP, until there are no more, or one is CONNECT: then the result
 * is RESULT_OK, and the client has not been closed. */
static enum result
proxy_relay(struct session *client, struct error *err)
{
	const struct options *o = client->run->options;
	struct http_relay relay = {
		.client = client->net,
		.server = proxy_request_http(client->request),
		.dial = proxy_dial_origin,
		.context = client,
		.traffic = &client->progress.traffic,
		.step = clock_earlier(o->dial.timeout, STEP_TIME),
		.idle = clock_earlier(o->pump.idle_timeout, ORIGIN_TIME),
		.deadline = client->run->deadline,
	};
	struct error e = { .result = RESULT_OK };
	bool connect = false, abort = false;
	enum result result;

	progress_enter(client->run->progress, &client->progress,
	    &client->connection.remote);
	result = http_relay_run(&relay, &connect, &abort, &e);
	progress_leave(client->run->progress, &client->progress);

	return result == RESULT_OK && connect ? RESULT_OK :
	    proxy_relay_end(client, &relay, abort, result, &e, err);
}

static enum result
proxy_serve(void *context, struct session *s, struct error *err)
{
	enum result result = session_stack(s, err);
	struct stream *local;

	if (result != RESULT_OK)
		return result;
	if (!proxy_request_connects(s->request)) {
		result = proxy_relay(s, err);
		if (result != RESULT_OK || s->net == NULL)
			return result;
	}
	local = proxy_connect(context, s, err);
	if (local == NULL)
		return err->result;
	result = session_run(s, local, err);
	stream_close(local, result != RESULT_OK);
	return result;
}

static bool
proxy_moves(const struct session *s)
{
	return proxy_request_connects(s->request);
}

static bool
proxy_wanted(const struct run *r)
{
	return r->options->proxy_server.types != NULL;
}

extern const struct way way_proxy;
const struct way way_proxy = {
	.wanted = proxy_wanted,
	.serve = proxy_serve,
	.connect = proxy_connect,
	.moves = proxy_moves,
	.descriptors = 2,
};
