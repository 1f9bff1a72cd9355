/* SPDX-License-Identifier: ISC */
/*
 * The accept loop that serves every client at once: in a thread of its own with
 * straight-line code, or, where the bytes are only moved, in turns (see
 * serve/workers.h).
 */
#ifndef RUN_SERVER_H
#define RUN_SERVER_H

#include <stdint.h>

#include "base/error.h"
#include "io/pump.h"
#include "io/stream.h"
#include "net/access.h"
#include "net/connection.h"
#include "net/listen.h"
#include "options/options.h"

/* A way of serving. */
struct server_mode {
	/* Serve one client, whose connection is taken over and closed.  Called
	 * from several threads.  `deadline' is that of the whole run.  net:
	 * its stream, with all layers, and c has the addresses alone; or NULL,
	 * see session_connect(). */
	enum result	(*serve)(void *context, const struct options *o,
			    int64_t deadline, struct connection *c,
			    struct stream *net, struct error *err);
	void		*context;

	/* In turns instead (see pump_open()), if begin is not NULL: c is taken
	 * over, and its descriptors are put into fd.  NULL: it failed. */
	void		*(*begin)(void *context, const struct options *o,
			    int64_t deadline, struct connection *c, int fd[2],
			    struct error *err);
	enum pump_turn	(*turn)(void *client, const short revents[2],
			    short wants[2]);
	enum result	(*finish)(void *client, struct error *err);
	int		 stop_fd;	/* an eventfd: it is enough, and the
					 * clients know; 0: there is none */
	unsigned	 descriptors;	/* that a client takes, its own too */
	bool		 starts_commands;
};

/*
 * Serve clients of l until a limit of the options, a signal or the deadline
 * says that it is enough, and all of them are done.  With -k many at once,
 * without it one alone.  Clients of TLS are served, and take one of the places
 * of --max-conns, once their handshake is done (run/proving.h); until then they
 * have places of their own.  A client's fault ends that client alone.
 * `access' may be NULL.  l stays the caller's, but is closed when no more
 * clients are accepted.
 */
enum result	server_run(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    const struct server_mode *mode, struct error *err);

#endif
