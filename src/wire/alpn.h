/* SPDX-License-Identifier: ISC */
/* Lists of application protocols for TLS (ALPN, RFC 7301, section 3.1). */
#ifndef WIRE_ALPN_H
#define WIRE_ALPN_H

#include <stddef.h>

#define ALPN_NAME_MAX	255	/* bytes of a name */
#define ALPN_LIST_MAX	65535	/* bytes of the list, with the lengths in it */

enum alpn_verdict {
	ALPN_OK,
	ALPN_EMPTY,		/* the list, or a name in it */
	ALPN_NAME_TOO_LONG,
	ALPN_LIST_TOO_LONG,	/* or longer than there is room for */
};

/*
 * "h2,http/1.1" as ProtocolNameList, without the length in front of it: what
 * SSL_set_alpn_protos(3) takes.  A name is any bytes but commas, blanks too.
 * out has room for size bytes; strlen(text) + 1 are always enough, and what is
 * beyond ALPN_LIST_MAX is never used.  On ALPN_OK the length is in *n; *n is
 * left alone otherwise, out is undefined then.
 */
enum alpn_verdict	alpn_parse(const char *text, unsigned char *out,
			    size_t size, size_t *n);

/* What is wrong, for a message: "a protocol's name is empty" */
const char	*alpn_verdict_text(enum alpn_verdict verdict);

#endif
