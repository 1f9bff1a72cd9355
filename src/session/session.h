/* SPDX-License-Identifier: ISC */
/*
 * All that is known of one connection from its first address to its last byte.
 * Whoever accepts or dials makes one; the layers that the run wants are stacked
 * on it (session/layers.h); what serves it gives it a local end, and pumps.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/clock.h"
#include "base/error.h"
#include "io/pump.h"
#include "net/connection.h"
#include "report/progress.h"
#include "report/record.h"
#include "session/layers.h"
#include "session/run.h"

/* How long a peer that was refused has to hear why, ns: see session_part(). */
#define SESSION_PARTING_TIME	(500 * CLOCK_MS)

/* Whom a connection is to reach; the strings stay whose they are. */
struct destination {
	const char	*host;	/* name or address; NULL: not known, or a
				 * path */
	uint16_t	 port;
	const char	*path;	/* UNIX-domain; or NULL */
};

struct session {
	const struct run	*run;
	enum session_side	 side;
	struct destination	 to;		/* not of an accepted one */
	const struct session	*client;	/* for whom a target was
						 * dialled; or NULL */
	struct addr		 sender;	/* of a header that named the
						 * addresses of the connection;
						 * len 0: they are its own */
	bool			 unwelcome;	/* after a failure: --allow and
						 * --deny keep it out */
	bool			 target_failed;	/* ... it was the target */
	int64_t			 since;		/* when it stood, base/clock */
	uint64_t		 number;	/* run_number(); 0: a target has
						 * none */
	/* with --report alone: */
	const char		*transport;	/* record_transport() */
	int64_t			 passed[STAGE_COUNT];	/* base/clock; or 0 */
	struct record_target	*target;	/* that was dialled for it */
	struct connection	 connection;	/* once there is a stream, the
						 * addresses alone */
	struct stream		*net;		/* the uppermost; NULL: there is
						 * none yet, or it was given
						 * away */
	const int		*next_fd;	/* of one after another, whose
						 * input is that of all:
						 * readable when the next one
						 * waits; -1 ends them.  NULL:
						 * it is none of these */
	bool			 among_many;	/* at a time: hold little */
	bool			(*local_cut)(void *context);	/* pump_setup's
						 */
	void			*local_cut_context;
	struct progress_entry	 progress;	/* while it is pumped */
	/* for its layers */
	size_t			 hop;		/* of the one that is stacked:
						 * layers_hop() */
	void			*layer_state;	/* until it is done */
	struct proxy_memory	*proxies;	/* see layer_proxy.c */
	struct proxy_request	*request;	/* what a client wants of us as
						 * a proxy; or NULL */
	bool			 again;		/* after a failure: only on a
						 * new connection can it go
						 * on */
	/* private */
	bool			 stacked;	/* all layers are there */
	bool			 begun;		/* the layer has */
	size_t			 layer;		/* the one that is next */
	struct pump		*pump;
};

/* c is taken over; `to' may be NULL. */
void		session_init(struct session *s, const struct run *r,
		    enum session_side side, const struct destination *to,
		    struct connection *c);

/* --- stack.c: the layers ------------------------------------------------- */

/*
 * Stack all layers.  On RESULT_OK s->net is the stream that everybody reads and
 * writes.  On failure the connection is closed, and what err says has the
 * peer's address in front.  Of datagrams, when a handshake is refused, the
 * other targets of the connection are tried, and its addresses say at last
 * which it was; where a layer wants to begin again on a new connection, that is
 * dialled.  Nothing happens if all are there.
 */
enum result	session_stack(struct session *s, struct error *err);

/* The same for who may read before anything is written, or gives the socket to
 * such a one: with --fastopen, the connection comes about before. */
enum result	session_stack_connected(struct session *s, struct error *err);

/* Stack the layers in steps that never wait: RESULT_OK, and *done, or in *wait
 * what to wait for before the next step.  On failure s->net is what is below
 * the layer that failed, and not closed. */
enum result	session_stack_step(struct session *s, bool *done,
		    struct layer_wait *wait, struct error *err);

/* Instead of another step: the layer has had its time, or makes room for
 * `others'.  As after a failure. */
enum result	session_stack_late(struct session *s, bool others,
		    struct error *err);

/* Stop stacking, for no reason that there is anything to say of: s->net is what
 * is below the layer that was being stacked, and not closed. */
void		session_stack_undo(struct session *s);

/* When a handshake that begins now has to be done; as clock_now(). */
int64_t		session_handshake_deadline(const struct session *s);

/*
 * After session_stack(): have the socket itself in s->connection.fd again, and
 * no stream, for somebody else who is to read and write it.  False: that can't
 * be, and nothing has happened.  The bytes that pass are not those of the
 * socket, it may be traded for another one, or something was read from it
 * already.
 */
bool		session_take_socket(struct session *s);

/* --- session.c: from the connection to its end --------------------------- */

/*
 * Pump between s->net, which is taken over and closed, and the local end, which
 * stays the caller's.  What is known then is in *r, with `why' as its error;
 * to say it, and to release it, is left to the caller.
 */
enum result	session_pump(struct session *s, struct stream *local,
		    struct record *r, struct error *why);

/* Pump as session_pump() does, and say how it ended: what err says has the
 * peer's address in front. */
enum result	session_run(struct session *s, struct stream *local,
		    struct error *err);

/*
 * session_run() in turns (see pump_open()), after session_stack(), for a stream
 * whose bytes pass as they are and a local end that is a socket.
 * session_finish() closes the connection.
 */
void		session_open(struct session *s, struct stream *local);
enum pump_turn	session_turn(struct session *s, short net, short local);
void		session_wants(const struct session *s, short *net,
		    short *local);
enum result	session_finish(struct session *s, const struct stream *local,
		    struct error *err);

/* Somebody else had the socket and moved the bytes: close the session, when the
 * peer's system has acknowledged all of them; `abort' as of session_close().
 * With --report, *tcp is what was measured. */
enum result	session_settle(struct session *s, bool abort,
		    struct record_tcp *tcp, struct error *err);

/* Close what there is of the session, stream or socket; `abort' as of
 * stream_close().  Nothing happens if it is closed. */
void		session_close(struct session *s, bool abort);

/*
 * End the session, and close it when the peer has ended it, too, or after
 * SESSION_PARTING_TIME: what the peer still says is read.  Unread, it would
 * turn the end into a reset, which could destroy what we have said last, as the
 * alert that says why.
 */
void		session_part(struct session *s);

/* --- what is said of it -------------------------------------------------- */

/* With --report, keep what is known of the target that was dialled for the
 * client s, and is stacked. */
void		session_note_target(struct session *s,
		    const struct session *target);

/* What is known of the session, into *r, if this is its end; nothing in it is
 * owned. */
void		session_record(const struct session *s, struct record *r);

/* With --report: what the kernel and the layers of s->net say, into *r, for
 * record_release(). */
void		session_ask(const struct session *s, struct record *r);

/* The session has failed, with e: as record_fail(). */
enum result	session_fail(const struct session *s, const struct error *e,
		    struct error *err);

#endif
