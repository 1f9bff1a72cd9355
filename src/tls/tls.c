/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "tls/blocks.h"
#include "tls/context.h"
#include "tls/ktls.h"
#include "tls/stream.h"
#include "wire/alpn.h"
#include "wire/starttls.h"

#define KEYLOG_VARIABLE	"SSLKEYLOGFILE"

/* --- options ------------------------------------------------------------- */

/* https, imaps ... */
static bool
is_tls_from_the_start(const char *protocol)
{
	size_t n = strlen(protocol);

	return n > 3 && protocol[n - 1] == 's' &&
	    strcmp(protocol, "postgres") != 0;
}

enum result
tls_check(const struct tls_options *o, struct error *err)
{
	unsigned char pin[PIN_LENGTH], alpn[512];
	enum pin_verdict pin_verdict;
	enum alpn_verdict alpn_verdict;
	enum starttls_protocol protocol;
	size_t n;
	enum result result = tls_check_policy(o, err);

	/* Behind a dot it would stand for all names below. */
	if (result == RESULT_OK && o->name != NULL && (*o->name == '\0' ||
	    *o->name == '.'))
		result = error_set(err, RESULT_USAGE, "-e: '%s' is no name "
		    "that a certificate can have", o->name);
	for (size_t i = 0; result == RESULT_OK && i < o->pin.count; i++) {
		pin_verdict = pin_parse(o->pin.text[i], pin);
		if (pin_verdict != PIN_OK)
			result = error_set(err, RESULT_USAGE, "--tls-pin: "
			    "'%s': %s", o->pin.text[i],
			    pin_verdict_text(pin_verdict));
	}
	if (result == RESULT_OK && o->alpn != NULL) {
		alpn_verdict = alpn_parse(o->alpn, alpn, sizeof(alpn), &n);
		if (alpn_verdict != ALPN_OK)
			result = error_set(err, RESULT_USAGE, "--tls-alpn: "
			    "'%s': %s", o->alpn,
			    alpn_verdict_text(alpn_verdict));
	}
	if (result == RESULT_OK && o->starttls != NULL &&
	    !starttls_find(o->starttls, &protocol))
		result = error_set(err, RESULT_USAGE, "--starttls: '%s' is not "
		    "smtp, imap, pop3, ftp, xmpp, ldap or postgres%s",
		    o->starttls, is_tls_from_the_start(o->starttls) ?
		    "; it begins with TLS, for which -c is enough" : "");
	return result;
}

/* Whether what is said of a peer means those of t. */
static bool
speaks_of(const struct tls *t)
{
	return t->role == TLS_CLIENT || !t->o->for_target;
}

/* --- the context --------------------------------------------------------- */

/* A line of the key log is written at once, so that many can share a file. */
static void
keylog_write(const SSL *ssl, const char *line)
{
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	char text[512];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	if (n > 0 && n < (int)sizeof(text) &&
	    write(t->keylog_fd, text, (size_t)n) == -1)
		log_line(LOG_ERROR, "the key log: %s", strerror(errno));
}

static enum result
open_keylog(struct tls *t, struct error *err)
{
	const char *file = t->o->keylog != NULL ? t->o->keylog :
	    getenv(KEYLOG_VARIABLE);

	if (file == NULL || *file == '\0')
		return RESULT_OK;
	if (file_open_secrets(file, "--tls-keylog", &t->keylog_fd, err) !=
	    RESULT_OK)
		return err->result;
	return RESULT_OK;
}

/* As SSL_CTX_set_alpn_select_cb(3): our order counts. */
static int
alpn_choose(SSL *ssl, const unsigned char **out, unsigned char *n,
    const unsigned char *offered, unsigned int offered_n, void *arg)
{
	const struct tls *t = arg;
	unsigned char *chosen;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, n, t->alpn,
	    (unsigned int)t->alpn_length, offered, offered_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static enum result
set_alpn(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	if (t->o->alpn == NULL)
		return RESULT_OK;
	alpn_parse(t->o->alpn, t->alpn, sizeof(t->alpn), &t->alpn_length);
	if (t->role == TLS_SERVER)
		SSL_CTX_set_alpn_select_cb(ctx, alpn_choose, t);
	else if (SSL_CTX_set_alpn_protos(ctx, t->alpn,
	    (unsigned int)t->alpn_length) != 0)
		return tls_error(err, RESULT_LOCAL, "--tls-alpn");
	return RESULT_OK;
}

static SSL_CTX *
new_context(const struct tls *t)
{
	bool server = t->role == TLS_SERVER;

	if (t->datagrams)
		return SSL_CTX_new(server ? DTLS_server_method() :
		    DTLS_client_method());
	return SSL_CTX_new(server ? TLS_server_method() :
	    TLS_client_method());
}

static enum result
set_basics(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	(void)err;
	SSL_CTX_set_app_data(ctx, t);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_ENABLE_KTLS);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* A record without data comes back to us, who count them. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	/* Nobody comes back within the life of a process. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	if (t->keylog_fd != -1)
		SSL_CTX_set_keylog_callback(ctx, keylog_write);
	return RESULT_OK;
}

/* A context as the options and the files have it now. */
static enum result
build_context(struct tls *t, SSL_CTX **to, struct error *err)
{
	static enum result (*const steps[])(struct tls *, SSL_CTX *,
	    struct error *) = {
		set_basics, tls_offer_half_close, tls_set_policy, set_alpn,
		tls_set_cookies, tls_prepare_verification, tls_load_identity,
	};
	SSL_CTX *ctx = new_context(t);
	enum result result = RESULT_OK;

	if (ctx == NULL)
		return tls_error(err, RESULT_LOCAL, "TLS");
	for (size_t i = 0; result == RESULT_OK &&
	    i < sizeof(steps) / sizeof(steps[0]); i++)
		result = steps[i](t, ctx, err);
	if (result == RESULT_OK)
		*to = ctx;
	else
		SSL_CTX_free(ctx);
	return result;
}

static void
take_pins(struct tls *t)
{
	const struct texts *pins = &t->o->pin;

	if (!speaks_of(t) || pins->count == 0)
		return;
	t->pin = xcalloc(pins->count, sizeof(*t->pin));
	for (; t->pins < pins->count; t->pins++)
		pin_parse(pins->text[t->pins], t->pin[t->pins]);
}

/* What one that is built again has in common with the one before. */
static enum result
prepare_common(struct tls *t, struct error *err)
{
	enum result result;

	t->bio = tls_stream_bio();
	if (t->bio == NULL)
		return tls_error(err, RESULT_LOCAL, "TLS");
	take_pins(t);
	result = open_keylog(t, err);
	if (result == RESULT_OK)
		result = tls_prepare_cookies(t, err);
	return result;
}

enum result
tls_open(const struct tls_options *o, enum tls_role role, bool datagrams,
    const struct tls *identity_of, struct tls **to, struct error *err)
{
	struct tls *t;
	enum result result = openssl_load(err);

	*to = NULL;
	if (result != RESULT_OK)
		return result;
	t = xcalloc(1, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	t->o = o;
	t->identity_of = identity_of;
	t->role = role;
	t->datagrams = datagrams;
	t->ktls = !datagrams && ktls_wanted();
	t->keylog_fd = -1;
	result = prepare_common(t, err);
	if (result == RESULT_OK)
		result = build_context(t, &t->ctx, err);
	if (result == RESULT_OK)
		*to = t;
	else
		tls_close(t);
	return result;
}

bool
tls_has_files(const struct tls *t)
{
	const struct tls_options *o = t->o;

	return o->cert != NULL || (t->role == TLS_SERVER ?
	    o->client_ca != NULL : o->ca.count > 0);
}

enum result
tls_reload(struct tls *t, struct error *err)
{
	SSL_CTX *old, *ctx;
	enum result result;

	t->again = true;
	result = build_context(t, &ctx, err);
	if (result != RESULT_OK)
		return result;
	pthread_mutex_lock(&t->lock);
	old = t->ctx;
	t->ctx = ctx;
	pthread_mutex_unlock(&t->lock);
	SSL_CTX_free(old);	/* those who have it, have it still */
	return RESULT_OK;
}

void
tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	tls_free_cookies(t);
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->bio);
	if (t->keylog_fd != -1)
		close(t->keylog_fd);
	free(t->pin);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* --- a connection -------------------------------------------------------- */

static void
log_session(SSL *ssl)
{
	const unsigned char *alpn = NULL;
	unsigned int n = 0;
	char text[256] = "none";

	if (!log_enabled(LOG_STEP))
		return;
	SSL_get0_alpn_selected(ssl, &alpn, &n);
	if (n > 0)
		log_escape_whole(text, sizeof(text), (const char *)alpn, n);
	if (BIO_get_ktls_send(SSL_get_wbio(ssl)))
		log_line(LOG_DETAIL, "kernel TLS: the kernel encrypts");
	log_line(LOG_STEP, "TLS: %s, cipher %s, ALPN %s", SSL_get_version(ssl),
	    SSL_get_cipher_name(ssl), text);
}

/* The handshake is done: may the session begin? */
static enum result
check_session(struct tls *t, SSL *ssl, struct error *err)
{
	enum result result;

	log_session(ssl);
	tls_log_chain(ssl);
	result = tls_check_staple(t, ssl, err);
	if (result == RESULT_OK && t->o->peer_cert != NULL && speaks_of(t))
		result = tls_save_chain(ssl, t->o->peer_cert, err);
	return result;
}

void
tls_expect_many(void)
{
	blocks_begin();
}

struct stream *
tls_begin(struct tls *t, const char *host, struct stream *lower,
    struct error *err)
{
	struct stream *layer = tls_stream_new(t, lower);

	if (layer == NULL) {
		tls_error(err, RESULT_LOCAL, "TLS");
		return NULL;
	}
	if (t->role == TLS_SERVER || tls_expect_name(t, tls_stream_ssl(layer),
	    host, err) == RESULT_OK)
		return layer;
	tls_stream_undo(layer);
	return NULL;
}

enum result
tls_step(struct stream *s, bool *done, short *wants, int64_t *again,
    struct error *err)
{
	enum result result = tls_stream_step(s, done, wants, again, err);

	if (result == RESULT_OK && *done)
		result = check_session(tls_stream_context(s),
		    tls_stream_ssl(s), err);
	return result;
}

struct stream *
tls_undo(struct stream *s)
{
	return tls_stream_undo(s);
}

const char *
tls_library(void)
{
	return OPENSSL_VERSION_TEXT;
}
