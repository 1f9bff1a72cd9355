/* SPDX-License-Identifier: ISC */
/*
 * Clients that have proven nothing yet: until the layers of their connection
 * are stacked, as far as these wait for the peer.  They have a number of their
 * own, and limits, so that they can't take the places of those who are served,
 * and cost as little as can be: until their greeting is there (see `look' of
 * session/layers.h), nothing but a descriptor and an entry; then a session
 * whose layers go on in steps, and no thread.
 *
 * If there are too many, the oldest one makes room for the next, once it has
 * had HANDSHAKES_GRACE, or HANDSHAKES_SILENCE if its greeting is not there.
 */
#ifndef RUN_HANDSHAKES_H
#define RUN_HANDSHAKES_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "run/workers.h"
#include "session/session.h"

#define HANDSHAKES_GRACE	CLOCK_SECOND
#define HANDSHAKES_SILENCE	(250 * CLOCK_MS)

struct handshakes;

/* Called in any thread, without locks held. */
struct handshakes_ops {
	/* The layers of s are stacked; it is taken over (*s is not).  The
	 * function may block, after blocking_begins(). */
	void	(*done)(void *context, struct session *s);

	/* A handshake failed, and its client has gone; err has its address in
	 * front.  `unwelcome': --allow and --deny have kept it out, which is
	 * nobody's failure. */
	void	(*failed)(void *context, bool unwelcome,
		    const struct error *err);

	/* There is room again, after handshakes_room() said no. */
	void	(*room)(void *context);
};

/* How many clients may be in their handshake at a time, in a process that may
 * have that many descriptors: a share of these, and of the memory that there
 * is. */
size_t		handshakes_most(size_t descriptors, bool datagrams);

/* Clients in their handshake wait in ws, whose shared descriptor number
 * `shared' is that of their clock: when that is ready, the caller calls
 * handshakes_tick().  NULL with errno. */
struct handshakes	*handshakes_new(const struct run *r, size_t most,
			    struct workers *ws, size_t shared,
			    const struct handshakes_ops *ops, void *context);

/* Whether one more may come. */
bool		handshakes_room(struct handshakes *h);

/* Let a client begin; s is taken over (*s is not).  If there are too many, one
 * is given up for it. */
void		handshakes_begin(struct handshakes *h, struct session *s);

/* Do what it is time for. */
void		handshakes_tick(struct handshakes *h);

/* Give up all clients; each has one turn more. */
void		handshakes_stop(struct handshakes *h);

/* Release h, after workers_stop(). */
void		handshakes_free(struct handshakes *h);	/* also NULL */

#endif
