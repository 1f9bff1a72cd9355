/* SPDX-License-Identifier: ISC */
/*
 * A listener of DTLS.  One engine a socket answers every greeting with a cookie
 * and keeps nothing; a sender who shows his cookie is there, and gets a socket
 * and an engine of his own, to which that last datagram is played once more
 * (RFC 6347, section 4.2.1).
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/xalloc.h"
#include "io/dgram.h"
#include "tls/context.h"
#include "tls/stream.h"

#define SECRET_SIZE	32
#define LINK_MTU	1400	/* what gets through tunnels, too */
#define OVERHEAD	48	/* of IPv6 and UDP */

/* Greetings answered before others get their turn. */
#define GREET_MOST	64

/* One socket of the listener. */
struct greeting {
	SSL		*ssl;
	int		 fd;
	struct addr	 peer;		/* of the datagram read last */
	size_t		 length;
	unsigned char	 data[DGRAM_RECEIVE_MAX];
};

struct cookies {
	unsigned char	 secret[SECRET_SIZE];
	int		 peer_index;	/* of SSL_set_ex_data(3) */
	BIO_METHOD	*bio;
	BIO_ADDR	*nobody;
	struct greeting	*greeting[LISTEN_MAX];
};

void
tls_set_datagrams(SSL *ssl)
{
	SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
	DTLS_set_link_mtu(ssl, LINK_MTU);
}

/* --- cookies ------------------------------------------------------------- */

static struct tls *
tls_of(SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* As SSL_CTX_set_cookie_generate_cb(3): who comes from the same address and
 * port has the same one. */
static int
cookie_make(SSL *ssl, unsigned char *cookie, unsigned int *n)
{
	const struct cookies *c = tls_of(ssl)->cookies;
	const struct addr *peer = SSL_get_ex_data(ssl, c->peer_index);

	return peer != NULL && HMAC(EVP_sha256(), c->secret, SECRET_SIZE,
	    (const unsigned char *)&peer->ss, peer->len, cookie, n) != NULL;
}

static int
cookie_check(SSL *ssl, const unsigned char *cookie, unsigned int n)
{
	unsigned char expected[EVP_MAX_MD_SIZE];
	unsigned int expected_n = 0;

	return cookie_make(ssl, expected, &expected_n) && n == expected_n &&
	    CRYPTO_memcmp(cookie, expected, n) == 0;
}

void
tls_cookie_peer(SSL *ssl, const struct addr *peer)
{
	SSL_set_ex_data(ssl, tls_of(ssl)->cookies->peer_index,
	    (void *)(uintptr_t)peer);
}

/* --- the BIO of a greeting ----------------------------------------------- */

static int
greeting_read(BIO *bio, char *data, int size)
{
	struct greeting *g = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	g->peer.len = sizeof(g->peer.ss);
	n = recvfrom(g->fd, g->data, sizeof(g->data), MSG_DONTWAIT,
	    &g->peer.sa, &g->peer.len);
	if (n <= 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	g->length = (size_t)n < (size_t)size ? (size_t)n : (size_t)size;
	memcpy(data, g->data, g->length);
	return (int)g->length;
}

/* An answer that can't be sent is lost, as on any network. */
static int
greeting_write(BIO *bio, const char *data, int size)
{
	const struct greeting *g = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	sendto(g->fd, data, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL,
	    &g->peer.sa, g->peer.len);
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
	SSL *ssl = SSL_new(t->ctx);
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
	SSL_set_ex_data(ssl, t->cookies->peer_index, &g->peer);
	return ssl;
}

/* As listen.h says. */
static bool
greet(void *context, size_t i, int fd, struct addr *remote,
    unsigned char **first, size_t *n)
{
	struct tls *t = context;
	struct greeting *g = t->cookies->greeting[i];
	int result = 0;

	if (g == NULL)
		g = t->cookies->greeting[i] = xcalloc(1, sizeof(*g));
	g->fd = fd;
	for (int turns = 0; result != 1 && turns < GREET_MOST; turns++) {
		if (g->ssl == NULL)
			g->ssl = greeting_engine(t, g);
		if (g->ssl == NULL)
			return false;
		ERR_clear_error();
		g->length = 0;
		result = DTLSv1_listen(g->ssl, t->cookies->nobody);
		if (result == 0 && g->length == 0)
			break;		/* no more greetings */
		if (result != 0) {
			SSL_free(g->ssl);
			g->ssl = NULL;
		}
	}
	ERR_clear_error();
	if (result != 1)
		return false;
	*remote = g->peer;
	*first = xmalloc(g->length);
	memcpy(*first, g->data, g->length);
	*n = g->length;
	return true;
}

struct listen_greeter
tls_greeter(struct tls *t)
{
	if (t == NULL || t->cookies == NULL)
		return (struct listen_greeter){ NULL, NULL };
	return (struct listen_greeter){ greet, t };
}

/* --- from beginning to end ----------------------------------------------- */

enum result
tls_prepare_cookies(struct tls *t, struct error *err)
{
	struct cookies *c;

	if (!t->datagrams || t->role != TLS_SERVER)
		return RESULT_OK;
	c = t->cookies = xcalloc(1, sizeof(*c));
	c->peer_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	c->nobody = BIO_ADDR_new();
	c->bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "greeting");
	if (c->nobody == NULL || c->bio == NULL || c->peer_index == -1 ||
	    RAND_bytes(c->secret, SECRET_SIZE) != 1)
		return tls_error(err, RESULT_LOCAL, "DTLS");
	BIO_meth_set_read(c->bio, greeting_read);
	BIO_meth_set_write(c->bio, greeting_write);
	BIO_meth_set_ctrl(c->bio, greeting_control);
	SSL_CTX_set_options(t->ctx, SSL_OP_COOKIE_EXCHANGE);
	SSL_CTX_set_cookie_generate_cb(t->ctx, cookie_make);
	SSL_CTX_set_cookie_verify_cb(t->ctx, cookie_check);
	return RESULT_OK;
}

void
tls_free_cookies(struct tls *t)
{
	struct cookies *c = t->cookies;

	if (c == NULL)
		return;
	for (size_t i = 0; i < LISTEN_MAX; i++) {
		if (c->greeting[i] == NULL)
			continue;
		SSL_free(c->greeting[i]->ssl);
		free(c->greeting[i]);
	}
	BIO_meth_free(c->bio);
	BIO_ADDR_free(c->nobody);
	free(c);
	t->cookies = NULL;
}
