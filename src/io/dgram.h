/* SPDX-License-Identifier: ISC */
/*
 * Datagrams, many to a system call: recvmmsg(2), sendmmsg(2), and many to one
 * pass of the network stack where Linux can: UDP_SEGMENT and UDP_GRO, udp(7).
 */
#ifndef IO_DGRAM_H
#define IO_DGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "net/addr.h"

/* The longest payload of UDP over IPv4: 65,535 less 20 and 8 bytes of heads. */
#define DGRAM_MAX	65507

/* The longest one that can arrive: IPv6, or UNIX-domain. */
#define DGRAM_RECEIVE_MAX	65536

#define DGRAM_BATCH	32

struct dgram {
	unsigned char	*data;
	size_t		 length;
	size_t		 segment;	/* this many bytes are one datagram, the
					 * last is shorter; 0: all is one */
	bool		 truncated;
	bool		 group;	/* sent to a multicast or broadcast address */
	struct addr	 from;
	struct addr	 to;	/* the local address, len 0 if unknown; without
				 * a port */
};

struct dgram_batch;

/* Room for DGRAM_BATCH datagrams of sockets like fd; the caller frees it. */
struct dgram_batch	*dgram_batch_new(int fd);
void			 dgram_batch_free(struct dgram_batch *b);

/* Let several datagrams of one sender arrive as one message, if the kernel
 * can. */
void	dgram_merge(int fd);

/*
 * Receive what is there, at most DGRAM_BATCH messages and at most `most`.
 * Returns how many, or -1 and errno; EAGAIN: none.
 */
int	dgram_receive(struct dgram_batch *b, int fd, size_t most);

/* Message i of the last dgram_receive(). */
const struct dgram	*dgram_batch_get(const struct dgram_batch *b, size_t i);

/* Forget all messages but the first n. */
void	dgram_batch_truncate(struct dgram_batch *b, size_t n);

/* A place in a batch; zeroed: its begin. */
struct dgram_cursor {
	size_t	 message;
	size_t	 offset;	/* in it, bytes */
};

/* The datagram at the cursor, which moves behind it.  False: no more. */
bool	dgram_batch_next(const struct dgram_batch *b, struct dgram_cursor *at,
	    struct dgram *d);

/* A datagram to be sent, somewhere in the caller's memory. */
struct dgram_piece {
	const unsigned char	*data;
	size_t			 length;
};

/* The longest datagrams of which the socket can send several as one; 0: none.
 * Kernels that don't know of it would join them. */
size_t	dgram_segment_limit(int fd);

/*
 * Send count pieces (at most DGRAM_BATCH), to `to` (NULL: where the socket is
 * connected to), from the local address `from` (NULL or len 0: as the kernel
 * likes).  Pieces of one length, at most *segment, go to the kernel as one;
 * *segment is at first dgram_segment_limit(), and becomes less when the kernel
 * refuses.  Returns how many went, or -1 and errno if the first one did
 * not.
 */
int	dgram_send(int fd, const struct dgram_piece *piece, size_t count,
	    const struct addr *to, const struct addr *from, size_t *segment);

#endif
