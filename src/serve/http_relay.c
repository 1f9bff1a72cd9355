/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "io/handshake.h"
#include "io/write_all.h"
#include "serve/http_exchange.h"
#include "serve/http_relay.h"

static enum result	relay_one(struct http_relay *, bool *, bool *,
			    struct error *);
static enum result	relay_next(struct http_relay *, bool *,
			    struct error *);
static void	relay_answer(struct http_relay *, int, const char *, bool);

enum result
http_relay_run(struct http_relay *r, bool *connect, bool *abort,
    struct error *err)
{
	enum result result;
	bool goes_on;

	*abort = *connect = false;
	do {
		result = relay_one(r, &goes_on, abort, err);
		if (result == RESULT_OK && goes_on)
			result = relay_next(r, &goes_on, err);
		*connect = result == RESULT_OK && goes_on &&
		    r->server->request.connect;
	} while (result == RESULT_OK && goes_on && !*connect);
	return result;
}

/* --- one request --------------------------------------------------------- */

/* Nobody is there.  The client may ask for something else, if it has sent all
 * of this request. */
static enum result
relay_undialled(struct http_relay *r, bool *goes_on, struct error *err)
{
	const struct http_request *request = &r->server->request;

	*goes_on = request->keep && err->result != RESULT_SIGNAL &&
	    request->body.verdict == HTTP_BODY_DONE;
	relay_answer(r, http_reply_status(err->result), NULL, !*goes_on);
	if (!*goes_on)
		return err->result;
	log_line(LOG_STEP, "%s", err->text);
	return RESULT_OK;
}

/* ... and whether another one may follow. */
static enum result
relay_one(struct http_relay *r, bool *goes_on, bool *abort, struct error *err)
{
	const struct http_target *to = &r->server->request.target;
	struct http_exchange *x = http_exchange_new(r);
	enum result result = http_exchange_look(x, err);
	struct stream *origin = NULL;

	*goes_on = false;
	if (result == RESULT_OK) {
		origin = r->dial(r->context, to->host, to->port, err);
		if (origin == NULL)
			result = relay_undialled(r, goes_on, err);
	}
	if (origin != NULL) {
		result = http_exchange_run(x, origin, err);
		*goes_on = result == RESULT_OK && http_exchange_keeps(x);
	}
	if (http_exchange_status(x) != 0)
		relay_answer(r, http_exchange_status(x), http_exchange_why(x),
		    true);
	*abort = result != RESULT_OK && http_exchange_begun(x);
	http_exchange_free(x);
	return result;
}

/* --- answers of ours ----------------------------------------------------- */

/* Whoever does not take it in time does not get it. */
static void
relay_answer(struct http_relay *r, int status, const char *text, bool close)
{
	const struct http_reply reply = { .status = status, .text = text,
		.close = close, .to_head = r->server->request.to_head };
	int64_t until = clock_earlier(r->deadline, clock_after(clock_now(),
	    r->step));
	char out[HTTP_REPLY_MAX];
	size_t n = http_reply(&reply, out, sizeof(out));

	write_all(r->client, out, n, until, &r->sent);
}

/* --- the next request ---------------------------------------------------- */

/* Until the dialogue can go on.  Between requests, silence is no failure. */
static enum result
relay_wait(struct http_relay *r, short events, int64_t pause, int64_t *until,
    bool *silent, struct error *err)
{
	bool midway = http_server_midway(r->server);
	enum wait_result how;

	if (midway && *until == CLOCK_NEVER)
		*until = clock_earlier(r->deadline, clock_after(clock_now(),
		    r->step));
	how = wait_fd(r->client->in.fd, events, midway ? *until : pause, 0);
	*silent = how == WAIT_TIMEOUT && !midway;
	if (how != WAIT_TIMEOUT || !midway)
		return wait_error(how, err);
	relay_answer(r, 408, NULL, true);
	return error_set(err, RESULT_TIMEOUT,
	    "the client does not end its request");
}

/* *goes_on: there is one; if not, with RESULT_OK, the client has had enough. */
static enum result
relay_next(struct http_relay *r, bool *goes_on, struct error *err)
{
	const struct handshake h = { &http_server_codec, r->server, "http" };
	int64_t pause = clock_earlier(r->deadline, clock_after(clock_now(),
	    clock_earlier(r->idle, HTTP_RELAY_PAUSE))), until = CLOCK_NEVER;
	enum result result;
	bool silent = false;
	short wants;

	http_server_next(r->server);
	do {
		result = handshake_step(&h, r->client, goes_on, &wants, err);
		if (result != RESULT_OK && result != RESULT_DENIED &&
		    !http_server_midway(r->server))
			return RESULT_OK;
		if (result == RESULT_OK && !*goes_on)
			result = relay_wait(r, wants, pause, &until, &silent,
			    err);
	} while (result == RESULT_OK && !*goes_on && !silent);
	return result;
}
