/* SPDX-License-Identifier: ISC */
/* Where the kernel would send from. */
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

#endif
