/* SPDX-License-Identifier: ISC */
/* What the files of this folder share. */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include <pthread.h>

#include "tls/openssl.h"
#include "tls/tls.h"
#include "wire/pin.h"


struct tls {
	const struct tls_options *o;
	enum tls_role	 role;
	pthread_mutex_t	 lock;		/* of ctx, when there are threads */
	SSL_CTX		*ctx;		/* its successor may come by HUP */
	bool		 again;		/* it has had one before */
	const struct tls *identity_of;	/* whose certificate it has; or NULL */
	BIO_METHOD	*bio;		/* over a struct stream */
	bool		 key_unlocked;	/* a passphrase was given */
	bool		 key_locked;	/* it was not */
	unsigned char	(*pin)[PIN_LENGTH];	/* one of them is needed */
	size_t		 pins;			/* 0: none is */
	unsigned char	 alpn[512];	/* wire format */
	size_t		 alpn_length;
	int		 keylog_fd;	/* -1: none */
	bool		 datagrams;
	bool		 ktls;		/* let the kernel encrypt, if it can */
	struct cookies	*cookies;	/* a listener's, of datagrams */
};

/* Why a certificate was refused, or what is to be said of it. */
struct tls_verdict {
	int		 error;		/* X509_V_ERR_..., 0: it was not */
	bool		 wrong_pin;
	char		 text[700];
};

/*
 * An error of `result' with a text in front and OpenSSL's own reason, if it has
 * one, behind; the queue of errors is empty then.
 */
enum result	tls_error(struct error *err, enum result result,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

/* Tell the peers that a close_notify of theirs ends their direction alone, and
 * hear whether they say so.  RESULT_LOCAL. */
enum result	tls_offer_half_close(struct tls *t, SSL_CTX *ctx,
		    struct error *err);

/* A new engine, SSL_new(3), with the context of now.  NULL: no memory. */
SSL		*tls_engine(struct tls *t);

/* Versions and suites: whether the options can be right, RESULT_USAGE, and what
 * a fresh context gets of them.  RESULT_USAGE, RESULT_LOCAL. */
enum result	tls_check_policy(const struct tls_options *o,
		    struct error *err);
enum result	tls_set_policy(struct tls *t, SSL_CTX *ctx, struct error *err);

/* --- datagrams ----------------------------------------------------------- */

/* Prepare for a listener of datagrams, and then each of its contexts.
 * RESULT_LOCAL. */
enum result	tls_prepare_cookies(struct tls *t, struct error *err);
enum result	tls_set_cookies(struct tls *t, SSL_CTX *ctx,
		    struct error *err);
void		tls_free_cookies(struct tls *t);

/* What is common to all engines of datagrams. */
void		tls_set_datagrams(SSL *ssl);

/* RFC 6347, section 4.1.1.1: nothing came back for so many times.  What is sent
 * from now on is cut into shorter datagrams, since the path may swallow long
 * ones. */
void		tls_shrink_datagrams(SSL *ssl, unsigned timeouts);

/* --- files --------------------------------------------------------------- */

/* Certificates in the order of their file; zeroed: none. */
struct tls_certificates {
	X509	**cert;
	size_t	 count;
};

/*
 * A file of certificates and keys, for the option that is named in messages.
 * Nothing but PEM is read, and a message says what else it is, and where it is
 * broken.  RESULT_LOCAL.
 */
struct tls_file {
	const char	*option;
	const char	*name;
	char		*data;		/* owned */
	size_t		 size;
};

enum result	tls_file_load(struct tls_file *f, const char *option,
		    const char *name, struct error *err);
void		tls_file_free(struct tls_file *f);

/* All certificates in it, of which there is at least one. */
enum result	tls_file_certificates(const struct tls_file *f,
		    struct tls_certificates *certs, struct error *err);
void		tls_certificates_free(struct tls_certificates *certs);

/* Whether there is a key in it that tls_file_key() would read, good or not. */
bool		tls_file_has_key(const struct tls_file *f);

/* The first key in it, with the passphrase that `ask' gets, as in
 * pem_password_cb(3).  The caller frees it. */
enum result	tls_file_key(const struct tls_file *f, pem_password_cb *ask,
		    void *arg, EVP_PKEY **key, struct error *err);

/* --- own and foreign certificates ---------------------------------------- */

/* "sha256:..." of the certificate. */
void		tls_pin_format(X509 *cert, char text[PIN_TEXT_MAX]);

/* Own certificate and key: out of files, made, or those from before. Nobody is
 * asked for a passphrase a second time.  RESULT_LOCAL. */
enum result	tls_load_identity(struct tls *t, SSL_CTX *ctx,
		    struct error *err);

/* Hand over each of the names of a certificate that count, as below. */
void		tls_certificate_each_name(X509 *cert,
		    void (*take)(void *context, const char *name),
		    void *context);

/* The names of a certificate that count, "a, b, 192.0.2.1"; "none".  What is no
 * name has "DNS:" in front, and what names are not made of is escaped. */
void		tls_certificate_names(X509 *cert, char *text, size_t size);

/* As RFC 4514 has it, and fit to be shown.  For people: "(empty)", and what had
 * no room ends in "...".  The other one is whole, or empty. */
void		tls_certificate_subject(const X509_NAME *name, char *text,
		    size_t size);
void		tls_certificate_exact_subject(const X509_NAME *name,
		    char *text, size_t size);

/* "2026-01-02" */
void		tls_date_format(const ASN1_TIME *time, char text[32]);

/* -v: the peer's chain. */
void		tls_log_chain(SSL *ssl);

/* --tls-peer-cert: the peer's chain into a file. RESULT_LOCAL. */
enum result	tls_save_chain(SSL *ssl, const char *file, struct error *err);

/* --- verification -------------------------------------------------------- */

/* Prepare the context for verifying peers. RESULT_LOCAL. */
enum result	tls_prepare_verification(struct tls *t, SSL_CTX *ctx,
		    struct error *err);

/* What is expected of the peer of one connection. `host' may be NULL. */
enum result	tls_expect_name(struct tls *t, SSL *ssl, const char *host,
		    struct error *err);

/* After the handshake: the stapled answer (RFC 6960), which may refuse the
 * certificate.  RESULT_DENIED. */
enum result	tls_check_staple(struct tls *t, SSL *ssl, struct error *err);

#endif
