/* SPDX-License-Identifier: ISC */
/*
 * The body of a message of HTTP/1.x: where it ends, and what is in it (RFC
 * 9112, sections 6 and 7; RFC 9110, section 8.6).
 *
 * A head that says more than one thing about the length of its body, or says it
 * in a way that somebody else could read otherwise, is refused: Content-Length
 * twice or as a list, even if both are equal; with Transfer-Encoding; a
 * Transfer-Encoding that is not "chunked" alone, or in HTTP/1.0.  So are
 * chunks whose lines have anything but hexadecimal digits and CRLF, but that a
 * response's may have blanks and extensions, which are dropped.  Trailers are
 * dropped.
 */
#ifndef WIRE_HTTP_BODY_H
#define WIRE_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http_head.h"

enum http_framing {
	HTTP_FRAMING_NONE,	/* no body */
	HTTP_FRAMING_LENGTH,
	HTTP_FRAMING_CHUNKED,
	HTTP_FRAMING_END,	/* until the end of the connection */
};

enum http_body_verdict {
	HTTP_BODY_MORE,		/* to be continued */
	HTTP_BODY_DONE,
	HTTP_BODY_TWO_LENGTHS,	/* Content-Length twice */
	HTTP_BODY_BAD_LENGTH,	/* not decimal digits, or above 2^63 - 1 */
	HTTP_BODY_BOTH,		/* Content-Length, Transfer-Encoding */
	HTTP_BODY_OLD_CODING,	/* Transfer-Encoding in HTTP/1.0 */
	HTTP_BODY_BAD_CODING,	/* it is not "chunked" */
	HTTP_BODY_BAD_CHUNK,	/* no size, or above 2^63 - 1 */
	HTTP_BODY_EXTENSION,	/* of a chunk: there, or too long */
	HTTP_BODY_LINE_END,	/* no CRLF where one has to be */
	HTTP_BODY_BAD_TRAILER,
	HTTP_BODY_LONG_TRAILER,
};

#define HTTP_EXTENSION_MAX	1024	/* bytes behind the size of a chunk */
#define HTTP_TRAILER_MAX	8192	/* all fields behind the last chunk */

struct http_body {
	enum http_framing	framing;
	enum http_body_verdict	verdict;	/* the last one */
	uint64_t		length;		/* HTTP_FRAMING_LENGTH */
	/* private */
	bool			tolerant;
	int			step;
	uint64_t		left;		/* of the length or the chunk */
	size_t			count;		/* bytes of a line */
};

/*
 * The body of a request, whose head is whole.  HTTP_BODY_MORE; HTTP_BODY_DONE
 * if there is none, or nothing in it; or what is wrong with the head.
 */
enum http_body_verdict	http_body_init_request(struct http_body *b,
			    const struct http_head *h);

/* The same of a response; `to_head': the request was HEAD.  There is none then,
 * nor with status 1xx, 204 and 304, whatever the fields say. */
enum http_body_verdict	http_body_init_response(struct http_body *b,
			    const struct http_head *h, bool to_head);

/*
 * The n bytes at in are what came, split anywhere.  The next piece of what is
 * in the body goes to *data, which is a part of `in' and may be empty; *used
 * bytes, from the front, are done with then, so that it takes several calls to
 * use all.  With HTTP_BODY_DONE, what is left is what comes next; all is used
 * where something is wrong.  All verdicts but HTTP_BODY_MORE stay.
 */
enum http_body_verdict	http_body_feed(struct http_body *b,
			    const unsigned char *in, size_t n, size_t *used,
			    struct http_text *data);

/* The connection has ended: whether the body is whole. */
bool		http_body_ends(const struct http_body *b);

/* For a message: "Content-Length is there twice" */
const char	*http_body_verdict_text(enum http_body_verdict verdict);

/* What a request is answered with for that: 400 or 501. */
int		http_body_verdict_status(enum http_body_verdict verdict);

/* --- writing one --------------------------------------------------------- */

#define HTTP_CHUNK_HEAD_MAX	20

/* What stands before a chunk of n bytes, 1 or more; returns how long it is. */
size_t		http_chunk_head(char buf[HTTP_CHUNK_HEAD_MAX], size_t n);

/* Behind each chunk; and behind all of them. */
#define HTTP_CHUNK_END	"\r\n"
#define HTTP_CHUNK_LAST	"0\r\n\r\n"

#endif
