/* SPDX-License-Identifier: ISC */
#include <md5.h>
#include <sha2.h>
#include <string.h>

#include "base/assert.h"
#include "base/secret.h"
#include "wire/http_digest.h"

#define NONCE_TIME	16	/* digits */
#define NONCE_PROOF	32

/* A hash of either kind, as it grows. */
struct hash {
	enum http_digest_hash	kind;
	MD5_CTX			md5;
	SHA2_CTX		sha256;
};

static void
hash_begin(struct hash *h, enum http_digest_hash kind)
{
	h->kind = kind;
	if (kind == HTTP_DIGEST_MD5)
		MD5Init(&h->md5);
	else
		SHA256Init(&h->sha256);
}

static void
hash_add(struct hash *h, const void *data, size_t n)
{
	if (h->kind == HTTP_DIGEST_MD5)
		MD5Update(&h->md5, data, n);
	else
		SHA256Update(&h->sha256, data, n);
}

/* Returns the number of bytes; of h nothing is left. */
static size_t
hash_end(struct hash *h, unsigned char out[SHA256_DIGEST_LENGTH])
{
	size_t n = MD5_DIGEST_LENGTH;

	if (h->kind == HTTP_DIGEST_MD5) {
		MD5Final(out, &h->md5);
	} else {
		SHA256Final(out, &h->sha256);
		n = SHA256_DIGEST_LENGTH;
	}
	explicit_bzero(h, sizeof(*h));
	return n;
}

/* 2n digits and a NUL. */
static void
write_hex(char *out, const unsigned char *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
	*out = '\0';
}

/* The hash of n texts with colons between them: all of Digest's are. */
static size_t
hash_joined(enum http_digest_hash kind, char out[HTTP_DIGEST_TEXT_MAX],
    const struct http_text *texts, size_t n)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct hash h;
	size_t i, length;

	hash_begin(&h, kind);
	for (i = 0; i < n; i++) {
		if (i > 0)
			hash_add(&h, ":", 1);
		hash_add(&h, texts[i].at, texts[i].n);
	}
	length = hash_end(&h, digest);
	write_hex(out, digest, length);
	explicit_bzero(digest, sizeof(digest));
	return 2 * length;
}

/* H(A1): RFC 7616, section 3.4.2. */
static size_t
digest_secret(const struct http_digest *d, char out[HTTP_DIGEST_TEXT_MAX])
{
	const struct http_text texts[] = { d->user, d->realm, d->password };
	struct http_text session[] = { { out, 0 }, d->nonce, d->cnonce };

	session[0].n = hash_joined(d->hash, out, texts, 3);
	if (d->session)
		hash_joined(d->hash, out, session, 3);
	return session[0].n;
}

size_t
http_digest_response(const struct http_digest *d,
    char out[HTTP_DIGEST_TEXT_MAX])
{
	char secret[HTTP_DIGEST_TEXT_MAX], about[HTTP_DIGEST_TEXT_MAX];
	const struct http_text request[] = { d->method, d->uri };
	struct http_text texts[] = { { secret, 0 }, d->nonce, d->nc,
	    d->cnonce, d->qop, { about, 0 } };
	size_t n;

	texts[0].n = digest_secret(d, secret);
	texts[5].n = hash_joined(d->hash, about, request, 2);
	if (d->qop.n > 0) {
		n = hash_joined(d->hash, out, texts, 6);
	} else {
		texts[2] = texts[5];
		n = hash_joined(d->hash, out, texts, 3);
	}
	explicit_bzero(secret, sizeof(secret));
	return n;
}

size_t
http_digest_user(const struct http_digest *d, char out[HTTP_DIGEST_TEXT_MAX])
{
	const struct http_text texts[] = { d->user, d->realm };

	return hash_joined(d->hash, out, texts, 2);
}

/* --- names --------------------------------------------------------------- */

static const char *const names[][2] = {
	[HTTP_DIGEST_MD5] = { "MD5", "MD5-sess" },
	[HTTP_DIGEST_SHA256] = { "SHA-256", "SHA-256-sess" },
};

const char *
http_digest_name(enum http_digest_hash hash, bool session)
{
	return names[hash][session];
}

bool
http_digest_find(struct http_text name, enum http_digest_hash *hash,
    bool *session)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		if (http_text_is(&name, names[i / 2][i % 2])) {
			*hash = (enum http_digest_hash)(i / 2);
			*session = i % 2 == 1;
			return true;
		}
	}
	return false;
}

/* --- nonces -------------------------------------------------------------- */

/* One half of HMAC: the hash of the key, under a pad, and a text. */
static void
hmac_half(const unsigned char key[HTTP_NONCE_KEY], unsigned char pad,
    const void *text, size_t n, unsigned char out[SHA256_DIGEST_LENGTH])
{
	unsigned char block[SHA256_BLOCK_LENGTH];
	struct hash h;
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = (i < HTTP_NONCE_KEY ? key[i] : 0) ^ pad;
	hash_begin(&h, HTTP_DIGEST_SHA256);
	hash_add(&h, block, sizeof(block));
	hash_add(&h, text, n);
	hash_end(&h, out);
	explicit_bzero(block, sizeof(block));
}

/* HMAC-SHA-256 (RFC 2104), the first half of it (section 5). */
static void
nonce_prove(const unsigned char key[HTTP_NONCE_KEY], const char *text,
    size_t n, char out[NONCE_PROOF + 1])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	hmac_half(key, 0x36, text, n, digest);
	hmac_half(key, 0x5c, digest, sizeof(digest), digest);
	write_hex(out, digest, NONCE_PROOF / 2);
}

void
http_nonce_make(const unsigned char key[HTTP_NONCE_KEY], int64_t now,
    char out[HTTP_NONCE_TEXT_MAX])
{
	unsigned char bytes[NONCE_TIME / 2];
	size_t i;

	ASSERT(now >= 0);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(now >> (56 - 8 * i));
	write_hex(out, bytes, sizeof(bytes));
	nonce_prove(key, out, NONCE_TIME, out + NONCE_TIME);
}

/* The time in a nonce that is ours. */
static int64_t
nonce_time(const char *text)
{
	int64_t time = 0;
	size_t i;

	for (i = 0; i < NONCE_TIME; i++)
		time = time << 4 | (text[i] <= '9' ? text[i] - '0' :
		    text[i] - 'a' + 10);
	return time;
}

bool
http_nonce_is_fresh(const unsigned char key[HTTP_NONCE_KEY], int64_t now,
    int64_t life, struct http_text nonce)
{
	char proof[NONCE_PROOF + 1];

	if (nonce.n != NONCE_TIME + NONCE_PROOF)
		return false;
	nonce_prove(key, nonce.at, NONCE_TIME, proof);
	return secret_equal(proof, NONCE_PROOF, nonce.at + NONCE_TIME,
	    NONCE_PROOF) && now - nonce_time(nonce.at) < life;
}
