/* SPDX-License-Identifier: ISC */
/* Many addresses, one of which is connected to: RFC 8305, section 5. */
#ifndef NET_DIAL_RACE_H
#define NET_DIAL_RACE_H

#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "net/connection.h"

struct dial_options;

/*
 * Connect to one of `target', what host means, in its order: a new attempt each
 * 250 ms or when one fails, the first to connect wins and the others are
 * closed.  c gets the socket, and next_target, the one behind the winner.
 * `began' is when the look-up did, for -v.  On failure what says most of all
 * addresses, refused before unreachable before local, and c->remote is whose
 * that is, if it is somebody's.
 */
enum result	dial_race(const struct dial_options *o, const char *host,
		    uint16_t port, int64_t began, int64_t deadline,
		    const struct addr_list *target, struct connection *c,
		    struct error *err);

#endif
