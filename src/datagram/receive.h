/* SPDX-License-Identifier: ISC */
/* Datagrams that come to a listener or an initiator: received in batches,
 * looked at one by one, and counted if they were for us. */
#ifndef DATAGRAM_RECEIVE_H
#define DATAGRAM_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dgram.h"

/* Batches of one socket before others get their turn. */
#define RECEIVE_TURNS	16

struct receiver {
	uint64_t		 datagrams;	/* counted */
	uint64_t		 bytes;		/* in those */
	size_t			 largest;	/* of those */
	bool			 more;		/* the last batch was as large
						 * as it might be: there may be
						 * more */

	/* private */
	uint64_t		 limit;		/* of datagrams; 0: none */
	struct dgram_batch	*batch;
	struct dgram_cursor	 next;		/* in it */
};

/* A receiver for sockets like fd.  `limit': so many datagrams are enough; 0:
 * none are. */
void	receiver_init(struct receiver *r, int fd, uint64_t limit);
void	receiver_free(struct receiver *r);

/* Whether as many datagrams were counted as are enough. */
bool	receiver_is_done(const struct receiver *r);

/*
 * Receive a batch without waiting: `most' messages, and not more than are still
 * wanted.  What was left of the last one is forgotten.  Returns as
 * dgram_receive(); 0: none were wanted.
 */
int	receiver_receive(struct receiver *r, int fd, size_t most);

/* The next datagram of the batch, whose bytes stay where they are until the
 * next one is received.  False: there is none, or it is enough. */
bool	receiver_next(struct receiver *r, struct dgram *d);

/* Count d, which was for us.  If it was truncated, that is said. */
void	receiver_count(struct receiver *r, const struct dgram *d);

#endif
