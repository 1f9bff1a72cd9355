/* SPDX-License-Identifier: ISC */
/* The TLS stream itself, for the files of this folder. */
#ifndef TLS_STREAM_H
#define TLS_STREAM_H

#include <stdint.h>

#include "tls/context.h"

/* A stream on top of lower, its handshake not begun.  NULL: no memory. */
struct stream	*tls_stream_new(struct tls *t, struct stream *lower);

/* Give lower back, and release the rest. */
struct stream	*tls_stream_undo(struct stream *s);

SSL		*tls_stream_ssl(const struct stream *s);
struct tls	*tls_stream_context(const struct stream *s);

/* A step of the handshake, see tls_step(). */
enum result	tls_stream_step(struct stream *s, bool *done, short *wants,
		    int64_t *again, struct error *err);

/* Of the stream that ssl belongs to: why its peer's certificate was refused,
 * and the name that is expected in it. */
struct tls_verdict	*tls_stream_verdict(SSL *ssl);
const char		*tls_stream_expected(SSL *ssl);
void			 tls_stream_expect(SSL *ssl, const char *name);

/* The BIO method over a stream, BIO_meth_new(3).  NULL: no memory. */
BIO_METHOD	*tls_stream_bio(void);

/* --- describe.c ---------------------------------------------------------- */

/* What the two agreed on, see stream_describe(): SSL_PROTOCOL ("TLSv1.3"),
 * SSL_CIPHER, SSL_TLS_SNI_SERVERNAME unless there is none or it is no name, and
 * of a peer with a certificate SSL_PEER_CERT_SUBJECT (escaped; "" if it has
 * none, or one of more than 4 KiB) and SSL_PEER_CERT_HASH ("sha256:..."). */
void		tls_stream_describe(SSL *ssl, struct facts *facts);

#endif
