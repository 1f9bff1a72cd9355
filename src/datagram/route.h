/* SPDX-License-Identifier: ISC */
/* Where the kernel would send from, and what has arrived at. */
#ifndef DATAGRAM_ROUTE_H
#define DATAGRAM_ROUTE_H

#include <stdbool.h>

#include "net/addr.h"

/*
 * Whether what a connected socket sends to `to' comes from the address `from',
 * as a peer expects of answers that has sent there.  Only then can a socket
 * that is bound to every address be connected.  Ports are not looked at, nor is
 * the zone if `from' has none.
 */
bool	route_begins_at(const struct addr *to, const struct addr *from);

/* Of what came to the socket fd, and was sent to the address `to': that, with
 * the port; or, if it is not known (len 0), where the socket is bound. */
struct addr	route_local(int fd, const struct addr *to);

#endif
