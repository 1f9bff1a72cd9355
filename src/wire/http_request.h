/* SPDX-License-Identifier: ISC */
/*
 * A request to a proxy, its head judged: where it goes, what its body is, and
 * what may be on the connection behind it (RFC 9110, section 7; RFC 9112,
 * sections 3, 6 and 9).
 */
#ifndef WIRE_HTTP_REQUEST_H
#define WIRE_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/http_body.h"
#include "wire/http_head.h"
#include "wire/http_target.h"

struct http_request {
	const struct http_head	*head;
	struct http_target	 target;	/* parts are in the head */
	struct http_body	 body;		/* at its beginning */
	bool			 connect;	/* CONNECT; no body */
	bool			 to_head;	/* HEAD */
	bool			 keep;		/* the client lets the
						 * connection stay */
	bool			 waits;		/* for 100 (Continue), before it
						 * sends the body */
	bool			 limited;	/* OPTIONS, TRACE: Max-Forwards
						 * is there, and this: */
	unsigned long long	 forwards;	/* 0: it is to be answered here,
						 * see http_request_own() */

	/* If it is refused: */
	int			 status;	/* 400, 501, 508 ...; or 0 */
	const char		*why;		/* "Host is missing" */
};

/* How long what we are called in Via may be. */
#define HTTP_PSEUDONYM_MAX	255

/*
 * Judge a head, which is whole and has to last as long as *r.  pseudonym is
 * what we are called in Via, a token that no other proxy uses: a request that
 * has it was here before.  False: it is to be refused with r->status, and
 * r->keep is false.
 *
 * A connection stays unless the client says otherwise; not with HTTP/1.0, even
 * if the client asks for it (RFC 9112, sections 9.3 and C.2.2).
 */
bool		http_request_judge(struct http_request *r,
		    const struct http_head *h, const char *pseudonym);

/* Whether it must not go any further (RFC 9110, section 7.6.2), and with which
 * status it is answered. */
bool		http_request_own(const struct http_request *r, int *status);

#define HTTP_FORWARD_MAX	(HTTP_HEAD_MAX + 2048)

/*
 * The head for the origin server, into `out', HTTP_FORWARD_MAX bytes; returns
 * its length.  It is of HTTP/1.1 and has: the path as target; Host, made from
 * the target; the fields that are for the next one as well, in their order;
 * what frames the body, made anew; Via; Connection: close.
 */
size_t		http_request_forward(const struct http_request *r,
		    const char *pseudonym, char *out);

#endif
