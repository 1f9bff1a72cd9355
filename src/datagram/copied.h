/* SPDX-License-Identifier: ISC */
/*
 * Copies (report/copies.h) of what passes between a socket of datagrams and its
 * peers: each address is a session, which begins with its first datagram.  Of
 * so many addresses that not each can have its file open, those who are silent
 * longest end, and are another session if they come again.
 */
#ifndef DATAGRAM_COPIED_H
#define DATAGRAM_COPIED_H

#include "io/dgram.h"
#include "net/addr.h"
#include "report/copies.h"
#include "session/run.h"

struct copied_peers;

/* NULL if there are to be none; what follows does nothing for NULL.  `number'
 * is that of the first session; 0: it gets one, as the others do. */
struct copied_peers	*copied_peers_new(const struct run *r, uint64_t number);
void			 copied_peers_free(struct copied_peers *cp);

/* What passed at the socket fd, that way: `there' is whose address it came
 * from or went to, `here' the local one; len 0: not known. */
void	copied_peers_put(struct copied_peers *cp, int fd,
	    const struct addr *here, const struct addr *there,
	    enum tap_way way, const struct dgram_piece *piece, size_t n);

/* A session with the peer at `there', as copies_begin(); `number': that of the
 * connection, 0: it gets the next one. */
struct copied	*copied_begin(const struct run *r, uint64_t number, int fd,
		    const struct addr *here, const struct addr *there);

#endif
