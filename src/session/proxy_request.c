/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "session/proxy_guard.h"
#include "session/proxy_request.h"
#include "wire/http_reply.h"

struct proxy_request {
	const struct run		*run;
	const struct dialogue_codec	*codec;	/* NULL: nothing has come */
	void				*state;
	struct socks_server		*socks;	/* or NULL */
	struct http_server		*http;	/* or NULL */
	char				 host[INET6_ADDRSTRLEN];
};

struct proxy_request *
proxy_request_new(const struct run *r)
{
	struct proxy_request *q = xcalloc(1, sizeof(*q));

	q->run = r;
	return q;
}

void
proxy_request_free(struct proxy_request *q)
{
	if (q == NULL)
		return;
	if (q->socks != NULL)
		socks_server_wipe(q->socks);
	free(q->socks);
	if (q->http != NULL)
		explicit_bzero(q->http, sizeof(*q->http));
	free(q->http);
	free(q);
}

/* --- which protocol ------------------------------------------------------ */

static void
request_begin_socks(struct proxy_request *q)
{
	const struct socks_server_policy policy =
	    proxy_guard_socks(q->run->guard);

	q->socks = xcalloc(1, sizeof(*q->socks));
	socks_server_init(q->socks, &policy);
	q->codec = &socks_server_codec;
	q->state = q->socks;
}

static void
request_begin_http(struct proxy_request *q)
{
	q->http = xmalloc(sizeof(*q->http));	/* much of it is never used */
	http_server_init(q->http, proxy_guard_http(q->run->guard));
	q->codec = &http_server_codec;
	q->state = q->http;
}

/* The first byte tells: versions of SOCKS are 4 and 5, which no method of HTTP
 * begins with.  Who is not served by anything else is answered by what there
 * is. */
static void
request_begin(struct proxy_request *q, unsigned char first)
{
	unsigned kinds = q->run->options->proxy_server.kinds;
	bool http = (kinds & PROXY_SERVES_HTTP) != 0;

	if (http && ((first != 4 && first != 5) ||
	    kinds == PROXY_SERVES_HTTP))
		request_begin_http(q);
	else
		request_begin_socks(q);
}

/* --- the dialogue -------------------------------------------------------- */

static enum dialogue_verdict
request_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct proxy_request *q = state;

	*used = n;
	if (q->codec == NULL && n == 0)
		return DIALOGUE_MORE;
	if (q->codec == NULL)
		request_begin(q, in[0]);
	return q->codec->feed(q->state, in, n, used);
}

static const unsigned char *
request_output(void *state, size_t *n)
{
	struct proxy_request *q = state;

	*n = 0;
	return q->codec == NULL ? NULL : q->codec->output(q->state, n);
}

static void
request_sent(void *state, size_t n)
{
	struct proxy_request *q = state;

	q->codec->sent(q->state, n);
}

static enum result
request_refuse(void *state, const char *name, struct error *err)
{
	struct proxy_request *q = state;

	return q->codec->refuse(q->state, name, err);
}

const struct dialogue_codec proxy_request_codec = {
	.feed = request_feed,
	.output = request_output,
	.sent = request_sent,
	.refuse = request_refuse,
};

/* --- what it says -------------------------------------------------------- */

const char *
proxy_request_host(const struct proxy_request *q, uint16_t *port)
{
	struct proxy_request *own = (struct proxy_request *)(uintptr_t)q;
	const struct socks_address *to;

	if (q->http != NULL) {
		*port = q->http->request.target.port;
		return q->http->request.target.host;
	}
	to = &q->socks->to;
	*port = to->port;
	if (to->kind == SOCKS_NAME)
		return q->socks->name;
	return inet_ntop(to->kind == SOCKS_INET ? AF_INET : AF_INET6,
	    to->bytes, own->host, sizeof(own->host));
}

bool
proxy_request_connects(const struct proxy_request *q)
{
	return q->http == NULL || q->http->request.connect;
}

const char *
proxy_request_protocol(const struct proxy_request *q)
{
	return q->http != NULL ? "HTTP" :
	    socks_version_text(q->socks->version);
}

struct http_server *
proxy_request_http(struct proxy_request *q)
{
	return q->http;
}

/* --- the answer ---------------------------------------------------------- */

static enum socks_reply
request_socks_reply(enum result result)
{
	switch (result) {
	case RESULT_OK:
		return SOCKS_GRANTED;
	case RESULT_REFUSED:
		return SOCKS_REFUSED;
	case RESULT_UNREACHABLE:
	case RESULT_NAME:
		return SOCKS_HOST_UNREACHABLE;
	case RESULT_TIMEOUT:
		return SOCKS_TTL_EXPIRED;
	case RESULT_DENIED:
		return SOCKS_NOT_ALLOWED;
	default:
		return SOCKS_FAILURE;
	}
}

/* Where we are connected from, as SOCKS has it. */
static struct socks_address
request_bound(const struct addr *local)
{
	struct socks_address bound = { .kind = SOCKS_NOWHERE };

	if (local == NULL || local->len == 0)
		return bound;
	bound.port = addr_port(local);
	if (local->sa.sa_family == AF_INET) {
		bound.kind = SOCKS_INET;
		memcpy(bound.bytes, &local->in.sin_addr, 4);
	} else if (local->sa.sa_family == AF_INET6) {
		bound.kind = SOCKS_INET6;
		memcpy(bound.bytes, &local->in6.sin6_addr, 16);
	}
	return bound;
}

static size_t
request_http_say(int status, unsigned char out[PROXY_REPLY_MAX])
{
	const struct http_reply reply = { .status = status, .close = true };

	return http_reply(&reply, (char *)out, PROXY_REPLY_MAX);
}

/* RFC 9110, section 15.5.9, once there is something to answer. */
size_t
proxy_request_late(const struct proxy_request *q,
    unsigned char out[PROXY_REPLY_MAX])
{
	return q->http == NULL || !http_server_midway(q->http) ? 0 :
	    request_http_say(408, out);
}

static size_t
request_http_reply(enum result result, unsigned char out[PROXY_REPLY_MAX])
{
	if (result != RESULT_OK)
		return request_http_say(http_reply_status(result), out);
	memcpy(out, HTTP_CONNECTED, strlen(HTTP_CONNECTED));
	return strlen(HTTP_CONNECTED);
}

size_t
proxy_request_reply(const struct proxy_request *q, enum result result,
    const struct addr *local, unsigned char out[PROXY_REPLY_MAX])
{
	const struct socks_address bound = request_bound(local);

	if (q->http != NULL)
		return request_http_reply(result, out);
	return socks_server_reply(q->socks, request_socks_reply(result),
	    bound.kind == SOCKS_NOWHERE ? NULL : &bound, out);
}
