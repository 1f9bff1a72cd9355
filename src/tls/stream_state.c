/* SPDX-License-Identifier: ISC */
/* What the engine's callbacks know of the stream that it belongs to. */
#include "config.h"

#include <string.h>

#include "tls/stream_state.h"

struct tls_verdict *
tls_stream_verdict(SSL *ssl)
{
	struct tls_stream *ts = SSL_get_app_data(ssl);

	if (ts->verdict == NULL)
		ts->verdict = xcalloc(1, sizeof(*ts->verdict));
	return ts->verdict;
}

const char *
tls_stream_expected(SSL *ssl)
{
	const struct tls_stream *ts = SSL_get_app_data(ssl);

	return ts->expected;
}

void
tls_stream_expect(SSL *ssl, const char *name)
{
	struct tls_stream *ts = SSL_get_app_data(ssl);

	strlcpy(ts->expected, name, sizeof(ts->expected));
}
