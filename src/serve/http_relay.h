/* SPDX-License-Identifier: ISC */
/*
 * A proxy's requests that are not CONNECT: each goes to its origin server, on a
 * connection of its own, and the response comes back, while the client's
 * connection stays for the next one (RFC 9110, section 7.6; RFC 9112, section
 * 9).
 */
#ifndef SERVE_HTTP_RELAY_H
#define SERVE_HTTP_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "io/pump.h"
#include "io/stream.h"
#include "wire/http_server.h"

/* How long a client may be silent between two requests, at most, ns. */
#define HTTP_RELAY_PAUSE	(60 * CLOCK_SECOND)

struct http_relay {
	struct stream		*client;	/* stays the caller's */
	struct http_server	*server;	/* as it was when the dialogue
						 * was done, see below */

	/* A stream to that place, which is closed here; NULL, and why:
	 * http_reply_status() of that is what the client is told. */
	struct stream		*(*dial)(void *context, const char *host,
				    uint16_t port, struct error *err);
	void			*context;

	int64_t			 step;		/* ns, for one thing that the
						 * client has to do: send the
						 * rest of a head, read an
						 * answer of ours */
	int64_t			 idle;		/* ns in which nothing moves
						 * while a request is served;
						 * CLOCK_NEVER: no limit */
	int64_t			 deadline;	/* of all, base/clock */

	struct pump_traffic	*traffic;	/* is kept up to date */

	/* How much went, and came, in the exchanges that are done. */
	uint64_t		 sent;
	uint64_t		 received;
};

/*
 * Serve the request that the server's dialogue has ended with, and those that
 * follow.  RESULT_OK: there are no more, and the client may be parted with; or
 * *connect, and the last one, in the server's state, is CONNECT, which is the
 * caller's to serve.  Any other result: something went wrong, and the client
 * was told so if it could be.  *abort: it has got a part of a response that is
 * not whole, which may look like one that is unless its connection is reset.
 *
 * Bodies go both ways at the same time.  One in chunks is looked at, up to its
 * first bytes, before anybody is dialled, unless the client waits to be asked
 * for it: what is refused at once, nobody else has seen.
 */
enum result	http_relay_run(struct http_relay *r, bool *connect,
		    bool *abort, struct error *err);

#endif
