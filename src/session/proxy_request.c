/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "session/proxy_guard.h"
#include "session/proxy_request.h"
#include "wire/socks_server.h"

struct proxy_request {
	const struct run		*run;
	const struct dialogue_codec	*codec;	/* NULL: nothing has come */
	void				*state;
	struct socks_server		*socks;	/* or NULL */
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
	free(q);
}

/* --- which protocol ------------------------------------------------------ */

static void
request_begin_socks(struct proxy_request *q)
{
	const unsigned kinds = q->run->options->proxy_server.kinds;
	struct socks_server_policy policy = { .context = q->run->guard };

	if ((kinds & PROXY_SERVES_SOCKS4) != 0)
		policy.versions |= SOCKS_SERVE(SOCKS_4);
	if ((kinds & PROXY_SERVES_SOCKS4A) != 0)
		policy.versions |= SOCKS_SERVE(SOCKS_4A);
	if ((kinds & PROXY_SERVES_SOCKS5) != 0)
		policy.versions |= SOCKS_SERVE(SOCKS_5);
	if (q->run->guard != NULL)
		policy.check = proxy_guard_check;
	q->socks = xcalloc(1, sizeof(*q->socks));
	socks_server_init(q->socks, &policy);
	q->codec = &socks_server_codec;
	q->state = q->socks;
}

/* The first byte tells. */
static void
request_begin(struct proxy_request *q, unsigned char first)
{
	(void)first;
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
	const struct socks_address *to = &q->socks->to;
	struct proxy_request *own = (struct proxy_request *)(uintptr_t)q;

	*port = to->port;
	if (to->kind == SOCKS_NAME)
		return q->socks->name;
	return inet_ntop(to->kind == SOCKS_INET ? AF_INET : AF_INET6,
	    to->bytes, own->host, sizeof(own->host));
}

bool
proxy_request_connects(const struct proxy_request *q)
{
	return q->socks != NULL;
}

const char *
proxy_request_protocol(const struct proxy_request *q)
{
	return q->socks != NULL ? socks_version_text(q->socks->version) :
	    "HTTP";
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

size_t
proxy_request_reply(const struct proxy_request *q, enum result result,
    const struct addr *local, unsigned char out[PROXY_REPLY_MAX])
{
	const struct socks_address bound = request_bound(local);

	return socks_server_reply(q->socks, request_socks_reply(result),
	    bound.kind == SOCKS_NOWHERE ? NULL : &bound, out);
}
