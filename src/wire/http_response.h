/* SPDX-License-Identifier: ISC */
/* An origin server's response to what a proxy has forwarded, and how it goes on
 * to the client (RFC 9110, sections 7.6 and 15; RFC 9112, section 6). */
#ifndef WIRE_HTTP_RESPONSE_H
#define WIRE_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/http_body.h"
#include "wire/http_request.h"

struct http_response {
	const struct http_head	*head;
	struct http_body	 body;		/* at its beginning */
	enum http_framing	 framing;	/* of the body for the client */
	bool			 interim;	/* 1xx: another one follows */
	bool			 dropped;	/* the client does not know
						 * that */
	bool			 keep;		/* the client's connection may
						 * stay behind it */
	const char		*why;		/* it can't be forwarded; or
						 * NULL */
};

/*
 * Judge a head, which is whole, of the response to a request.  False: it can't
 * be forwarded, as r->why says, and the client is owed 502.
 *
 * A body that ends with the origin's connection is chunked for a client of
 * HTTP/1.1, and a chunked one ends with the connection for one of HTTP/1.0.
 */
bool		http_response_judge(struct http_response *r,
		    const struct http_head *h,
		    const struct http_request *request);

/*
 * The head for the client, into `out', HTTP_FORWARD_MAX bytes; returns its
 * length.  `close': its connection is not to stay, even if r->keep.
 */
size_t		http_response_forward(const struct http_response *r,
		    const char *pseudonym, bool close, char *out);

#endif
