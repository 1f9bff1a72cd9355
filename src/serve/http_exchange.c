/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/idle.h"
#include "serve/http_exchange.h"
#include "serve/http_half.h"
#include "wire/http_response.h"

struct http_exchange {
	struct http_relay		*r;
	const struct http_request	*request;
	struct stream			*origin;	/* NULL: not yet */
	struct http_half		 up;		/* to the origin */
	struct http_half		 down;		/* to the client */
	bool				 deaf;		/* the origin reads no
							 * more */
	bool				 headed;	/* the head of the
							 * final response is
							 * there */
	uint64_t			 before;	/* bytes to the client,
							 * by then */
	bool				 keep;
	bool				 over;		/* all of the response
							 * was read */
	uint64_t			 moved;		/* at the last look */
	struct idle			 idle;
	int				 status;	/* see above */
	const char			*why;
	struct http_response		 response;
	struct http_head		 head;
};

static enum result	move_up(struct http_exchange *, struct error *);
static enum result	read_body(struct http_exchange *, struct error *);
static enum result	wait_for_body(struct http_exchange *, int64_t,
			    struct error *);
static enum result	move_down(struct http_exchange *, struct error *);
static enum result	origin_ended(struct http_exchange *, ssize_t,
			    struct error *);
static enum result	take_head(struct http_exchange *, size_t,
			    struct error *);
static enum result	take_body(struct http_exchange *, size_t, size_t,
			    struct error *);
static enum result	wait_for_more(struct http_exchange *, struct error *);
static bool	has_moved(struct http_exchange *);
static bool	has_to_say(const struct http_exchange *);

struct http_exchange *
http_exchange_new(struct http_relay *r)
{
	struct http_exchange *x = xmalloc(sizeof(*x));
	const char *pseudonym = r->server->o->pseudonym;
	char *out;

	x->r = r;
	x->request = &r->server->request;
	x->origin = NULL;
	x->deaf = x->headed = x->keep = x->over = false;
	x->moved = 0;
	x->status = 0;
	x->why = NULL;
	http_half_init(&x->up, r->client, NULL);
	http_half_init(&x->down, NULL, r->client);
	http_head_init(&x->head, HTTP_RESPONSE);
	x->up.body = x->request->body;
	x->up.chunks = x->up.body.framing == HTTP_FRAMING_CHUNKED;
	out = xmalloc(HTTP_FORWARD_MAX);
	buffer_put(&x->up.out, out, http_request_forward(x->request,
	    pseudonym, out));
	free(out);
	return x;
}

void
http_exchange_free(struct http_exchange *x)
{
	bool whole = x->over && x->up.body.verdict == HTTP_BODY_DONE;

	x->r->received += x->up.read_n;
	x->r->sent += x->down.written_n;
	pump_traffic_set(x->r->traffic, x->r->sent, x->r->received);
	if (x->origin != NULL)
		stream_close(x->origin, !whole);
	http_half_free(&x->up);
	http_half_free(&x->down);
	free(x);
}

int
http_exchange_status(const struct http_exchange *x)
{
	return x->status;
}

const char *
http_exchange_why(const struct http_exchange *x)
{
	return x->why;
}

bool
http_exchange_begun(const struct http_exchange *x)
{
	return x->headed && x->down.written_n > x->before;
}

bool
http_exchange_keeps(const struct http_exchange *x)
{
	return x->keep;
}

/* The client is owed that status, if it is not too late. */
static void
owe(struct http_exchange *x, int status)
{
	if (!http_exchange_begun(x))
		x->status = status;
}

static enum result
fail(struct http_exchange *x, int status, enum result result, const char *why,
    struct error *err)
{
	owe(x, status);
	return error_set(err, result, "%s", why);
}

enum result
http_exchange_look(struct http_exchange *x, struct error *err)
{
	int64_t until = clock_earlier(x->r->deadline, clock_after(clock_now(),
	    x->r->step));
	size_t head = buffer_length(&x->up.out);
	enum result result = RESULT_OK;

	if (!x->up.chunks || x->request->waits)
		return RESULT_OK;
	do {
		result = read_body(x, err);
		if (result == RESULT_OK && x->up.wants_in)
			result = wait_for_body(x, until, err);
	} while (result == RESULT_OK && buffer_length(&x->up.out) == head &&
	    x->up.body.verdict == HTTP_BODY_MORE);
	return result;
}

enum result
http_exchange_run(struct http_exchange *x, struct stream *origin,
    struct error *err)
{
	enum result result;

	x->origin = x->up.to = x->down.from = origin;
	idle_init(&x->idle, x->r->idle, x->r->client, origin, clock_now());
	for (;;) {
		result = move_up(x, err);
		if (result == RESULT_OK)
			result = move_down(x, err);
		if (result != RESULT_OK ||
		    (x->over && !http_half_pending(&x->down)))
			return result;
		if (has_moved(x) || has_to_say(x))
			continue;
		result = wait_for_more(x, err);
		if (result != RESULT_OK)
			return result;
	}
}

/* --- to the origin ------------------------------------------------------- */

/* An origin that reads no more may still have something to say. */
static enum result
move_up(struct http_exchange *x, struct error *err)
{
	x->up.wants_in = false;
	if (x->deaf)
		return RESULT_OK;
	if (!http_half_flush(&x->up)) {
		x->deaf = true;
		return RESULT_OK;
	}
	if (x->up.wants_out || x->up.body.verdict != HTTP_BODY_MORE)
		return RESULT_OK;
	return read_body(x, err);
}

/* What comes behind the body is the next request. */
static enum result
read_body(struct http_exchange *x, struct error *err)
{
	struct http_half *h = &x->up;
	ssize_t n = http_half_read(h);
	size_t behind;

	if (n == -1 && errno == EAGAIN)
		return RESULT_OK;
	if (n <= 0)
		return fail(x, 400, RESULT_BROKEN,
		    "the client ended in the middle of a request", err);
	behind = http_half_take(h, 0, (size_t)n);
	if (h->body.verdict > HTTP_BODY_DONE) {
		x->why = http_body_verdict_text(h->body.verdict);
		return fail(x, http_body_verdict_status(h->body.verdict),
		    RESULT_DENIED, x->why, err);
	}
	stream_unread(h->from, h->data + behind, (size_t)n - behind);
	h->read_n -= (size_t)n - behind;
	return RESULT_OK;
}

/* --- to the client ------------------------------------------------------- */

static enum result
move_down(struct http_exchange *x, struct error *err)
{
	ssize_t n;

	x->down.wants_in = false;
	if (!http_half_flush(&x->down)) {
		return error_set_errno(err, error_network_result(errno), errno,
		    "the client");
	}
	if (x->down.wants_out || x->over)
		return RESULT_OK;
	n = http_half_read(&x->down);
	if (n == -1 && errno == EAGAIN)
		return RESULT_OK;
	if (n <= 0)
		return origin_ended(x, n, err);
	return x->headed ? take_body(x, 0, (size_t)n, err) :
	    take_head(x, (size_t)n, err);
}

/* The end, or with n == -1 a failure, as errno says. */
static enum result
origin_ended(struct http_exchange *x, ssize_t n, struct error *err)
{
	if (n == 0 && x->headed && http_body_ends(&x->down.body)) {
		http_half_end(&x->down);
		x->over = true;
		return RESULT_OK;
	}
	if (n == 0)
		return fail(x, 502, RESULT_BROKEN, x->headed ?
		    "the response is not whole" : "the server did not answer",
		    err);
	owe(x, 502);
	return error_set_errno(err, error_network_result(errno), errno,
	    "the server");
}

/* Give the head on.  The connection can't stay if the client may be about to
 * send a body that nobody wants any more, or we are asked to leave. */
static void
give_head(struct http_exchange *x)
{
	char *out = xmalloc(HTTP_FORWARD_MAX);
	bool last = x->up.body.verdict != HTTP_BODY_DONE ||
	    signals_received() != 0;

	buffer_put(&x->down.out, out, http_response_forward(&x->response,
	    x->r->server->o->pseudonym, last, out));
	free(out);
	x->headed = !x->response.interim;
	x->before = x->down.written_n;
	x->keep = x->headed && x->response.keep && !last;
}

/* The n bytes of x->down.data are of a head, and of what is behind it. */
static enum result
take_head(struct http_exchange *x, size_t n, struct error *err)
{
	struct http_half *h = &x->down;
	enum http_head_verdict verdict;
	size_t used;

	verdict = http_head_feed(&x->head, h->data, n, &used);
	if (verdict == HTTP_HEAD_MORE)
		return RESULT_OK;
	if (verdict != HTTP_HEAD_DONE)
		return fail(x, 502, RESULT_BROKEN,
		    http_head_verdict_text(verdict), err);
	if (!http_response_judge(&x->response, &x->head, x->request))
		return fail(x, 502, RESULT_BROKEN, x->response.why, err);
	if (!x->response.dropped)
		give_head(x);
	if (x->response.interim) {
		stream_unread(h->from, h->data + used, n - used);
		http_head_init(&x->head, HTTP_RESPONSE);
		return RESULT_OK;
	}
	log_line(LOG_STEP, "%s port %u answers %d", x->request->target.host,
	    (unsigned)x->request->target.port, x->head.status);
	h->body = x->response.body;
	h->chunks = x->response.framing == HTTP_FRAMING_CHUNKED;
	return take_body(x, used, n - used, err);
}

/* What comes behind the body is nothing. */
static enum result
take_body(struct http_exchange *x, size_t at, size_t n, struct error *err)
{
	struct http_half *h = &x->down;

	if (h->body.verdict == HTTP_BODY_MORE)
		http_half_take(h, at, n);
	if (h->body.verdict > HTTP_BODY_DONE)
		return fail(x, 502, RESULT_BROKEN,
		    http_body_verdict_text(h->body.verdict), err);
	x->over = h->body.verdict == HTTP_BODY_DONE;
	return RESULT_OK;
}

/* --- waiting ------------------------------------------------------------- */

static bool
has_moved(struct http_exchange *x)
{
	uint64_t moved = x->up.read_n + x->up.written_n + x->down.read_n +
	    x->down.written_n;

	if (moved == x->moved)
		return false;
	x->moved = moved;
	pump_traffic_set(x->r->traffic, x->r->sent + x->down.written_n,
	    x->r->received + x->up.read_n);
	idle_moved(&x->idle, clock_now());
	return true;
}

/* The end of a response moves nothing, and may still be something to write. */
static bool
has_to_say(const struct http_exchange *x)
{
	return http_half_pending(&x->down) && !x->down.wants_out;
}

/* What poll(2) has to look for so that s can be read. */
static short
read_events(const struct stream *s)
{
	short events = stream_read_events(s);

	if (stream_more(s))	/* it has to be written, first */
		events = (short)(events | stream_write_events(s));
	return events;
}

static enum result
wait_for_body(struct http_exchange *x, int64_t until, struct error *err)
{
	struct stream *client = x->r->client;
	enum wait_result how = wait_fd(client->in.fd, read_events(client),
	    until, 0);

	return how == WAIT_TIMEOUT ? fail(x, 408, RESULT_TIMEOUT,
	    "the client does not send its body", err) : wait_error(how, err);
}

static void
fill_slots(const struct http_exchange *x, struct pollfd pfd[4])
{
	const struct stream *client = x->r->client, *origin = x->origin;
	bool down = x->down.wants_out, up = x->up.wants_out && !x->deaf;

	/* That the client has gone is told, too, when nothing is awaited. */
	pfd[0] = (struct pollfd){ .fd = client->in.fd,
		.events = x->up.wants_in ? read_events(client) : 0 };
	pfd[1] = (struct pollfd){ .fd = down ? client->out.fd : -1,
		.events = stream_write_events(client) };
	pfd[2] = (struct pollfd){ .fd = x->down.wants_in ? origin->in.fd : -1,
		.events = read_events(origin) };
	pfd[3] = (struct pollfd){ .fd = up ? origin->out.fd : -1,
		.events = stream_write_events(origin) };
}

/* Whether it has taken too long. */
static enum result
check_times(struct http_exchange *x, struct error *err)
{
	char text[64], span[32];

	if (clock_now() >= x->r->deadline)
		return fail(x, 504, RESULT_TIMEOUT,
		    "the time for the whole run is over", err);
	if (!idle_over(&x->idle, clock_now()))
		return RESULT_OK;
	snprintf(text, sizeof(text), "nothing moved for %s",
	    clock_format(span, sizeof(span), x->r->idle));
	return fail(x, 504, RESULT_TIMEOUT, text, err);
}

static enum result
wait_for_more(struct http_exchange *x, struct error *err)
{
	struct pollfd pfd[4];
	int64_t until = clock_earlier(x->r->deadline, idle_wake_at(&x->idle));
	enum wait_result how;

	fill_slots(x, pfd);
	how = wait_for(pfd, 4, until, 0);
	if (wait_error(how, err) != RESULT_OK)
		return err->result;
	if (how == WAIT_READY && pfd[0].events == 0 && pfd[0].revents != 0)
		return error_set(err, RESULT_BROKEN, "the client has gone");
	return how == WAIT_READY ? RESULT_OK : check_times(x, err);
}
