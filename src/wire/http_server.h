/* SPDX-License-Identifier: ISC */
/*
 * The side of an HTTP proxy that clients talk to, up to a request that it will
 * do something for (RFC 9110, RFC 9112): heads are read, judged, and those that
 * are no good answered, until there is a good one.
 */
#ifndef WIRE_HTTP_SERVER_H
#define WIRE_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/dialogue.h"
#include "wire/http_head.h"
#include "wire/http_reply.h"
#include "wire/http_request.h"

/* What a client who has to say who he is may be told: fields for 407. */
#define HTTP_SERVER_FIELDS_MAX	8192

/* So many answers in a row that the connection stays behind, as 407, and it
 * ends. */
#define HTTP_SERVER_TRIES	4

struct http_server_options {
	const char	*pseudonym;	/* in Via: see http_request_judge() */

	/* Whether the client may: 0, or the status of the answer: 407 with
	 * whole lines, each with its CRLF, as a string in `fields', `size'
	 * bytes; 400 or 403, and no fields.  NULL: everybody may. */
	int		(*authorize)(void *context,
			    const struct http_head *head, char *fields,
			    size_t size);
	void		*context;
};

/*
 * The dialogue is DIALOGUE_DONE when `request' is there and good: `connect',
 * whose bytes begin behind it, or any other, whose body does.  It refers to the
 * state itself, which can't be copied.
 */
struct http_server {
	const struct http_server_options *o;
	struct http_request	 request;

	/* private */
	struct http_head	 head;
	enum dialogue_verdict	 verdict;
	unsigned		 tries;		/* answers in a row */
	const char		*why;		/* what was refused last */
	size_t			 out_n, sent_n;
	char			 fields[HTTP_SERVER_FIELDS_MAX];
	char			 out[HTTP_SERVER_TRIES *
				    (HTTP_SERVER_FIELDS_MAX + HTTP_REPLY_MAX)];
};

/* On a new connection; o has to last as long as s. */
void	http_server_init(struct http_server *s,
	    const struct http_server_options *o);

/* Behind a request: the next one on the same connection. */
void	http_server_next(struct http_server *s);

/* Whether bytes of a request are there, that is not whole. */
bool	http_server_midway(const struct http_server *s);

/*
 * RESULT_DENIED is what it refuses with: whoever closes the connection lets the
 * client read the answer first.
 */
extern const struct dialogue_codec http_server_codec;

#endif
