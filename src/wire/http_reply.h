/* SPDX-License-Identifier: ISC */
/* What a proxy answers by itself (RFC 9110, section 15). */
#ifndef WIRE_HTTP_REPLY_H
#define WIRE_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct http_reply {
	int		 status;
	const char	*text;		/* a line for people, plain text; NULL:
					 * the reason again */
	const char	*fields;	/* more of them, whole lines with CRLF;
					 * or NULL */
	bool		 close;		/* the connection ends behind it */
	bool		 to_head;	/* of a request that was HEAD: the text
					 * is not sent */
};

/* Beside the text and the fields. */
#define HTTP_REPLY_MAX	512

/* Write it to out, `size' bytes; returns the length, or 0 if it does not
 * fit. */
size_t		http_reply(const struct http_reply *r, char *out, size_t size);

/* What a status is called: "Bad Gateway"; or "Unknown". */
const char	*http_reason(int status);

/* The status that says why there is no connection to a destination: 403
 * (RESULT_DENIED: we do not go there), 504, 500 (RESULT_LOCAL), 502. */
int		http_reply_status(enum result result);

/* The answer to CONNECT, once the destination is there. */
#define HTTP_CONNECTED	"HTTP/1.1 200 Connection established\r\n\r\n"

#endif
