/* SPDX-License-Identifier: ISC */
/* How far an address reaches. */
#ifndef NET_SCOPE_H
#define NET_SCOPE_H

#include <stdbool.h>

#include "net/addr.h"

enum scope {
	SCOPE_FAR,		/* all else */
	SCOPE_LINK,		/* link-local: RFC 3927, RFC 4291 section
				 * 2.5.6 */
	SCOPE_HOST,		/* loopback (RFC 1122 section 3.2.1.3, RFC 4291
				 * section 2.5.3) and the unspecified address,
				 * which is connected to there, too;
				 * UNIX-domain; none */
};

/* Of who has connected.  An IPv4-mapped address (RFC 4291, section 2.5.5.2) is
 * the IPv4 address in it. */
enum scope	scope_of(const struct addr *a);

/* Of what is connected to: an address that may lead to one of IPv4 is as near
 * as that.  These are IPv4-compatible ones (RFC 4291, section 2.5.5.1), and
 * those of NAT64 (RFC 6052, section 2.1: the well-known prefix) and of 6to4
 * (RFC 3056, section 2). */
enum scope	scope_of_target(const struct addr *a);

/* Whether it is ::, or 0.0.0.0, also as an IPv4-mapped address: who connects
 * there comes to this host. */
bool		scope_is_unspecified(const struct addr *a);

#endif
