/* SPDX-License-Identifier: ISC */
/* Datagrams, many to a system call: recvmmsg(2), sendmmsg(2). */
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
	bool		 truncated;
	bool		 group;	/* sent to a multicast or broadcast address */
	struct addr	 from;
	struct addr	 to;	/* the local address, len 0 if unknown; without
				 * a port */
};

struct dgram_batch;

/* Room for DGRAM_BATCH datagrams; the caller frees it. */
struct dgram_batch	*dgram_batch_new(void);
void			 dgram_batch_free(struct dgram_batch *b);

/*
 * Receive what is there, at most DGRAM_BATCH datagrams and at most `most`.
 * Returns how many, or -1 and errno; EAGAIN: none.
 */
int	dgram_receive(struct dgram_batch *b, int fd, size_t most);

/* Datagram i of the last dgram_receive(). */
const struct dgram	*dgram_batch_get(const struct dgram_batch *b, size_t i);

/* A datagram to be sent, somewhere in the caller's memory. */
struct dgram_piece {
	const unsigned char	*data;
	size_t			 length;
};

/*
 * Send count pieces (at most DGRAM_BATCH), to `to` (NULL: where the socket is
 * connected to), from the local address `from` (NULL or len 0: as the kernel
 * likes).  Returns how many went, or -1 and errno if the first one did not.
 */
int	dgram_send(int fd, const struct dgram_piece *piece, size_t count,
	    const struct addr *to, const struct addr *from);

#endif
