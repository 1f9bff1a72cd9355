/* SPDX-License-Identifier: ISC */
/* One direction of an exchange of HTTP: a body that is read as it was framed by
 * one side, and written as it is framed for the other one. */
#ifndef SERVE_HTTP_HALF_H
#define SERVE_HTTP_HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "io/stream.h"
#include "wire/http_body.h"

#define HTTP_HALF_READ	16384	/* bytes a time */

struct http_half {
	struct stream		*from;
	struct stream		*to;		/* NULL: there is none yet */
	struct http_body	 body;		/* as it comes */
	bool			 chunks;	/* that is how it goes */
	bool			 wants_in;	/* the last read, or write, */
	bool			 wants_out;	/* would have had to wait */
	uint64_t		 read_n;	/* bytes, so far */
	uint64_t		 written_n;
	struct buffer		 out;		/* what is to be written: a head
						 * and a read's bytes fit */
	unsigned char		 data[HTTP_HALF_READ];
};

void	http_half_init(struct http_half *h, struct stream *from,
	    struct stream *to);
void	http_half_free(struct http_half *h);

/* Whether something is to be written still. */
bool	http_half_pending(const struct http_half *h);

/* Write what there is, as far as it goes without waiting.  False: it failed, as
 * errno says. */
bool	http_half_flush(struct http_half *h);

/* Read into h->data; as stream_read(). */
ssize_t	http_half_read(struct http_half *h);

/*
 * The n bytes of h->data behind the first `at' are of the body, which goes to
 * h->out.  What comes behind its end is left, from h->data + what this returns
 * on, up to at + n.  Nothing goes there, and nothing is left, when h->body has
 * another verdict than HTTP_BODY_MORE and HTTP_BODY_DONE then.
 */
size_t	http_half_take(struct http_half *h, size_t at, size_t n);

/* The end has come, which is the body's: see http_body_ends(). */
void	http_half_end(struct http_half *h);

#endif
