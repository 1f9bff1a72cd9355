/* SPDX-License-Identifier: ISC */
/* Connected sockets of datagrams, traded for others. */
#ifndef NET_DIAL_DATAGRAM_H
#define NET_DIAL_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/connection.h"

struct dial_options;
struct socket_options;

/*
 * Of datagrams, connect(2) does not tell whether anybody is there: a refusal
 * may come later.  Connect c to the next of its targets that can be connected
 * to.  c->fd keeps its number if it has one, and what it was is closed; with -1
 * c is a new one, whose targets and next_target the caller has set.
 * RESULT_REFUSED: none is left; or why none of them can be; c is as it was.
 */
enum result	dial_next(const struct dial_options *o, int64_t deadline,
		    struct connection *c, struct error *err);

/*
 * Trade the connected datagram socket of c for one with the same port that
 * hears everybody, as needed where a question to many is answered by each.
 * (Undoing connect(2) is no way: Linux forgets the interface, and for IPv6 does
 * not forget the peer.)  `keep_address`: the local address was asked for.
 * RESULT_LOCAL.
 */
enum result	dial_open(struct connection *c, bool keep_address,
		    const struct socket_options *o, struct error *err);

#endif
