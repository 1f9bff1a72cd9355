/* SPDX-License-Identifier: ISC */
/* The listener's half of making connections. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "net/connection.h"
#include "net/listen_queue.h"
#include "net/sockopt.h"

/* More addresses than a host has; resolve() names each once. */
#define LISTEN_MAX	32

struct listen_options {
	const struct socket_options *socket;
	int		 backlog;	/* 0: the most the kernel allows */
	int		 mode;		/* of the path; -1: the umask's */
	bool		 first_only;	/* one address of several is enough */
	bool		 replace;	/* whatever there is at the path */
	bool		 activation;	/* there are no others than those of
					 * the service manager */
};

/* Whom connections come from that accept(2) can't make. */
struct listen_source {
	/* The next one; false: there is none. */
	bool	(*accept)(void *context, struct connection *c);

	/* Let nobody else in; may be called again. */
	void	(*close)(void *context);
	void	*context;
};

/* Sockets that are bound and, if they are streams, listening.  Non-blocking. */
struct listener {
	int			 fd[LISTEN_MAX];
	struct addr		 addr[LISTEN_MAX];
	size_t			 count;
	size_t			 opened;	/* as many as there were: fd,
						 * addr and queue of those that
						 * are closed stay */
	int			 type;
	bool			 listens;	/* by us, and until we say that
						 * it does not any more */
	bool			 borrowed;	/* a service manager's */
	const struct socket_options *accepted;	/* for who comes to those */
	struct unix_claim	 claim;
	bool			 watch;		/* look at the queues at each
						 * client, and at the end */
	struct listen_queue	 queue[LISTEN_MAX];
	atomic_ullong		*connections;	/* that have a number already;
						 * or NULL */
	struct listen_source	 source;	/* or zeroed; then fd[0] says
						 * when there is one */
};

/*
 * Make the sockets for host (NULL: every address) and port (0: the kernel
 * chooses, one for all).  The address family that the system lacks is left out
 * unless it was asked for.  RESULT_LOCAL, RESULT_NAME, RESULT_TIMEOUT,
 * RESULT_SIGNAL.  On RESULT_OK *l is the caller's, who calls listen_close().
 */
enum result	listen_open(const struct listen_options *o, const char *host,
		    uint16_t port, int64_t deadline, struct listener *l,
		    struct error *err);

/* The same for a UNIX-domain socket. */
enum result	listen_open_unix(const struct listen_options *o,
		    const char *path, struct listener *l, struct error *err);

/* What listen(2) is asked for. */
int		listen_backlog(const struct listen_options *o);

/* Ask for the address that each datagram was sent to, that answers come from
 * it. */
void		listen_want_destination(int fd, const struct addr *a);

/* Let nobody in any more, while threads may still look at l.  The sockets of a
 * service manager are left to it. */
void		listen_stop(struct listener *l);

/* Close, and remove the UNIX-domain path.  Also for a zeroed listener. */
void		listen_close(struct listener *l);

/*
 * Wait for a client until `deadline` (RESULT_TIMEOUT), or a signal
 * (RESULT_SIGNAL), and accept it.  When descriptors or memory run out, waits
 * for some to come free.
 */
enum result	listen_accept(struct listener *l, int64_t deadline,
		    struct connection *c, struct error *err);

enum listen_fault {
	LISTEN_PASSING,		/* the client has gone, or there is none */
	LISTEN_EXHAUSTED,	/* descriptors or memory: later */
	LISTEN_BROKEN,
};

/* Accept a client of l->fd[i] at once; false with *errnum if there is none.  It
 * has a number, and is what this thread speaks of from now on (base/log). */
bool		listen_try(struct listener *l, size_t i, struct connection *c,
		    int *errnum);

/* What an errno value of accept(2) means. */
enum listen_fault	listen_fault(int errnum);

#endif
