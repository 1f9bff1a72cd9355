/* SPDX-License-Identifier: ISC */
/*
 * The peers of sockets of datagrams, by address.  They stand in a line, the
 * longest silent first: the order in which they are forgotten or make room.
 * What else is known of a peer is its owner's, whose structure begins with a
 * struct peer:
 *
 *	struct client {
 *		struct peer	 peer;
 *		...
 *	};
 */
#ifndef DATAGRAM_TABLE_H
#define DATAGRAM_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "net/addr.h"

struct peer {
	struct addr	 remote;
	struct addr	 local;		/* where it sent to; len 0: unknown */
	size_t		 socket;	/* which one of the listener's */
	int64_t		 active;	/* when it was inserted or touched */
	uint64_t	 number;	/* see peer_table_numbered() */

	/* private */
	uint32_t	 hash;
	LIST_ENTRY(peer) in_bucket;
	TAILQ_ENTRY(peer) in_line;
};

LIST_HEAD(peer_bucket, peer);
TAILQ_HEAD(peer_line, peer);

struct peer_slot;

struct peer_table {
	size_t			 count;		/* of those in the line */

	/* private */
	size_t			 buckets;	/* a power of two */
	struct peer_bucket	*bucket;
	struct peer_line	 line;
	size_t			 slots;
	struct peer_slot	*slot;
	uint32_t		 free_slot;	/* the first of a list */
};

void		peer_table_init(struct peer_table *t);

/* The table itself; who is in it is the caller's. */
void		peer_table_free(struct peer_table *t);

/* The one with that address (port and zone included) at that socket, or
 * NULL. */
struct peer	*peer_table_find(const struct peer_table *t,
		    const struct addr *remote, size_t socket);

/* p, with `remote' and `socket' set and nobody else in the table like it, comes
 * last in the line.  Gives it a number. */
void		peer_table_insert(struct peer_table *t, struct peer *p,
		    int64_t now);

/* The peer p has spoken, or was spoken to: it is the last in the line. */
void		peer_table_touch(struct peer_table *t, struct peer *p,
		    int64_t now);

/* The longest silent one, and who comes behind p; or NULL. */
struct peer	*peer_table_first(const struct peer_table *t);
struct peer	*peer_table_next(const struct peer *p);

/*
 * p leaves the line, and is no longer found by its address, which another one
 * may have then; but its number still leads to it, until peer_table_forget().
 */
void		peer_table_remove(struct peer_table *t, struct peer *p);
void		peer_table_forget(struct peer_table *t, const struct peer *p);

/*
 * The peer with that number, as an event has it (see datagram/events.h).  It is
 * less than 2^56, and not soon given to another: NULL, if who had it was
 * forgotten.
 */
struct peer	*peer_table_numbered(const struct peer_table *t,
		    uint64_t number);

#endif
