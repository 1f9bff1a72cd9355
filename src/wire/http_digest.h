/* SPDX-License-Identifier: ISC */
/* The arithmetic of HTTP's Digest authentication: RFC 7616, RFC 2069. */
#ifndef WIRE_HTTP_DIGEST_H
#define WIRE_HTTP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http_text.h"

enum http_digest_hash {
	HTTP_DIGEST_MD5,
	HTTP_DIGEST_SHA256,
};

#define HTTP_DIGEST_TEXT_MAX	65	/* hexadecimal, and a NUL */

/* What is proved, and about what; without quotes and their escapes. */
struct http_digest {
	enum http_digest_hash	hash;
	bool			session;	/* "-sess" */
	struct http_text	user, realm, password;
	struct http_text	nonce, cnonce, nc;
	struct http_text	qop;		/* n is 0: RFC 2069 */
	struct http_text	method, uri;
};

/* `response' (RFC 7616, section 3.4.1), in lower case.  Returns its length. */
size_t	http_digest_response(const struct http_digest *d,
	    char out[HTTP_DIGEST_TEXT_MAX]);

/* `username' where there is `userhash' (section 3.4.4). */
size_t	http_digest_user(const struct http_digest *d,
	    char out[HTTP_DIGEST_TEXT_MAX]);

/* "MD5", "SHA-256", and the same with "-sess" (section 6.1). */
const char	*http_digest_name(enum http_digest_hash hash, bool session);

/* False: it is none of them, and nothing is written. */
bool	http_digest_find(struct http_text name, enum http_digest_hash *hash,
	    bool *session);

/*
 * Numbers used once that need no memory: a time, and a proof that whoever has
 * the key has made it.  Those who have seen an answer can give it again, for
 * the same target, as long as the nonce lives.
 */
#define HTTP_NONCE_KEY		32	/* bytes, at random */
#define HTTP_NONCE_TEXT_MAX	49

/* now: in whatever unit and since whenever; not negative. */
void	http_nonce_make(const unsigned char key[HTTP_NONCE_KEY], int64_t now,
	    char out[HTTP_NONCE_TEXT_MAX]);

/* Whether that key has made it, and less than `life' ago. */
bool	http_nonce_is_fresh(const unsigned char key[HTTP_NONCE_KEY],
	    int64_t now, int64_t life, struct http_text nonce);

#endif
