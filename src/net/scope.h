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

/* An IPv4-mapped address (RFC 4291, section 2.5.5.2), or one that is embedded
 * as IPv4-compatible, is the IPv4 address in it. */
enum scope	scope_of(const struct addr *a);

/* Whether it is ::, or 0.0.0.0, also as an IPv4-mapped address: who connects
 * there comes to this host. */
bool		scope_is_unspecified(const struct addr *a);

#endif
