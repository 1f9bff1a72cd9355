/* SPDX-License-Identifier: ISC */
/*
 * What a client wants of us as a proxy: the dialogue that says so, in the
 * protocol that its first byte tells, and the answer once we have tried.
 */
#ifndef SESSION_PROXY_REQUEST_H
#define SESSION_PROXY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "session/run.h"
#include "wire/dialogue.h"

struct proxy_request;

/* At the start of a connection of a run with --proxy-server.  The caller
 * releases it with proxy_request_free(), which wipes it. */
struct proxy_request	*proxy_request_new(const struct run *r);
void			 proxy_request_free(struct proxy_request *q);

/* Its state is a struct proxy_request. */
extern const struct dialogue_codec proxy_request_codec;

/* --- after DIALOGUE_DONE ------------------------------------------------- */

/* Where the client wants to go: a name, or the text of an address; and the
 * port. */
const char	*proxy_request_host(const struct proxy_request *q,
		    uint16_t *port);

/* Whether it wants a connection whose bytes are its own.  If not, it is a
 * request of HTTP that is for us to pass on. */
bool		 proxy_request_connects(const struct proxy_request *q);

/* The state of its dialogue in HTTP; NULL: it is SOCKS. */
struct http_server	*proxy_request_http(struct proxy_request *q);

/* For -v: "SOCKS5" */
const char	*proxy_request_protocol(const struct proxy_request *q);

#define PROXY_REPLY_MAX	1024	/* bytes */

/* Before that: what a client is told whose request took too long; 0 bytes where
 * there is nothing that it would understand. */
size_t		 proxy_request_late(const struct proxy_request *q,
		    unsigned char out[PROXY_REPLY_MAX]);

/*
 * The answer to one that wants a connection: result says how our try has ended
 * (RESULT_DENIED: we do not go there), and local is where we are connected
 * from, NULL if we are not.  Returns its length.
 */
size_t		 proxy_request_reply(const struct proxy_request *q,
		    enum result result, const struct addr *local,
		    unsigned char out[PROXY_REPLY_MAX]);

#endif
