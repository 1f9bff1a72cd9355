/* SPDX-License-Identifier: ISC */
/*
 * TLS (RFC 8446, RFC 5246) as one more stream, on top of any other; DTLS 1.2
 * (RFC 6347) on top of that of a datagram socket.  By default
 * the peer of a client has to prove its name, as RFC 9525 says.
 */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/texts.h"
#include "io/stream.h"

/* Strings are NULL if they were not given. */
struct tls_options {
	bool		 on;
	bool		 insecure;	/* verify nothing */
	bool		 receive;	/* somebody wants what the peer says,
					 * and its end */
	bool		 for_target;	/* pin and peer_cert: of whom a listener
					 * dials, not of its clients */
	bool		 ocsp;		/* a good stapled answer is required */
	const char	*name;		/* expected in the certificate */
	const char	*server_name;	/* SNI, if it differs */
	struct texts	 pin;		/* sha256:... of the only good ones */
	struct texts	 ca;		/* files or directories of roots */
	const char	*client_ca;	/* listener: clients must have one */
	const char	*cert;		/* own chain, PEM */
	const char	*key;		/* default: in the same file */
	const char	*key_pass_file;
	bool		 pin_untold;	/* that of a certificate that was made
					 * is said with -v only */
	const char	*pin_file;	/* listener: where its pin is written */
	const char	*alpn;
	const char	*ciphers;
	const char	*min;
	const char	*max;
	const char	*keylog;
	const char	*peer_cert;	/* where the peer's chain is saved */
	const char	*starttls;	/* protocol spoken before */
};

enum tls_role {
	TLS_CLIENT,
	TLS_SERVER,
};

struct tls;

/*
 * Check the options without touching a file: names of versions, pins, lists.
 * RESULT_USAGE.
 */
enum result	tls_check(const struct tls_options *o, struct error *err);

/*
 * All that connections of one role have in common: files are read, a missing
 * certificate is made, the pin is said.  o stays the caller's and has to last.
 * The certificate and the key are those of `identity_of', with the same o, so
 * that nobody is asked for a passphrase twice; NULL: they are read or made.
 * RESULT_LOCAL, RESULT_USAGE.
 */
enum result	tls_open(const struct tls_options *o, enum tls_role role,
		    bool datagrams, const struct tls *identity_of,
		    struct tls **t, struct error *err);
void		tls_close(struct tls *t);	/* also NULL */

/*
 * Read the files again, if there are any (certificate and key, those who are
 * trusted), for connections from now on.  If that fails, everything stays as it
 * was: RESULT_LOCAL.  One thread at a time, and who has its identity of another
 * one behind that.
 */
bool		tls_has_files(const struct tls *t);
enum result	tls_reload(struct tls *t, struct error *err);

/* There will be many handshakes at once: what each of them needs is held down.
 * Before any thread speaks TLS. */
void		tls_expect_many(void);

/*
 * Speak TLS on top of `lower', which is ready to be read and written: the new
 * stream, which owns it.  `host' is the name or address that was dialled, NULL
 * if there is none.  NULL: RESULT_LOCAL, RESULT_USAGE (no name that a
 * certificate can have), and nothing has happened.
 */
struct stream	*tls_begin(struct tls *t, const char *host,
		    struct stream *lower, struct error *err);

/*
 * A step of its handshake, which never waits; to be called whenever what it
 * *wants (of poll(2)) is there, and at the time *again (CLOCK_NEVER: not).
 * RESULT_OK, and *done when that was all.  On failure nothing but TLS was sent:
 * RESULT_DENIED (verification, or the peer says no), RESULT_BROKEN and the
 * like; then tls_undo() gives `lower' back.
 */
enum result	tls_step(struct stream *s, bool *done, short *wants,
		    int64_t *again, struct error *err);
struct stream	*tls_undo(struct stream *s);

enum tls_greeting {
	TLS_GREETING_BAD,
	TLS_GREETING_UNPROVEN,
	TLS_GREETING_PROVEN,
};

#define TLS_ANSWER_MAX	512	/* bytes */

/*
 * Of a listener of datagrams: look at the first ones of a peer (RFC 6347,
 * section 4.2.1).  TLS_GREETING_UNPROVEN: the answer, of *length bytes, has to
 * be sent, and nothing is kept.  TLS_GREETING_PROVEN: it has shown the cookie
 * of such an answer to the same client, which is its address, and whatever else
 * must not have changed.  tls_begin() goes on from this very datagram.  One
 * thread at a time.
 */
enum tls_greeting	tls_greet(struct tls *t, const void *client,
			    size_t client_size, const unsigned char *data,
			    size_t n, unsigned char answer[TLS_ANSWER_MAX],
			    size_t *length);

/* "OpenSSL 3.0.x", or why there is none, for --version. */
const char	*tls_library(void);

#endif
