/* SPDX-License-Identifier: ISC */
/*
 * Who somebody is, in HTTP (RFC 9110, section 11): Basic (RFC 7617) and Digest
 * (RFC 7616) with MD5 and SHA-256, for both sides.  What follows is said of
 * proxies; without the word "Proxy-" in the names of fields, and with 401 for
 * 407, it is the same for servers.
 */
#ifndef WIRE_HTTP_AUTH_H
#define WIRE_HTTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http_digest.h"
#include "wire/http_text.h"

/* The longest user, password, realm, nonce and opaque there may be, in bytes
 * without the NUL. */
#define HTTP_AUTH_TEXT_MAX	1024

/* --- the client ---------------------------------------------------------- */

enum http_auth_scheme {
	HTTP_AUTH_NONE,
	HTTP_AUTH_BASIC,
	HTTP_AUTH_DIGEST,
};

/* What a server wants to know. */
struct http_challenge {
	enum http_auth_scheme	scheme;
	bool			other;	/* schemes or algorithms were offered
					 * that are not known here */
	/* of HTTP_AUTH_DIGEST alone */
	enum http_digest_hash	hash;
	bool			session;	/* "-sess" */
	bool			qop;		/* "auth"; false: RFC 2069 */
	bool			stale;		/* it is the nonce that is not
						 * good any more */
	bool			userhash;
	bool			has_opaque;
	bool			has_algorithm;
	char			realm[HTTP_AUTH_TEXT_MAX + 1];
	char			nonce[HTTP_AUTH_TEXT_MAX + 1];
	char			opaque[HTTP_AUTH_TEXT_MAX + 1];
};

/* With no challenge in it. */
void	http_challenge_init(struct http_challenge *c);

/*
 * Look at the value of a field, Proxy-Authenticate, in which there may be
 * several challenges; there may be several such fields.  The strongest of all
 * stays: Digest with SHA-256, with MD5, Basic; of equal ones the first.  One
 * that has no meaning (no nonce, a parameter twice, only "auth-int", longer
 * than HTTP_AUTH_TEXT_MAX) is passed over, and so is, in that field, all that
 * is behind a mistake in its syntax.
 */
void	http_challenge_add(struct http_challenge *c, struct http_text value);

/*
 * Why user and password can't be told by that scheme, for a message: "a user
 * with a colon can't be told by Basic".  NULL: they can.
 */
const char	*http_auth_problem(enum http_auth_scheme scheme,
		    const char *user, const char *password);

/* What the answer is about, and who gives it. */
struct http_answer {
	const char	*method, *uri;	/* as in the request's first line */
	const char	*user, *password;
	const char	*cnonce;	/* new each time: letters, digits */
	uint32_t	 count;		/* which answer to that nonce, from 1 */
};

#define HTTP_ANSWER_MAX	16384

/*
 * Write the value of the field that answers the challenge, which is not
 * HTTP_AUTH_NONE, Proxy-Authorization, to out, `size' bytes with the NUL, and
 * return its length.  0: http_auth_problem() has one, or it has no room; for
 * uris up to HTTP_AUTH_TEXT_MAX there is room in HTTP_ANSWER_MAX.  It is a
 * secret, which the caller has to wipe.
 */
size_t	http_auth_answer(const struct http_challenge *c,
	    const struct http_answer *a, char *out, size_t size);

/* --- the server ---------------------------------------------------------- */

struct http_guard {
	const char	*realm;		/* printable ASCII, up to
					 * HTTP_AUTH_TEXT_MAX */
	unsigned char	 key[HTTP_NONCE_KEY];	/* at random; for nonces */
	int64_t		 life;		/* of a nonce, in the unit of `now' */

	/* The password of a user, or NULL. */
	const char	*(*password)(void *context, const char *user);
	void		*context;
};

enum http_auth_verdict {
	HTTP_AUTH_OK,
	HTTP_AUTH_ABSENT,	/* nothing was said, or in a scheme that was
				 * not offered: 407 */
	HTTP_AUTH_MALFORMED,	/* 400 */
	HTTP_AUTH_WRONG,	/* user, password or realm: 407 */
	HTTP_AUTH_STALE,	/* all is right but the nonce: 407 */
};

#define HTTP_CHALLENGES_MAX	8192

/*
 * Write the fields that go with 407, each a whole line: Digest with MD5, with
 * SHA-256, Basic.  name is theirs: "Proxy-Authenticate".  Returns the length.
 * Some clients look at the first Digest alone and know nothing but MD5; those
 * that choose take SHA-256 wherever it stands.
 */
size_t	http_auth_challenges(const struct http_guard *g, const char *name,
	    int64_t now, bool stale, char out[HTTP_CHALLENGES_MAX]);

/*
 * Judge the value of the field Proxy-Authorization, NULL for none, of a request
 * for `target' (there must be one field at most; more are malformed).  Digest's
 * uri has to be the target, or the path and query in it: some clients say that
 * to a proxy.  user is who was named, "" if nobody was.  An unknown user takes
 * as long as a wrong password.
 */
enum http_auth_verdict	http_auth_verify(const struct http_guard *g,
			    int64_t now, struct http_text method,
			    struct http_text target,
			    const struct http_text *value,
			    char user[HTTP_AUTH_TEXT_MAX + 1]);

#endif
