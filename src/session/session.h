/* SPDX-License-Identifier: ISC */
/* One stream connection, from the moment it stands to its end. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/clock.h"
#include "base/error.h"
#include "io/pump.h"
#include "net/dial.h"
#include "options/options.h"
#include "tls/tls.h"

/* After a handshake that failed: for the peer to hear why. */
#define SESSION_PARTING_TIME	(500 * CLOCK_MS)

/*
 * End it, and close it when the peer has ended it, too: what that still says is
 * read, for a while.  Unread, it would turn the end into a reset, which could
 * destroy what came last, as the alert that says why.
 */
void		session_part(struct stream *net);

/*
 * The stream of a connection, which is taken over, with the layers on top that
 * the options ask for: TLS.  NULL: one of them failed, and the connection is
 * closed; what err says has the peer's address in front.  Of datagrams, when
 * the handshake is refused, the other targets of c are tried; c->remote and
 * c->local say at last which it was.
 */
struct stream	*session_connect(const struct options *o, int64_t deadline,
		    struct connection *c, struct error *err);

/* When a handshake that begins now has to be done. */
int64_t		session_handshake_deadline(const struct options *o,
		    int64_t deadline);

/* "closed PEER: how", for -v: once for each connection that stood. */
void		session_say_closed(const struct addr *remote,
		    const char *how);

/* The same with what was counted. */
void		session_say_done(const struct addr *remote, const char *how,
		    const struct pump_counts *counts);

/* It failed: say so, and set *err to e with the peer's address in front. */
void		session_say_failed(const struct addr *remote,
		    const struct error *e, struct error *err);

/* session_connect() for a target of our own choice: t may be NULL, host is its
 * name. */
struct stream	*session_connect_target(const struct options *o, struct tls *t,
		    const char *host, int64_t deadline, struct connection *c,
		    struct error *err);

/*
 * Pump between the stream of a connection, which is taken over and closed, and
 * the local end.  What is said of it is left to the caller.
 */
enum result	session_pump(const struct options *o, int64_t deadline,
		    struct stream *net, struct stream *local,
		    const int *next_fd, struct pump_counts *counts,
		    struct error *why);

/*
 * Pump between the stream of a connection to `remote', which is taken over and
 * closed, and the local end, which stays the caller's.  `next_fd` is the
 * pump's.  The result is that of the connection; what err says of it has the
 * peer's address in front.
 */
enum result	session_run(const struct options *o, int64_t deadline,
		    struct stream *net, const struct addr *remote,
		    struct stream *local, const int *next_fd,
		    struct error *err);

/*
 * Of an initiator with --fastopen, whose connection comes about with its first
 * write: make it with nothing, for who may read first.
 */
enum result	session_fastopen_connect(const struct options *o,
		    int64_t deadline, int fd, struct error *err);

/* session_connect() and session_run(). */
enum result	session_serve(const struct options *o, int64_t deadline,
		    struct connection *c, struct stream *local,
		    const int *next_fd, struct error *err);

/*
 * session_run() in turns (see pump_open()), for a local end that is a socket,
 * and without layers.  c is taken over.  session_finish() closes the connection
 * and releases the session.
 */
struct session;

struct session	*session_open(const struct options *o, int64_t deadline,
		    struct connection *c, struct stream *local);
enum pump_turn	session_turn(struct session *s, short net, short local);
void		session_wants(const struct session *s, short *net,
		    short *local);
enum result	session_finish(struct session *s, struct error *err);

#endif
