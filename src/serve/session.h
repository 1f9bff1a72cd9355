/* SPDX-License-Identifier: ISC */
/* One stream connection, from the moment it stands to its end. */
#ifndef SERVE_SESSION_H
#define SERVE_SESSION_H

#include "base/error.h"
#include "io/pump.h"
#include "net/dial.h"
#include "options.h"

/*
 * Pump between the connection, which is taken over and closed, and the local
 * end, which stays the caller's.  `next_fd` is the pump's.  The result is that
 * of the connection; what err says of it has the peer's address in front.
 */
enum result	session_run(const struct options *o, int64_t deadline,
		    struct connection *c, struct stream *local,
		    const int *next_fd, struct error *err);

/*
 * The same in turns (see pump_open()), for a local end that is a socket.  c is
 * taken over.  session_finish() closes the connection and releases the session.
 */
struct session;

struct session	*session_open(const struct options *o, int64_t deadline,
		    struct connection *c, struct stream *local);
enum pump_turn	session_turn(struct session *s, short net, short local);
void		session_wants(const struct session *s, short *net,
		    short *local);
enum result	session_finish(struct session *s, struct error *err);

#endif
