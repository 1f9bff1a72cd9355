/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "wire/connect_client.h"
#include "wire/http_write.h"

#define REASON_MAX	200	/* bytes of it that are shown */

/* --- what is asked ------------------------------------------------------- */

/* Characters that would end the host (RFC 3986, section 3.2), and the zone of
 * an address, which is none of the proxy's. */
static bool
is_host(const char *host)
{
	const struct http_text text = http_text_of(host);

	return !http_text_has_control(text) &&
	    strpbrk(host, " \"#%/<>?@[\\]^`{|}") == NULL;
}

static const char *
request_problem(const struct connect_request *request, const char *password)
{
	size_t n = strlen(request->host);

	if (n == 0 || n > CONNECT_CLIENT_HOST_MAX)
		return "the host is empty or too long";
	if (!is_host(request->host))
		return "the host has characters that no host has";
	if (request->user == NULL)
		return NULL;
	if (strlen(request->cnonce) > CONNECT_CLIENT_CNONCE_MAX)
		return "the cnonce is too long";
	return http_auth_problem(HTTP_AUTH_DIGEST, request->user, password);
}

/* The field that answers the challenge.  A NUL is behind it. */
static void
write_answer(struct connect_client *c, struct http_writer *w)
{
	const struct http_answer a = { "CONNECT", c->target, c->user,
		c->password, c->cnonce, ++c->count };
	size_t n;

	http_write_words(w, "Proxy-Authorization: ");
	n = http_auth_answer(&c->challenge, &a, w->out + w->n,
	    w->size - w->n);
	ASSERT(n > 0);
	w->n += n;
	http_write_words(w, "\r\n");
}

/*
 * Behind what was not sent yet.  There is no User-Agent, for netcats have none;
 * and no Proxy-Connection (RFC 9112, appendix C.2.2).
 */
static void
ask(struct connect_client *c)
{
	struct http_writer w;

	http_write_begin(&w, c->out + c->out_n, sizeof(c->out) - c->out_n);
	http_write_words(&w, "CONNECT ");
	http_write_words(&w, c->target);
	http_write_words(&w, " HTTP/1.1\r\nHost: ");
	http_write_words(&w, c->target);
	http_write_words(&w, "\r\n");
	if (c->answered)
		write_answer(c, &w);
	http_write_words(&w, "\r\n");
	ASSERT(!w.full);
	c->out_n += http_write_end(&w);
}

/* An answer is awaited. */
static void
listen_again(struct connect_client *c)
{
	c->step = CONNECT_HEAD;
	c->matched = 0;
	http_head_init(&c->head, HTTP_RESPONSE);
}

const char *
connect_client_init(struct connect_client *c,
    const struct connect_request *request)
{
	const char *password = request->password != NULL ?
	    request->password : "";
	const char *problem = request_problem(request, password);
	bool colon = strchr(request->host, ':') != NULL;

	memset(c, 0, sizeof(*c));
	if (problem != NULL)
		return problem;
	snprintf(c->target, sizeof(c->target), "%s%s%s:%u", colon ? "[" : "",
	    request->host, colon ? "]" : "", (unsigned)request->port);
	if (request->user != NULL) {
		c->has_user = true;
		snprintf(c->user, sizeof(c->user), "%s", request->user);
		snprintf(c->password, sizeof(c->password), "%s", password);
		snprintf(c->cnonce, sizeof(c->cnonce), "%s",
		    request->cnonce);
	}
	http_challenge_init(&c->challenge);
	listen_again(c);
	ask(c);
	return NULL;
}

void
connect_client_wipe(struct connect_client *c)
{
	explicit_bzero(c, sizeof(*c));
}

/* --- who we are ---------------------------------------------------------- */

/* Whether the connection goes on behind this head (RFC 9112, section 9.3). */
static bool
head_persists(const struct http_head *h)
{
	bool close = http_head_lists(h, "Connection", "close") ||
	    http_head_lists(h, "Proxy-Connection", "close");

	return !close && (h->minor > 0 ||
	    http_head_lists(h, "Connection", "keep-alive") ||
	    http_head_lists(h, "Proxy-Connection", "keep-alive"));
}

/* The question that we have to answer, or why we can't. */
static enum connect_step
take_challenge(struct connect_client *c)
{
	struct http_challenge offer;
	const struct http_text *value;
	size_t i = 0;

	http_challenge_init(&offer);
	while ((value = http_head_next(&c->head, "Proxy-Authenticate",
	    &i)) != NULL)
		http_challenge_add(&offer, *value);
	if (!c->has_user)
		return CONNECT_USER_WANTED;
	if (c->answered) {
		/* Only another nonce may make our answer a better one. */
		if (c->renewed || !offer.stale ||
		    c->challenge.scheme != HTTP_AUTH_DIGEST ||
		    offer.hash < c->challenge.hash)
			return CONNECT_USER_DENIED;
		c->renewed = true;
	}
	if (offer.scheme == HTTP_AUTH_NONE)
		return CONNECT_NO_SCHEME;
	c->problem = http_auth_problem(offer.scheme, c->user, c->password);
	if (c->problem != NULL)
		return CONNECT_USER_UNTOLD;
	c->challenge = offer;
	c->asked = c->answered = true;
	c->count = 0;
	return CONNECT_BODY;
}

/* Ask once more if the body is over, and the connection is not. */
static enum connect_step
end_body(struct connect_client *c, enum http_body_verdict verdict)
{
	if (verdict == HTTP_BODY_MORE)
		return CONNECT_BODY;
	if (verdict != HTTP_BODY_DONE)
		return CONNECT_REDIAL;
	listen_again(c);
	ask(c);
	return CONNECT_HEAD;
}

static enum connect_step
take_question(struct connect_client *c)
{
	enum connect_step step = take_challenge(c);
	enum http_body_verdict verdict;

	if (step != CONNECT_BODY)
		return step;
	verdict = http_body_init_response(&c->body, &c->head, false);
	c->body_n = 0;
	if (!head_persists(&c->head) ||
	    c->body.framing == HTTP_FRAMING_END ||
	    (c->body.framing == HTTP_FRAMING_LENGTH &&
	    c->body.length > CONNECT_CLIENT_BODY_MAX))
		return CONNECT_REDIAL;
	return end_body(c, verdict);
}

bool
connect_client_wants_redial(const struct connect_client *c)
{
	return c->step == CONNECT_REDIAL || c->step == CONNECT_BODY ||
	    (c->step == CONNECT_HEAD && c->asked && c->matched == 0);
}

void
connect_client_again(struct connect_client *c)
{
	ASSERT(connect_client_wants_redial(c));
	explicit_bzero(c->out, c->out_n);
	c->out_n = c->sent_n = 0;
	c->asked = false;
	c->interim = 0;
	listen_again(c);
	ask(c);
}

/* --- what is fed --------------------------------------------------------- */

static enum connect_step
judge_head(struct connect_client *c)
{
	int status = c->head.status;

	if (status >= 200 && status < 300)
		return CONNECT_DONE;
	if (status == 407)
		return take_question(c);
	/* Nobody asked for another protocol (101). */
	if (status >= 200 || status == 101)
		return CONNECT_DENIED;
	if (++c->interim > CONNECT_CLIENT_INTERIM_MAX)
		return CONNECT_INTERIM;
	listen_again(c);
	return CONNECT_HEAD;
}

/* Who does not begin as HTTP may never send the end of a line. */
static bool
take_prefix(struct connect_client *c, const unsigned char *in, size_t n)
{
	static const unsigned char prefix[] = "HTTP/";
	size_t i;

	for (i = 0; i < n && c->matched < sizeof(prefix) - 1; i++) {
		if (in[i] != prefix[c->matched]) {
			c->first = c->matched == 0 ? in[i] : prefix[0];
			return false;
		}
		c->matched++;
	}
	return true;
}

static size_t
feed_head(struct connect_client *c, const unsigned char *in, size_t n)
{
	enum http_head_verdict verdict;
	size_t used = n;

	if (!take_prefix(c, in, n)) {
		c->step = CONNECT_NOT_HTTP;
		return n;
	}
	verdict = http_head_feed(&c->head, in, n, &used);
	if (verdict == HTTP_HEAD_DONE)
		c->step = judge_head(c);
	else if (verdict != HTTP_HEAD_MORE)
		c->step = CONNECT_BAD_HEAD;
	return used;
}

static size_t
feed_body(struct connect_client *c, const unsigned char *in, size_t n)
{
	struct http_text data;
	enum http_body_verdict verdict;
	size_t used;

	/* However it is cut, the same byte is the last one. */
	if (n > CONNECT_CLIENT_BODY_MAX - c->body_n)
		n = CONNECT_CLIENT_BODY_MAX - c->body_n;
	if (n == 0) {
		c->step = CONNECT_REDIAL;
		return 0;
	}
	verdict = http_body_feed(&c->body, in, n, &used, &data);
	c->body_n += used;
	c->step = end_body(c, verdict);
	return used;
}

static bool
is_refused(const struct connect_client *c)
{
	return c->step > CONNECT_DONE;
}

static enum dialogue_verdict
connect_client_feed(void *state, const unsigned char *in, size_t n,
    size_t *used)
{
	struct connect_client *c = state;
	size_t i = 0;

	while (i < n && c->step < CONNECT_DONE)
		i += c->step == CONNECT_HEAD ? feed_head(c, in + i, n - i) :
		    feed_body(c, in + i, n - i);
	*used = c->step == CONNECT_DONE ? i : n;
	if (is_refused(c)) {
		explicit_bzero(c->out, c->out_n);
		c->out_n = c->sent_n = 0;
		return DIALOGUE_REFUSED;
	}
	return c->step == CONNECT_DONE ? DIALOGUE_DONE : DIALOGUE_MORE;
}

static const unsigned char *
connect_client_output(void *state, size_t *n)
{
	const struct connect_client *c = state;

	*n = c->out_n - c->sent_n;
	return (const unsigned char *)c->out + c->sent_n;
}

static void
connect_client_sent(void *state, size_t n)
{
	struct connect_client *c = state;

	explicit_bzero(c->out + c->sent_n, n);
	c->sent_n += n;
	if (c->sent_n == c->out_n)
		c->out_n = c->sent_n = 0;
}

/* --- why not ------------------------------------------------------------- */

/* What is said behind the status that the proxy has given. */
static const char *
explain_status(const struct connect_client *c)
{
	switch (c->step) {
	case CONNECT_USER_WANTED:
		return "it wants a user and a password";
	case CONNECT_USER_DENIED:
		return "it refuses this user and password";
	case CONNECT_NO_SCHEME:
		return "it wants something else than Basic and Digest";
	case CONNECT_USER_UNTOLD:
		return c->problem;
	case CONNECT_REDIAL:
		return "it wants user and password on a new connection";
	default:
		return NULL;
	}
}

static enum result
refuse_status(const struct connect_client *c, const char *name,
    struct error *err)
{
	const char *why = explain_status(c);
	struct http_text reason = c->head.reason;
	char words[REASON_MAX * 4 + 1];

	if (reason.n > REASON_MAX)
		reason.n = REASON_MAX;
	log_escape(words, sizeof(words), reason.at != NULL ? reason.at : "",
	    reason.n);
	return error_at(err, RESULT_DENIED, STEP_PROXY_SAID, name,
	    "%d%s%s%s%s%s", c->head.status, words[0] != '\0' ? " " : "", words,
	    why != NULL ? " (" : "", why != NULL ? why : "",
	    why != NULL ? ")" : "");
}

/* Whom the first byte tells of: RFC 1928, section 3; the reply of SOCKS4; an
 * alert of TLS (RFC 8446, section 5.1). */
static const char *
guess_other(const struct connect_client *c)
{
	switch (c->first) {
	case 5:
		return " (a SOCKS5 proxy, it seems)";
	case 0:
		return " (a SOCKS4 proxy, it seems)";
	case 0x15:
		return " (it wants TLS, it seems)";
	default:
		return "";
	}
}

static enum result
connect_client_refuse(void *state, const char *name, struct error *err)
{
	const struct connect_client *c = state;

	switch (c->step) {
	case CONNECT_NOT_HTTP:
		return error_set(err, RESULT_BROKEN,
		    "%s: that is not an HTTP proxy%s", name, guess_other(c));
	case CONNECT_BAD_HEAD:
		return error_set(err, RESULT_BROKEN,
		    "%s: the proxy's answer is not good: %s", name,
		    http_head_verdict_text(c->head.verdict));
	case CONNECT_INTERIM:
		return error_set(err, RESULT_BROKEN,
		    "%s: the proxy's answer never comes (1xx too often)",
		    name);
	default:
		return refuse_status(c, name, err);
	}
}

const struct dialogue_codec connect_client_codec = {
	.feed = connect_client_feed,
	.output = connect_client_output,
	.sent = connect_client_sent,
	.refuse = connect_client_refuse,
};
