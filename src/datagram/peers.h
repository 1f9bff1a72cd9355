/* SPDX-License-Identifier: ISC */
/*
 * A datagram listener that gives each of its peers something of its own: a
 * socket to the target of --forward, or a command.
 */
#ifndef DATAGRAM_PEERS_H
#define DATAGRAM_PEERS_H

#include "base/error.h"
#include "net/access.h"
#include "net/listen.h"
#include "options/options.h"

/*
 * Serve the first peer, or with -k every peer, until a signal, the deadline, or
 * the end of the one.  A peer that is silent both ways for the idle time (a
 * minute if none was given) is forgotten; its command gets an end of input.  l
 * stays the caller's.
 */
enum result	peers_run(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

#endif
