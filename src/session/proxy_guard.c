/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/xalloc.h"
#include "session/proxy_guard.h"
#include "wire/http_auth.h"

#define REALM		"sockcat"
#define NONCE_LIFE	(5 * 60)	/* seconds */

struct proxy_guard {
	const struct proxy_server_options	*o;
	char					 pseudonym[32];
	struct http_guard			 http;
	struct http_server_options		 server;
};

_Static_assert(HTTP_CHALLENGES_MAX <= HTTP_SERVER_FIELDS_MAX,
    "the challenges fit into the fields");

/* --- users --------------------------------------------------------------- */

static bool
guard_same(const char *ours, const char *said)
{
	return secret_equal(ours, strlen(ours), said, strlen(said));
}

/* The password of a user, or NULL. */
static const char *
guard_password(void *context, const char *user)
{
	const struct proxy_guard *g = context;
	const char *found = NULL;

	for (size_t i = 0; i < g->o->users; i++) {
		if (guard_same(g->o->user[i].name, user))
			found = g->o->user[i].password;
	}
	return found;
}

static bool
guard_check(void *context, const char *user, const char *password)
{
	const char *right = guard_password(context, user);

	return right != NULL && guard_same(right, password);
}

/* --- SOCKS --------------------------------------------------------------- */

struct socks_server_policy
proxy_guard_socks(struct proxy_guard *g)
{
	static const struct {
		unsigned		kind;
		enum socks_version	version;
	} versions[] = {
		{ PROXY_SERVES_SOCKS4, SOCKS_4 },
		{ PROXY_SERVES_SOCKS4A, SOCKS_4A },
		{ PROXY_SERVES_SOCKS5, SOCKS_5 },
	};
	struct socks_server_policy policy = { .context = g };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if ((g->o->kinds & versions[i].kind) != 0)
			policy.versions |= SOCKS_SERVE(versions[i].version);
	}
	if (g->o->users > 0)
		policy.check = guard_check;
	return policy;
}

/* --- HTTP ---------------------------------------------------------------- */

/* RFC 9110, section 11.7. */
static int
guard_authorize(void *context, const struct http_head *head, char *fields,
    size_t size)
{
	struct proxy_guard *g = context;
	int64_t now = clock_now() / CLOCK_SECOND;
	char user[HTTP_AUTH_TEXT_MAX + 1];
	enum http_auth_verdict verdict;

	(void)size;
	if (http_head_count(head, "Proxy-Authorization") > 1)
		return 400;
	verdict = http_auth_verify(&g->http, now, head->method, head->target,
	    http_head_find(head, "Proxy-Authorization"), user);
	if (verdict == HTTP_AUTH_OK)
		return 0;
	if (verdict == HTTP_AUTH_MALFORMED)
		return 400;
	fields[http_auth_challenges(&g->http, "Proxy-Authenticate", now,
	    verdict == HTTP_AUTH_STALE, fields)] = '\0';
	return 407;
}

const struct http_server_options *
proxy_guard_http(const struct proxy_guard *g)
{
	return &g->server;
}

/* --- all together -------------------------------------------------------- */

struct proxy_guard *
proxy_guard_new(const struct proxy_server_options *o)
{
	struct proxy_guard *g;

	if (o->types == NULL)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	g->o = o;
	snprintf(g->pseudonym, sizeof(g->pseudonym), "sockcat-%08x%08x",
	    (unsigned)arc4random(), (unsigned)arc4random());
	g->http.realm = REALM;
	g->http.life = NONCE_LIFE;
	g->http.password = guard_password;
	g->http.context = g;
	arc4random_buf(g->http.key, sizeof(g->http.key));
	g->server.pseudonym = g->pseudonym;
	g->server.context = g;
	if (o->users > 0)
		g->server.authorize = guard_authorize;
	return g;
}

void
proxy_guard_free(struct proxy_guard *g)
{
	if (g != NULL)
		explicit_bzero(g, sizeof(*g));
	free(g);
}
