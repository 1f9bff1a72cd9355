/* SPDX-License-Identifier: ISC */
/* One attempt to connect to one address. */
#ifndef NET_DIAL_ATTEMPT_H
#define NET_DIAL_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "net/connection.h"

struct dial_options;

/*
 * A socket that is connecting to *to, options set and source bound.  Returns
 * RESULT_OK with *fd and *pending (whether it still has to be waited for).
 */
enum result	dial_start(const struct dial_options *o,
		    const struct addr_list *source, const struct addr *to,
		    int *fd, bool *pending, struct error *err);

/*
 * What became of a connection to `to' that was pending: 0, or the errno value
 * of its failure.  One that found itself (a port of our own range that nobody
 * listened on connects to itself now and then) is ECONNREFUSED.  One that stood
 * and was reset behind bytes that are there to be read, has not failed: whoever
 * reads them meets the reset.  `revents' are of poll(2).
 */
int		dial_outcome(int fd, short revents, const struct addr *to);

/* The addresses of o->source, nothing if there is none; see resolve(). */
enum result	dial_source(const struct dial_options *o, int64_t deadline,
		    struct addr_list *source, struct error *err);

/* The socket fd of that type is connected to *to, which was begun at `began':
 * fill c with it and its addresses, and tell -v. */
void		dial_connected(struct connection *c, int fd, int type,
		    const struct addr *to, int64_t began);

#endif
