/* SPDX-License-Identifier: ISC */
/*
 * A listener of DTLS.  One engine answers every greeting with a cookie and
 * keeps nothing; a sender who shows his cookie is there, and gets an engine of
 * his own, to which that last datagram is played once more (RFC 6347, section
 * 4.2.1).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "tls/context.h"
#include "tls/stream.h"

#define SECRET_SIZE	32
#define OVERHEAD	48	/* of IPv6 and UDP */

/* What a link takes: at first what gets through most tunnels, then the least
 * that IPv6 and IPv4 ask of one, and what is nearly the least for OpenSSL. */
static const int link_mtu[] = { 1400, 1280, 576, 296 };

#define LINK_MTUS	(sizeof(link_mtu) / sizeof(link_mtu[0]))

/* The datagram that is looked at, and what is to be answered. */
struct greeting {
	SSL			*ssl;
	const void		*client;
	size_t			 client_size;
	const unsigned char	*data;
	size_t			 length;	/* 0: it was read */
	unsigned char		*answer;
	size_t			 answer_length;
};

struct cookies {
	unsigned char	 secret[SECRET_SIZE];
	int		 greeting_index;	/* of SSL_set_ex_data(3) */
	BIO_METHOD	*bio;
	BIO_ADDR	*nobody;
	struct greeting	 greeting;
};

void
tls_set_datagrams(SSL *ssl)
{
	SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
	DTLS_set_link_mtu(ssl, link_mtu[0]);
}

void
tls_shrink_datagrams(SSL *ssl, unsigned timeouts)
{
	if (timeouts < LINK_MTUS)
		DTLS_set_link_mtu(ssl, link_mtu[timeouts]);
}

/* --- cookies ------------------------------------------------------------- */

static struct tls *
tls_of(SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* As SSL_CTX_set_cookie_generate_cb(3): the same for the same client. */
static int
cookie_make(SSL *ssl, unsigned char *cookie, unsigned int *n)
{
	const struct cookies *c = tls_of(ssl)->cookies;
	const struct greeting *g = SSL_get_ex_data(ssl, c->greeting_index);

	return g != NULL && HMAC(EVP_sha256(), c->secret, SECRET_SIZE,
	    g->client, g->client_size, cookie, n) != NULL;
}

/* For the engine of a session, tls_greet() has looked before. */
static int
cookie_check(SSL *ssl, const unsigned char *cookie, unsigned int n)
{
	const struct cookies *c = tls_of(ssl)->cookies;
	unsigned char expected[EVP_MAX_MD_SIZE];
	unsigned int expected_n = 0;

	if (SSL_get_ex_data(ssl, c->greeting_index) == NULL)
		return 1;
	return cookie_make(ssl, expected, &expected_n) && n == expected_n &&
	    CRYPTO_memcmp(cookie, expected, n) == 0;
}

/* --- the BIO of a greeting ----------------------------------------------- */

static int
greeting_read(BIO *bio, char *data, int size)
{
	struct greeting *g = BIO_get_data(bio);
	size_t n = g->length < (size_t)size ? g->length : (size_t)size;

	BIO_clear_retry_flags(bio);
	g->length = 0;
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(data, g->data, n);
	return (int)n;
}

static int
greeting_write(BIO *bio, const char *data, int size)
{
	struct greeting *g = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (size > 0 && size <= TLS_ANSWER_MAX) {
		memcpy(g->answer, data, (size_t)size);
		g->answer_length = (size_t)size;
	}
	return size;
}

static long
greeting_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_DGRAM_GET_MTU_OVERHEAD)
		return OVERHEAD;
	return command == BIO_CTRL_FLUSH;
}

static SSL *
greeting_engine(struct tls *t, struct greeting *g)
{
	SSL *ssl = tls_engine(t);
	BIO *bio = ssl == NULL ? NULL : BIO_new(t->cookies->bio);

	if (bio == NULL) {
		SSL_free(ssl);
		return NULL;
	}
	BIO_set_data(bio, g);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_accept_state(ssl);
	tls_set_datagrams(ssl);
	SSL_set_ex_data(ssl, t->cookies->greeting_index, g);
	return ssl;
}

enum tls_greeting
tls_greet(struct tls *t, const void *client, size_t client_size,
    const unsigned char *data, size_t n, unsigned char answer[TLS_ANSWER_MAX],
    size_t *length)
{
	struct greeting *g = &t->cookies->greeting;
	int result;

	if (g->ssl == NULL)
		g->ssl = greeting_engine(t, g);
	if (g->ssl == NULL)
		return TLS_GREETING_BAD;
	g->client = client;
	g->client_size = client_size;
	g->data = data;
	g->length = n;
	g->answer = answer;
	g->answer_length = 0;
	ERR_clear_error();
	result = DTLSv1_listen(g->ssl, t->cookies->nobody);
	ERR_clear_error();
	if (result != 0) {
		SSL_free(g->ssl);
		g->ssl = NULL;
	}
	*length = g->answer_length;
	if (result == 1)
		return TLS_GREETING_PROVEN;
	return *length > 0 ? TLS_GREETING_UNPROVEN : TLS_GREETING_BAD;
}

/* --- from beginning to end ----------------------------------------------- */

enum result
tls_prepare_cookies(struct tls *t, struct error *err)
{
	struct cookies *c;

	if (!t->datagrams || t->role != TLS_SERVER)
		return RESULT_OK;
	c = t->cookies = xcalloc(1, sizeof(*c));
	c->greeting_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	c->nobody = BIO_ADDR_new();
	c->bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "greeting");
	if (c->nobody == NULL || c->bio == NULL || c->greeting_index == -1 ||
	    RAND_bytes(c->secret, SECRET_SIZE) != 1)
		return tls_error(err, RESULT_LOCAL, "DTLS");
	BIO_meth_set_read(c->bio, greeting_read);
	BIO_meth_set_write(c->bio, greeting_write);
	BIO_meth_set_ctrl(c->bio, greeting_control);
	return RESULT_OK;
}

enum result
tls_set_cookies(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	(void)err;
	if (t->cookies == NULL)
		return RESULT_OK;
	SSL_CTX_set_options(ctx, SSL_OP_COOKIE_EXCHANGE);
	SSL_CTX_set_cookie_generate_cb(ctx, cookie_make);
	SSL_CTX_set_cookie_verify_cb(ctx, cookie_check);
	return RESULT_OK;
}

void
tls_free_cookies(struct tls *t)
{
	struct cookies *c = t->cookies;

	if (c == NULL)
		return;
	SSL_free(c->greeting.ssl);
	BIO_meth_free(c->bio);
	BIO_ADDR_free(c->nobody);
	free(c);
	t->cookies = NULL;
}
