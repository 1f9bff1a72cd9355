/* SPDX-License-Identifier: ISC */
/*
 * Clients that have proven nothing yet: those of TLS, until their handshake is
 * done.  They have a number of their own, and limits, so that they can't take
 * the places of those who are served, and cost as little as can be: until the
 * first record of their greeting is there, nothing but a descriptor and an
 * entry; then an engine, which goes on in steps, and no thread.
 *
 * If there are too many, the oldest one makes room for the next, once it has
 * had PROVING_GRACE, or PROVING_SILENCE if its greeting is not there.
 */
#ifndef RUN_PROVING_H
#define RUN_PROVING_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/stream.h"
#include "net/connection.h"
#include "options/options.h"
#include "run/workers.h"

#define PROVING_GRACE	CLOCK_SECOND
#define PROVING_SILENCE	(250 * CLOCK_MS)

struct provings;

/* Called in any thread, without locks held. */
struct proving_ops {
	/* One is done: net is its stream; c has the addresses.  Both are taken
	 * over.  May block, after workers_will_block(). */
	void	(*proven)(void *context, struct connection *c,
		    struct stream *net);

	/* It failed, and has gone; err has its address in front. */
	void	(*failed)(void *context, const struct error *err);

	/* There is room again, after provings_room() said no. */
	void	(*room)(void *context);
};

/* So many at a time, of a process that may have that many descriptors: a share
 * of these, and of the memory that there is. */
size_t		provings_most(size_t descriptors, bool datagrams);

/* They wait in ws, whose turns of theirs are provings_turn(), and whose door
 * number `door' is that of the clock: a knock there is provings_tick().  NULL
 * with errno. */
struct provings	*provings_new(const struct options *o, int64_t deadline,
		    size_t most, struct workers *ws, size_t door,
		    const struct proving_ops *ops, void *context);

/* Whether one more may come. */
bool		provings_room(struct provings *p);

/* Let one begin; c is taken over.  One that is too many is given up for it. */
void		provings_begin(struct provings *p, struct connection *c);

enum workers_next	provings_turn(struct provings *p, void *client,
			    short wants[2]);
void		provings_tick(struct provings *p);

/* Give up all of them; each has a turn still. */
void		provings_stop(struct provings *p);

/* After workers_stop(). */
void		provings_free(struct provings *p);	/* also NULL */

#endif
