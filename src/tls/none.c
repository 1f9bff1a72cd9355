/* SPDX-License-Identifier: ISC */
/* What there is when there is no library: one clear line. */
#include <stddef.h>

#include "tls/tls.h"

enum result
tls_check(const struct tls_options *o, struct error *err)
{
	(void)o;
	(void)err;
	return RESULT_OK;
}

enum result
tls_open(const struct tls_options *o, enum tls_role role, bool datagrams,
    const struct tls *identity_of, struct tls **t, struct error *err)
{
	(void)identity_of;
	(void)o;
	(void)role;
	(void)datagrams;
	*t = NULL;
	return error_set(err, RESULT_LOCAL, "TLS: this sockcat was built "
	    "without OpenSSL");
}

void
tls_close(struct tls *t)
{
	(void)t;
}

bool
tls_has_files(const struct tls *t)
{
	(void)t;
	return false;
}

enum result
tls_reload(struct tls *t, struct error *err)
{
	(void)t;
	(void)err;
	return RESULT_OK;
}

void
tls_expect_many(void)
{
}

struct stream *
tls_begin(struct tls *t, const char *host, struct stream *lower,
    struct error *err)
{
	(void)host;
	(void)lower;
	tls_open(NULL, TLS_SERVER, false, NULL, &t, err);
	return NULL;
}

enum result
tls_step(struct stream *s, bool *done, short *wants, int64_t *again,
    struct error *err)
{
	struct tls *t;

	(void)s;
	(void)done;
	(void)wants;
	(void)again;
	return tls_open(NULL, TLS_SERVER, false, NULL, &t, err);
}

struct stream *
tls_undo(struct stream *s)
{
	return s;
}

enum tls_greeting
tls_greet(struct tls *t, const void *client, size_t client_size,
    const unsigned char *data, size_t n, unsigned char answer[TLS_ANSWER_MAX],
    size_t *length)
{
	(void)t;
	(void)client;
	(void)client_size;
	(void)data;
	(void)n;
	(void)answer;
	*length = 0;
	return TLS_GREETING_BAD;
}

const char *
tls_library(void)
{
	return "no TLS";
}
