/* SPDX-License-Identifier: ISC */
/*
 * The accept loop.  Without -k it lets one client in; with -k many: at once, in
 * a thread each with straight-line code, or, where the bytes are only moved, in
 * turns (see run/workers.h); or one after another, where the way says so.
 */
#ifndef RUN_SERVER_H
#define RUN_SERVER_H

#include "base/error.h"
#include "net/listen.h"
#include "session/way.h"

/*
 * Serve clients of l, as w does it, until a limit of the options, a signal or
 * the deadline says that it is enough, and all of them are done.  Clients are
 * served, and take one of the places of --max-conns, once the layers of their
 * connection are there; while these wait for the peer, they have places of
 * their own (run/handshakes.h).  A client's fault ends that client alone; of
 * those that are served one after another it is told, and is in the end the
 * result of the run.  l stays the caller's, but is
 * closed when no more clients are accepted.
 */
enum result	server_run(const struct run *r, struct listener *l,
		    const struct way *w,
		    struct error *err);

#endif
