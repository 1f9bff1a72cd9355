/* SPDX-License-Identifier: ISC */
/*
 * TLS 1.2 has the peer of a close_notify drop what it still had to send (RFC
 * 5246, section 7.2.1), and many do so in TLS 1.3, too.  Two of us tell each
 * other that they do not, by an extension for private use (RFC 8446, section
 * 11) that others have to ignore.
 */
#include "config.h"

#include <string.h>

#include "tls/stream_state.h"

#define EXTENSION_TYPE	0xff5c
#define EXTENSION_USE	(SSL_EXT_CLIENT_HELLO | \
			SSL_EXT_TLS1_2_SERVER_HELLO | \
			SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS)

/* So that nobody else's extension of that number is taken for ours. */
static const unsigned char content[] = "sockcat half-close";

/* As SSL_custom_ext_add_cb_ex: of a server's only the answer to a client's. */
static int
half_close_add(SSL *ssl, unsigned int type, unsigned int context,
    const unsigned char **out, size_t *n, X509 *x, size_t chain, int *alert,
    void *arg)
{
	(void)ssl, (void)type, (void)context, (void)x, (void)chain, (void)alert,
	    (void)arg;
	*out = content;
	*n = sizeof(content) - 1;
	return 1;
}

static int
half_close_parse(SSL *ssl, unsigned int type, unsigned int context,
    const unsigned char *in, size_t n, X509 *x, size_t chain, int *alert,
    void *arg)
{
	struct tls_stream *ts = SSL_get_app_data(ssl);

	(void)type, (void)context, (void)x, (void)chain, (void)alert, (void)arg;
	if (n == sizeof(content) - 1 && memcmp(in, content, n) == 0)
		ts->peer_half_closes = true;
	return 1;
}

enum result
tls_offer_half_close(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	(void)t;
	if (SSL_CTX_add_custom_ext(ctx, EXTENSION_TYPE, EXTENSION_USE,
	    half_close_add, NULL, NULL, half_close_parse, NULL) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "TLS: the extension for "
	    "half-closes");
}
