/* SPDX-License-Identifier: ISC */
/* What OpenSSL gives to each connection: an engine, and what went wrong. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "tls/context.h"

enum result
tls_error(struct error *err, enum result result, const char *fmt, ...)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
	char text[ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ERR_clear_error();
	if (reason == NULL)
		return error_set(err, result, "%s", text);
	return error_set(err, result, "%.800s (%s)", text, reason);
}

SSL *
tls_engine(struct tls *t)
{
	SSL_CTX *ctx;
	SSL *ssl;

	pthread_mutex_lock(&t->lock);
	ctx = t->ctx;
	SSL_CTX_up_ref(ctx);
	pthread_mutex_unlock(&t->lock);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	return ssl;
}
