/* SPDX-License-Identifier: ISC */
/* The queue of a listening socket: who has come, and was not accepted yet. */
#ifndef NET_LISTEN_QUEUE_H
#define NET_LISTEN_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>

struct listen_queue {
	bool		 known;		/* the kernel says it: of TCP */
	unsigned	 depth;		/* at the last look */
	unsigned	 limit;		/* more than these do not fit: what
					 * listen(2) granted */
	atomic_uint	 deepest;	/* of all looks */
};

/* Look at that of the socket fd, tcp(7); for any thread. */
void	listen_queue_look(struct listen_queue *q, int fd);

/* The longest queue that the kernel grants, net.core.somaxconn. */
int	listen_queue_most(void);
#define LISTEN_QUEUE_MOST_FILE	"/proc/sys/net/core/somaxconn"

/* What the kernel made of the backlog `asked' of the listening socket fd. */
int	listen_queue_granted(int fd, int asked);

/* How often a queue of this network namespace had no room, since it was
 * made; false: nobody knows.  fd is that of /proc/net/netstat. */
bool	listen_queue_overflows(int fd, unsigned long long *count);

#endif
