/* SPDX-License-Identifier: ISC */
/*
 * Handshakes of clients that are served one after another: many at once
 * (run/proving.h), so that one that says nothing holds up nobody.
 */
#ifndef RUN_HANDSHAKES_H
#define RUN_HANDSHAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/stream.h"
#include "net/connection.h"
#include "options/options.h"

/* Done, and waiting for their turn. */
#define HANDSHAKES_WAITING	64

struct handshakes;

/* NULL with errno: no descriptor, no thread. */
struct handshakes	*handshakes_new(const struct options *o,
			    int64_t deadline);

/* Gives up those that are under way. */
void	handshakes_free(struct handshakes *h);

/* Readable when handshakes_take() has something. */
int	handshakes_fd(const struct handshakes *h);

/* Whether one more may come.  If not, handshakes_room_fd() is readable when it
 * is time to ask again. */
bool	handshakes_room(struct handshakes *h);
int	handshakes_room_fd(const struct handshakes *h);

/* Begin one; c is taken over. */
void	handshakes_begin(struct handshakes *h, struct connection *c);

/*
 * The next one that is done, in the order in which they are done.  True: *net
 * is the stream of a client, or NULL when it failed, and *err says why.
 */
bool	handshakes_take(struct handshakes *h, struct stream **net,
	    struct addr *remote, struct error *err);

#endif
