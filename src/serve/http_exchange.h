/* SPDX-License-Identifier: ISC */
/* One request of a proxy's client, and its response: see serve/http_relay.h. */
#ifndef SERVE_HTTP_EXCHANGE_H
#define SERVE_HTTP_EXCHANGE_H

#include <stdbool.h>

#include "base/error.h"
#include "serve/http_relay.h"

struct http_exchange;

/* Of the request in r->server, which has to last as r has.  The caller releases
 * it with http_exchange_free(). */
struct http_exchange	*http_exchange_new(struct http_relay *r);

/* The stream to the origin server is closed: reset, if the exchange is not
 * whole.  What moved is added to the counts of the relay. */
void	http_exchange_free(struct http_exchange *x);

/*
 * Before anybody is dialled: look at the first bytes of a body in chunks.  As
 * http_exchange_run() does.
 */
enum result	http_exchange_look(struct http_exchange *x,
		    struct error *err);

/*
 * Send the request to the origin server, which is taken over, and the response
 * to the client.  RESULT_OK: it is whole.  If not, http_exchange_status() is
 * what the client is owed.
 */
enum result	http_exchange_run(struct http_exchange *x,
		    struct stream *origin, struct error *err);

/* The status of an answer of ours; 0: a part of the response is with the client
 * already, or the client is not to be answered. */
int		http_exchange_status(const struct http_exchange *x);

/* What to say to that in a line; NULL: the reason. */
const char	*http_exchange_why(const struct http_exchange *x);

/* A part of a response has been sent. */
bool		http_exchange_begun(const struct http_exchange *x);

/* Behind an exchange that is whole: whether another request may follow. */
bool		http_exchange_keeps(const struct http_exchange *x);

#endif
