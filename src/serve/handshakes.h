/* SPDX-License-Identifier: ISC */
/*
 * Handshakes of clients that are served one after another: each in a thread of
 * its own, so that one that says nothing holds up nobody.
 */
#ifndef SERVE_HANDSHAKES_H
#define SERVE_HANDSHAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/stream.h"
#include "net/addr.h"
#include "net/dial.h"
#include "options.h"

/* At a time; for one more, one that has had HANDSHAKES_GRACE is given up. */
#define HANDSHAKES_MOST		64
#define HANDSHAKES_GRACE	CLOCK_SECOND

struct handshakes;

/* NULL with errno: no descriptor. */
struct handshakes	*handshakes_new(const struct options *o,
			    int64_t deadline);

/* Gives up those that are under way, and waits for their threads. */
void	handshakes_free(struct handshakes *h);

/* Readable when handshakes_take() has something. */
int	handshakes_fd(const struct handshakes *h);

/* When there is room for one more: 0 or a time that has passed is now.
 * CLOCK_NEVER: when some that are done have been taken. */
int64_t	handshakes_room_at(struct handshakes *h);

/* Begin one; c is taken over.  If there are too many, the oldest one that is
 * under way is given up. */
void	handshakes_begin(struct handshakes *h, struct connection *c);

/*
 * The next one that is done, in the order in which they are done.  True: *net
 * is the stream of a client, or NULL when it failed, and *err says why.
 */
bool	handshakes_take(struct handshakes *h, struct stream **net,
	    struct addr *remote, struct error *err);

#endif
