/* SPDX-License-Identifier: ISC */
/* Who we are: challenges, and answers to them. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "wire/base64.h"
#include "wire/http_auth.h"
#include "wire/http_items.h"
#include "wire/http_write.h"

/* A challenge whose parameters are still read. */
struct candidate {
	struct http_challenge	c;
	unsigned		seen;	/* parameters, a bit each */
	bool			bad;	/* can't be answered */
};

/* --- parameters ---------------------------------------------------------- */

/* Each is false if nobody can make anything of it. */

static bool
keep_text(char out[HTTP_AUTH_TEXT_MAX + 1], struct http_text value)
{
	if (value.n > HTTP_AUTH_TEXT_MAX)
		return false;
	memcpy(out, value.at, value.n);
	out[value.n] = '\0';
	return true;
}

static bool
take_realm(struct http_challenge *c, struct http_text value)
{
	return keep_text(c->realm, value);
}

static bool
take_nonce(struct http_challenge *c, struct http_text value)
{
	return keep_text(c->nonce, value);
}

static bool
take_opaque(struct http_challenge *c, struct http_text value)
{
	c->has_opaque = true;
	return keep_text(c->opaque, value);
}

static bool
take_algorithm(struct http_challenge *c, struct http_text value)
{
	c->has_algorithm = true;
	return http_digest_find(value, &c->hash, &c->session);
}

/* A list; one with nothing in it is as none. */
static bool
take_qop(struct http_challenge *c, struct http_text value)
{
	struct http_text rest = value, member;

	c->qop = http_list_has(value, "auth");
	return c->qop || !http_list_next(&rest, &member);
}

static bool
take_stale(struct http_challenge *c, struct http_text value)
{
	c->stale = http_text_is(&value, "true");
	return true;
}

static bool
take_userhash(struct http_challenge *c, struct http_text value)
{
	c->userhash = http_text_is(&value, "true");
	return true;
}

#define PARAM_REALM	(1U << 0)
#define PARAM_NONCE	(1U << 1)

static const struct param {
	const char	*name;
	bool		(*take)(struct http_challenge *, struct http_text);
} params[] = {
	{ "realm", take_realm },
	{ "nonce", take_nonce },
	{ "opaque", take_opaque },
	{ "algorithm", take_algorithm },
	{ "qop", take_qop },
	{ "stale", take_stale },
	{ "userhash", take_userhash },
};

/* --- challenges ---------------------------------------------------------- */

void
http_challenge_init(struct http_challenge *c)
{
	memset(c, 0, sizeof(*c));
}

static void
candidate_begin(struct candidate *next, struct http_text scheme)
{
	memset(next, 0, sizeof(*next));
	if (http_text_is(&scheme, "Basic"))
		next->c.scheme = HTTP_AUTH_BASIC;
	else if (http_text_is(&scheme, "Digest"))
		next->c.scheme = HTTP_AUTH_DIGEST;
	else
		next->bad = true;
}

/* What is not known means nothing (RFC 7616, section 3.3); what is there twice
 * may not be (RFC 9110, section 11.2). */
static void
candidate_param(struct candidate *next, const struct http_item *item)
{
	size_t i;

	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (!http_text_is(&item->name, params[i].name))
			continue;
		if (next->seen & 1U << i ||
		    !params[i].take(&next->c, item->value))
			next->bad = true;
		next->seen |= 1U << i;
	}
}

static int
challenge_strength(const struct http_challenge *c)
{
	if (c->scheme != HTTP_AUTH_DIGEST)
		return c->scheme == HTTP_AUTH_BASIC;
	return c->hash == HTTP_DIGEST_SHA256 ? 3 : 2;
}

/* Keep it if it is better than what there is. */
static void
candidate_end(const struct candidate *next, struct http_challenge *c)
{
	const unsigned needed = PARAM_REALM | PARAM_NONCE;
	bool other = c->other;

	if (next->bad || (next->c.scheme == HTTP_AUTH_DIGEST &&
	    (next->seen & needed) != needed)) {
		c->other = true;
	} else if (challenge_strength(&next->c) > challenge_strength(c)) {
		*c = next->c;
		c->other = other;
	}
}

void
http_challenge_add(struct http_challenge *c, struct http_text value)
{
	struct candidate next;
	struct http_items items;
	struct http_item item;
	enum http_item_kind kind;

	memset(&next, 0, sizeof(next));
	http_items_begin(&items, value.at, value.n);
	while ((kind = http_items_next(&items, &item)) != HTTP_ITEM_END &&
	    kind != HTTP_ITEM_MALFORMED) {
		if (kind == HTTP_ITEM_SCHEME) {
			candidate_end(&next, c);
			candidate_begin(&next, item.name);
		} else if (kind == HTTP_ITEM_PARAM) {
			candidate_param(&next, &item);
		} else {
			next.bad = true;
		}
	}
	if (kind == HTTP_ITEM_MALFORMED)
		next.bad = true;
	candidate_end(&next, c);
}

/* --- answers ------------------------------------------------------------- */

const char *
http_auth_problem(enum http_auth_scheme scheme, const char *user,
    const char *password)
{
	if (http_text_has_control(http_text_of(user)) ||
	    http_text_has_control(http_text_of(password)))
		return "user and password can't have control characters";
	if (strlen(user) > HTTP_AUTH_TEXT_MAX ||
	    strlen(password) > HTTP_AUTH_TEXT_MAX)
		return "user or password are too long";
	if (scheme == HTTP_AUTH_BASIC && strchr(user, ':') != NULL)
		return "a user with a colon can't be told by Basic";
	return NULL;
}

/* RFC 7617, section 2 */
static void
write_basic(struct http_writer *w, const struct http_answer *a)
{
	char told[2 * HTTP_AUTH_TEXT_MAX + 2];
	char text[BASE64_LENGTH(sizeof(told)) + 1];
	int n = snprintf(told, sizeof(told), "%s:%s", a->user, a->password);

	base64_encode(text, told, (size_t)n);
	http_write_words(w, "Basic ");
	http_write_words(w, text);
	explicit_bzero(told, sizeof(told));
	explicit_bzero(text, sizeof(text));
}

static void
write_user(struct http_writer *w, const struct http_challenge *c,
    const struct http_digest *d)
{
	char hashed[HTTP_DIGEST_TEXT_MAX];

	if (c->userhash) {
		http_digest_user(d, hashed);
		http_write_words(w, "userhash=true, ");
		http_write_quoted(w, "username", hashed);
	} else {
		http_write_quoted(w, "username", d->user.at);
	}
}

/* What only those know who know of qop (RFC 7616, section 3.4). */
static void
write_qop(struct http_writer *w, const struct http_challenge *c,
    const struct http_digest *d)
{
	if (c->qop) {
		http_write_words(w, ", qop=auth, nc=");
		http_write_words(w, d->nc.at);
	}
	if (c->qop || c->session) {
		http_write_words(w, ", ");
		http_write_quoted(w, "cnonce", d->cnonce.at);
	}
	if (c->has_algorithm) {
		http_write_words(w, ", algorithm=");
		http_write_words(w, http_digest_name(c->hash, c->session));
	}
}

static void
write_digest(struct http_writer *w, const struct http_challenge *c,
    const struct http_answer *a)
{
	char count[9], response[HTTP_DIGEST_TEXT_MAX];
	const struct http_digest d = { .hash = c->hash, .session = c->session,
	    .user = http_text_of(a->user), .realm = http_text_of(c->realm),
	    .password = http_text_of(a->password),
	    .nonce = http_text_of(c->nonce),
	    .cnonce = http_text_of(a->cnonce), .nc = { count, 8 },
	    .qop = http_text_of(c->qop ? "auth" : ""),
	    .method = http_text_of(a->method), .uri = http_text_of(a->uri) };

	snprintf(count, sizeof(count), "%08x", (unsigned)a->count);
	http_digest_response(&d, response);
	http_write_words(w, "Digest ");
	write_user(w, c, &d);
	http_write_words(w, ", ");
	http_write_quoted(w, "realm", c->realm);
	http_write_words(w, ", ");
	http_write_quoted(w, "nonce", c->nonce);
	http_write_words(w, ", ");
	http_write_quoted(w, "uri", a->uri);
	http_write_words(w, ", ");
	http_write_quoted(w, "response", response);
	write_qop(w, c, &d);
	if (c->has_opaque) {
		http_write_words(w, ", ");
		http_write_quoted(w, "opaque", c->opaque);
	}
}

size_t
http_auth_answer(const struct http_challenge *c, const struct http_answer *a,
    char *out, size_t size)
{
	struct http_writer w;

	ASSERT(c->scheme != HTTP_AUTH_NONE);
	if (http_auth_problem(c->scheme, a->user, a->password) != NULL)
		return 0;
	http_write_begin(&w, out, size);
	if (c->scheme == HTTP_AUTH_BASIC)
		write_basic(&w, a);
	else
		write_digest(&w, c, a);
	return http_write_end(&w);
}
