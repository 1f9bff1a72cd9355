/* SPDX-License-Identifier: ISC */
/* A connection: a socket, its two addresses, and what goes with them. */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/unixpath.h"

/* When it came how far, base/clock; 0: it did not. */
struct connection_times {
	int64_t		 begun;		/* to look it up, or to connect */
	int64_t		 resolved;
	int64_t		 connected;	/* or accepted */
};

/* Non-blocking and close-on-exec. */
struct connection {
	int		 fd;		/* -1: it has none */
	int		 type;		/* SOCK_STREAM, SOCK_DGRAM,
					 * SOCK_SEQPACKET */
	struct addr	 local;
	struct addr	 remote;
	struct unix_claim claim;	/* a path that we bound */
	unsigned char	*first;		/* a datagram that came before there
					 * was a connection; or NULL */
	size_t		 first_length;
	struct addr_list targets;	/* of datagrams: all that the name
					 * means, see dial_next() */
	size_t		 next_target;	/* the first that was not tried */
	struct connection_times times;
	uint64_t	 number;	/* of those that were accepted and
					 * dialled, from 1; 0: none yet */
};

/* One that has nothing yet. */
void	connection_init(struct connection *c);

/* All that from owns goes to *to, which owns nothing.  from keeps its
 * addresses, times and type, for who wants to speak of it, and need not be
 * closed. */
void	connection_move(struct connection *to, struct connection *from);

/* Close, remove what was bound, and forget what came first.  The addresses
 * stay. */
void	connection_close(struct connection *c);

#endif
