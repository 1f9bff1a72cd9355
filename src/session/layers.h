/* SPDX-License-Identifier: ISC */
/*
 * What is stacked between a connected socket and the local end, as a table: a
 * layer is a file (layer_NAME.c) and a row in layers.c, whose order is that of
 * the stack, from the socket upwards.  A layer is either a stream on top of the
 * one below, or a dialogue (io/handshake.h) after which the bytes pass as
 * before, or both.  Nobody asks for a layer by its name; what has to be known
 * is asked of the table.
 */
#ifndef SESSION_LAYERS_H
#define SESSION_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "session/run.h"

struct session;

/* Where a connection has come from. */
enum session_side {
	SIDE_ACCEPTED = 1,	/* a client has come to us */
	SIDE_DIALLED = 2,
	SIDE_TARGET = 4,	/* dialled by a listener, for a client */
};

struct layer_wait {
	short	 events;	/* of poll(2), for net->in.fd */
	int64_t	 again;		/* ... or this time; CLOCK_NEVER */
};

enum layer_greeting {
	GREETING_THERE,		/* the layer can begin */
	GREETING_MORE,		/* *need bytes have to be there */
	GREETING_TOO_LONG,	/* nobody means that */
};

/* Bytes that a layer looks at. */
#define LAYER_HEAD	16

/* What a session has behind it, once a layer is done. */
enum layer_stage {
	STAGE_NONE,
	STAGE_PROXIED,		/* the way through a proxy */
	STAGE_SECURED,		/* TLS with the peer */
	STAGE_COUNT
};

struct layer {
	const char	*name;		/* for who prints the stack */
	enum layer_stage stage;
	unsigned	 sides;		/* of enum session_side, or'd */
	bool		 each_hop;	/* it is put there once for each proxy
					 * on the way (s->hop); such rows stand
					 * together */
	bool		 raw_after;	/* once it is done the bytes pass
					 * unchanged, and s->net is the stream
					 * that it was */

	bool		 watches;	/* it changes nothing, and datagrams can
					 * be watched without being a stream */
	bool		 dials;		/* it may look names up, or want a new
					 * connection */

	/* Whether this run puts it on connections of that side; of the proxy
	 * number `hop', from 0, if it is for each. */
	bool		(*wanted)(const struct run *r, enum session_side side,
			    size_t hop);

	/* Begin on top of s->net, which becomes the layer's stream if it has
	 * one.  On failure all is as it was. */
	enum result	(*begin)(struct session *s, struct error *err);

	/* Go on without waiting, when what *wait says is there.  NULL: it is
	 * done when it has begun, and never waits.  On failure the connection
	 * is of no further use but for the peer to hear why: RESULT_DENIED. */
	enum result	(*step)(struct session *s, bool *done,
			    struct layer_wait *wait, struct error *err);

	/* After step has failed, or instead of another one: s->net is again
	 * what it was before begin.  NULL: nothing has to be undone. */
	void		(*undo)(struct session *s);

	/* The layer has had its time, or (`others') its client makes room for
	 * another one: set *err, RESULT_TIMEOUT. */
	enum result	(*late)(const struct session *s, bool others,
			    struct error *err);

	/* Of an accepted connection: look at the first n bytes, LAYER_HEAD at
	 * most are at head, while they are still in the socket; so that nothing
	 * is kept for who has not even greeted.  May be NULL. */
	enum layer_greeting	(*look)(const unsigned char *head, size_t n,
				    size_t *need);

	/* Of what was kept from one connection of s to the next: release it,
	 * now that all is done.  May be NULL. */
	void		(*forget)(struct session *s);

	/* Many sessions may be in their handshake at once, from now on, and
	 * each shall cost little.  May be NULL. */
	void		(*expect_many)(void);

	/* With GREETING_TOO_LONG: what is answered (*n bytes, which stay the
	 * layer's), and *err why.  NULL where `look' never says that. */
	const unsigned char	*(*rebuff)(size_t *n, struct error *err);
};

/* The first layer from number *i on that r puts on connections of that side,
 * and *i its number; NULL: there is none. */
const struct layer	*layers_next(const struct run *r,
			    enum session_side side, size_t *i);

/* Of which proxy on the way that layer is. */
size_t	layers_hop(const struct run *r, enum session_side side, size_t i);

/* Whether there is any; whether one of them may have to wait for the peer; and
 * whether, once all are done, the bytes pass as they are, so that the kernel
 * can move them and a command may have the socket. */
bool	layers_any(const struct run *r, enum session_side side);
bool	layers_wait(const struct run *r, enum session_side side);
bool	layers_raw(const struct run *r, enum session_side side);

/* Whether one of them may dial, for which rights may be needed. */
bool	layers_dial(const struct run *r, enum session_side side);

/* Whether the run is about datagrams, and they come out of no layer but those
 * that watch. */
bool	layers_bare_datagrams(const struct run *r);

/* Tell the layers, before the first connection of that side, that there will be
 * many at once. */
void	layers_expect_many(const struct run *r, enum session_side side);

#endif
