/* SPDX-License-Identifier: ISC */
/* The listener's half of making connections. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "net/dial.h"
#include "net/sockopt.h"

/* More addresses than a host has; resolve() names each once. */
#define LISTEN_MAX	32

struct listen_options {
	int		 family;	/* AF_UNSPEC, AF_INET, AF_INET6 */
	int		 type;		/* SOCK_STREAM, SOCK_DGRAM */
	bool		 numeric;
	const char	*host;		/* NULL: every address */
	uint16_t	 port;		/* 0: the kernel chooses, one for all */
	const char	*path;		/* UNIX-domain instead of host, port */
	int		 backlog;	/* 0: the most the kernel allows */
	int64_t		 deadline;	/* of the whole run */
	const struct socket_options *socket;
};

/* Sockets that are bound and, if they are streams, listening.  Non-blocking. */
struct listener {
	int			 fd[LISTEN_MAX];
	struct addr		 addr[LISTEN_MAX];
	size_t			 count;
	int			 type;
	struct unix_claim	 claim;
};

/*
 * Make the sockets of o.  The address family that the system lacks is left out
 * unless it was asked for.  RESULT_LOCAL, RESULT_NAME, RESULT_TIMEOUT,
 * RESULT_SIGNAL.  On RESULT_OK *l is the caller's, who calls listen_close().
 */
enum result	listen_open(const struct listen_options *o, struct listener *l,
		    struct error *err);

/* Close, and remove the UNIX-domain path.  Also for a zeroed listener. */
void		listen_close(struct listener *l);

/*
 * Wait for a client until `deadline` (RESULT_TIMEOUT), or a signal
 * (RESULT_SIGNAL), and accept it.  When descriptors or memory run out, waits
 * for some to come free.
 */
enum result	listen_accept(struct listener *l, int64_t deadline,
		    struct connection *c, struct error *err);

#endif
