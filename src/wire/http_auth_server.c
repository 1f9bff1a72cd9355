/* SPDX-License-Identifier: ISC */
/* Who somebody else is: what he is asked, and whether his answer is right. */
#include <string.h>

#include "base/assert.h"
#include "base/number.h"
#include "base/secret.h"
#include "wire/base64.h"
#include "wire/http_auth.h"
#include "wire/http_items.h"
#include "wire/http_write.h"

/* --- what is asked ------------------------------------------------------- */

static void
write_digest(struct http_writer *w, const struct http_guard *g,
    const char *name, enum http_digest_hash hash, const char *nonce,
    bool stale)
{
	http_write_words(w, name);
	http_write_words(w, ": Digest ");
	http_write_quoted(w, "realm", g->realm);
	http_write_words(w, ", ");
	http_write_quoted(w, "qop", "auth");
	http_write_words(w, ", algorithm=");
	http_write_words(w, http_digest_name(hash, false));
	http_write_words(w, ", ");
	http_write_quoted(w, "nonce", nonce);
	http_write_words(w, stale ? ", stale=true\r\n" : "\r\n");
}

size_t
http_auth_challenges(const struct http_guard *g, const char *name,
    int64_t now, bool stale, char out[HTTP_CHALLENGES_MAX])
{
	char nonce[HTTP_NONCE_TEXT_MAX];
	struct http_writer w;

	http_nonce_make(g->key, now, nonce);
	http_write_begin(&w, out, HTTP_CHALLENGES_MAX);
	write_digest(&w, g, name, HTTP_DIGEST_MD5, nonce, stale);
	write_digest(&w, g, name, HTTP_DIGEST_SHA256, nonce, stale);
	http_write_words(&w, name);
	http_write_words(&w, ": Basic ");
	http_write_quoted(&w, "realm", g->realm);
	http_write_words(&w, "\r\n");
	ASSERT(!w.full);
	return http_write_end(&w);
}

/* --- Basic --------------------------------------------------------------- */

static bool
keep_user(char user[HTTP_AUTH_TEXT_MAX + 1], const char *text, size_t n)
{
	if (n > HTTP_AUTH_TEXT_MAX)
		return false;
	memcpy(user, text, n);
	user[n] = '\0';
	return true;
}

/* USER:PASSWORD, n bytes. */
static enum http_auth_verdict
judge_told(const struct http_guard *g, struct http_text told,
    char user[HTTP_AUTH_TEXT_MAX + 1])
{
	const char *colon = memchr(told.at, ':', told.n), *password;
	size_t user_n;
	bool same;

	if (colon == NULL || http_text_has_control(told))
		return HTTP_AUTH_MALFORMED;
	user_n = (size_t)(colon - told.at);
	if (!keep_user(user, told.at, user_n))
		return HTTP_AUTH_MALFORMED;
	password = g->password(g->context, user);
	same = secret_equal(password, password != NULL ? strlen(password) : 0,
	    colon + 1, told.n - user_n - 1);
	return password != NULL && same ? HTTP_AUTH_OK : HTTP_AUTH_WRONG;
}

static enum http_auth_verdict
judge_basic(const struct http_guard *g, struct http_items *items,
    char user[HTTP_AUTH_TEXT_MAX + 1])
{
	char told[2 * HTTP_AUTH_TEXT_MAX + 1];
	enum http_auth_verdict verdict = HTTP_AUTH_MALFORMED;
	struct http_item item, behind;
	size_t n;

	if (http_items_next(items, &item) == HTTP_ITEM_TOKEN68 &&
	    http_items_next(items, &behind) == HTTP_ITEM_END &&
	    base64_decode(told, sizeof(told), &n, item.value.at,
	    item.value.n))
		verdict = judge_told(g, (struct http_text){ told, n }, user);
	explicit_bzero(told, sizeof(told));
	return verdict;
}

/* --- Digest -------------------------------------------------------------- */

enum param {
	PARAM_USER, PARAM_USER_CODED, PARAM_REALM, PARAM_NONCE, PARAM_URI,
	PARAM_RESPONSE, PARAM_ALGORITHM, PARAM_CNONCE, PARAM_QOP, PARAM_COUNT,
	PARAM_USERHASH,
	PARAMS,
};

static const char *const param_names[PARAMS] = {
	[PARAM_USER] = "username",
	[PARAM_USER_CODED] = "username*",
	[PARAM_REALM] = "realm",
	[PARAM_NONCE] = "nonce",
	[PARAM_URI] = "uri",
	[PARAM_RESPONSE] = "response",
	[PARAM_ALGORITHM] = "algorithm",
	[PARAM_CNONCE] = "cnonce",
	[PARAM_QOP] = "qop",
	[PARAM_COUNT] = "nc",
	[PARAM_USERHASH] = "userhash",
};

/* Those that were said, by enum param; `at' is NULL for all others. */
struct credentials {
	struct http_text	given[PARAMS];
};

/* False: there is one twice. */
static bool
credentials_param(struct credentials *c, const struct http_item *item)
{
	size_t i;

	for (i = 0; i < PARAMS; i++) {
		if (!http_text_is(&item->name, param_names[i]))
			continue;
		if (c->given[i].at != NULL)
			return false;
		c->given[i] = item->value;
	}
	return true;
}

static bool
credentials_read(struct credentials *c, struct http_items *items)
{
	struct http_item item;
	enum http_item_kind kind;

	memset(c, 0, sizeof(*c));
	while ((kind = http_items_next(items, &item)) == HTTP_ITEM_PARAM)
		if (!credentials_param(c, &item))
			return false;
	return kind == HTTP_ITEM_END;
}

/* %XX at p becomes a byte; false: there is none. */
static bool
decode_percent(const char *p, const char *end, char *byte)
{
	int high = end - p > 2 ? number_hex_digit(p[1]) : -1;
	int low = high != -1 ? number_hex_digit(p[2]) : -1;

	*byte = (char)((unsigned)high << 4 | (unsigned)low);
	return low != -1;
}

/* UTF-8'LANGUAGE'TEXT, with %XX in it (RFC 8187, section 3.2.1). */
static bool
keep_coded_user(char user[HTTP_AUTH_TEXT_MAX + 1], struct http_text coded)
{
	const char *end = coded.at + coded.n;
	const char *p = memchr(coded.at, '\'', coded.n);
	struct http_text charset = { coded.at, 0 }, decoded = { user, 0 };

	if (p == NULL)
		return false;
	charset.n = (size_t)(p - coded.at);
	p = memchr(p + 1, '\'', (size_t)(end - p - 1));
	if (p == NULL || !http_text_is(&charset, "UTF-8"))
		return false;
	for (p++; p < end && decoded.n < HTTP_AUTH_TEXT_MAX; p++) {
		char byte = *p;

		if (*p == '%') {
			if (!decode_percent(p, end, &byte))
				return false;
			p += 2;
		}
		user[decoded.n++] = byte;
	}
	user[decoded.n] = '\0';
	return p == end && !http_text_has_control(decoded);
}

/* By one of both names. */
static bool
credentials_user(const struct credentials *c,
    char user[HTTP_AUTH_TEXT_MAX + 1])
{
	struct http_text plain = c->given[PARAM_USER];
	struct http_text coded = c->given[PARAM_USER_CODED];

	if ((plain.at != NULL) == (coded.at != NULL))
		return false;
	return plain.at != NULL ? keep_user(user, plain.at, plain.n) :
	    keep_coded_user(user, coded);
}

/* The target, or the path and query of an absolute-form. */
static bool
is_target(struct http_text uri, struct http_text target)
{
	const char *scheme = memmem(target.at, target.n, "://", 3), *path;
	const char *end = target.at + target.n;
	struct http_text rest = { "/", 1 };

	if (http_text_same(uri, target))
		return true;
	if (scheme == NULL)
		return false;
	path = memchr(scheme + 3, '/', (size_t)(end - scheme - 3));
	if (path != NULL)
		rest = (struct http_text){ path, (size_t)(end - path) };
	return http_text_same(uri, rest);
}

static bool
is_count(struct http_text nc)
{
	size_t i;

	for (i = 0; i < nc.n; i++)
		if (number_hex_digit(nc.at[i]) == -1)
			return false;
	return nc.n == 8;
}

/* Whether all is there that has to be, and says something that was offered. */
static bool
credentials_complete(const struct credentials *c, struct http_digest *d,
    char user[HTTP_AUTH_TEXT_MAX + 1])
{
	const struct http_text *g = c->given;

	if (!credentials_user(c, user) || g[PARAM_REALM].at == NULL ||
	    g[PARAM_NONCE].at == NULL || g[PARAM_URI].at == NULL ||
	    g[PARAM_RESPONSE].at == NULL || g[PARAM_CNONCE].n == 0 ||
	    !is_count(g[PARAM_COUNT]) || !http_text_is(&g[PARAM_QOP], "auth"))
		return false;
	if (g[PARAM_USERHASH].at != NULL &&
	    !http_text_is(&g[PARAM_USERHASH], "false"))
		return false;
	d->hash = HTTP_DIGEST_MD5;
	d->session = false;
	return g[PARAM_ALGORITHM].at == NULL ||
	    (http_digest_find(g[PARAM_ALGORITHM], &d->hash, &d->session) &&
	    !d->session);
}

/* Whether the response is what the user's password makes of all the rest. */
static bool
credentials_prove(const struct http_guard *g, const struct credentials *c,
    struct http_digest *d, const char *user)
{
	const char *password = g->password(g->context, user);
	char response[HTTP_DIGEST_TEXT_MAX];
	const struct http_text guess = c->given[PARAM_RESPONSE];
	size_t n;
	bool same;

	d->user = http_text_of(user);
	d->password = http_text_of(password != NULL ? password : "");
	n = http_digest_response(d, response);
	same = secret_equal(response, n, guess.at, guess.n);
	explicit_bzero(response, sizeof(response));
	return password != NULL && same;
}

static enum http_auth_verdict
judge_digest(const struct http_guard *g, int64_t now, struct http_digest *d,
    struct http_text target, struct http_items *items,
    char user[HTTP_AUTH_TEXT_MAX + 1])
{
	const struct http_text realm = http_text_of(g->realm);
	struct credentials c;

	if (!credentials_read(&c, items) ||
	    !credentials_complete(&c, d, user) ||
	    !is_target(c.given[PARAM_URI], target))
		return HTTP_AUTH_MALFORMED;
	d->realm = c.given[PARAM_REALM];
	d->nonce = c.given[PARAM_NONCE];
	d->cnonce = c.given[PARAM_CNONCE];
	d->nc = c.given[PARAM_COUNT];
	d->qop = c.given[PARAM_QOP];
	d->uri = c.given[PARAM_URI];
	if (!credentials_prove(g, &c, d, user) ||
	    !http_text_same(d->realm, realm))
		return HTTP_AUTH_WRONG;
	return http_nonce_is_fresh(g->key, now, g->life, d->nonce) ?
	    HTTP_AUTH_OK : HTTP_AUTH_STALE;
}

enum http_auth_verdict
http_auth_verify(const struct http_guard *g, int64_t now,
    struct http_text method, struct http_text target,
    const struct http_text *value, char user[HTTP_AUTH_TEXT_MAX + 1])
{
	struct http_digest d = { .method = method };
	enum http_auth_verdict verdict = HTTP_AUTH_ABSENT;
	struct http_items items;
	struct http_item item;

	user[0] = '\0';
	if (value == NULL)
		return HTTP_AUTH_ABSENT;
	http_items_begin(&items, value->at, value->n);
	if (http_items_next(&items, &item) != HTTP_ITEM_SCHEME)
		return HTTP_AUTH_MALFORMED;
	if (http_text_is(&item.name, "Basic"))
		verdict = judge_basic(g, &items, user);
	else if (http_text_is(&item.name, "Digest"))
		verdict = judge_digest(g, now, &d, target, &items, user);
	if (verdict == HTTP_AUTH_MALFORMED)
		user[0] = '\0';
	return verdict;
}
