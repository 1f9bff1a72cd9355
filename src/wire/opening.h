/* SPDX-License-Identifier: ISC */
/* What is spoken, told by the first bytes that somebody says: for messages
 * only, when one protocol was expected and another one came. */
#ifndef WIRE_OPENING_H
#define WIRE_OPENING_H

#include <stddef.h>

/* So many bytes tell them all apart. */
#define OPENING_BYTES	8

enum opening {
	OPENING_UNKNOWN,
	OPENING_TLS_HELLO,	/* RFC 8446: a client begins with TLS */
	OPENING_TLS_ALERT,	/* ... or a peer has not understood us */
	OPENING_HTTP,		/* RFC 9112: a request, or a response */
	OPENING_SSH,		/* RFC 4253, section 4.2 */
	OPENING_REPLY,		/* "220": SMTP, FTP */
	OPENING_IMAP,		/* RFC 9051, section 7.1 */
	OPENING_POP3,		/* RFC 1939, section 4 */
};

/* What the first n bytes are of. */
enum opening	opening_recognize(const unsigned char *data, size_t n);

/* What to say of one who says that instead of TLS, behind what he said: "",
 * or words with a ':' in front. */
const char	*opening_without_tls(enum opening opening);

#endif
