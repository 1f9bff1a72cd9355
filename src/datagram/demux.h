/* SPDX-License-Identifier: ISC */
/*
 * A demultiplexer: the clients of DTLS all send to one socket of the listener,
 * and answers have to come from there.  A thread stands between that socket and
 * the sessions, each of which has one end of a pair of sockets; a message there
 * is a datagram.  (A socket each, bound to the same port, would need
 * SO_REUSEADDR, with which every other user of the host could take part.)
 */
#ifndef DATAGRAM_DEMUX_H
#define DATAGRAM_DEMUX_H

#include "base/error.h"
#include "net/access.h"
#include "net/listen.h"
#include "session/run.h"

struct demux;

/*
 * Serve the sockets of l, whose greetings r->tls answers.  *clients
 * becomes a listener without an address, from which those come who may, by
 * access, and have shown their cookie; the caller ends it with listen_close().
 * Without -k the first one is enough, and gets the socket itself if it can,
 * which is faster and lets the system refuse others.  All of them have to last
 * until demux_stop(), and nobody else reads l.  RESULT_LOCAL.
 */
enum result	demux_start(const struct run *r, struct listener *l,
		    struct listener *clients,
		    struct demux **d, struct error *err);

/* Stop and release d, after the last session has closed its end: what is in
 * that is still sent. */
void		demux_stop(struct demux *d);

#endif
