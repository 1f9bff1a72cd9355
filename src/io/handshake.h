/* SPDX-License-Identifier: ISC */
/*
 * A dialogue at the beginning of a connection, before its bytes are anybody's:
 * STARTTLS, and whatever else asks for something and is answered.  What is said
 * is a codec's (src/wire), which knows no stream and no clock; this moves its
 * bytes, in steps that never wait.
 */
#ifndef IO_HANDSHAKE_H
#define IO_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/stream.h"

enum handshake_verdict {
	HANDSHAKE_MORE,		/* bytes are awaited */
	HANDSHAKE_DONE,
	HANDSHAKE_REFUSED,	/* for a reason that the codec knows: the peer
				 * says no, or what it says is nothing */
};

/* Functions of a codec, whose state is the caller's. */
struct handshake_codec {
	/* The n bytes at in are what the peer sent, split anywhere; with 0 it
	 * says how things stand.  *used: so many of them were for the dialogue;
	 * less than n with HANDSHAKE_DONE alone, and the rest is what the peer
	 * says next.  All verdicts but HANDSHAKE_MORE stay (with `greedy',
	 * HANDSHAKE_DONE may still become HANDSHAKE_REFUSED), and what there is
	 * of output is sent still. */
	enum handshake_verdict	(*feed)(void *state, const unsigned char *in,
				    size_t n, size_t *used);

	/* What to send now, *n bytes (0: nothing); and the first n of that have
	 * been sent. */
	const unsigned char	*(*output)(void *state, size_t *n);
	void			(*sent)(void *state, size_t n);

	/* After HANDSHAKE_REFUSED: set *err to why, with `name' in front. */
	enum result		(*refuse)(void *state, const char *name,
				    struct error *err);

	/* What comes glued to the last answer is an attack, not data: whatever
	 * is there already is fed, too, and the codec judges it. */
	bool			 greedy;
};

struct handshake {
	const struct handshake_codec	*codec;
	void				*state;
	const char			*name;	/* in messages */
};

/*
 * Do what can be done without waiting.  RESULT_OK, and *done when that was all;
 * if not, *wants is what of poll(2) s has to be waited for, on s->in.fd.  Bytes
 * behind the dialogue are given back to s, stream_unread().  RESULT_DENIED or
 * whatever the codec says, RESULT_BROKEN, RESULT_REFUSED and the like: the
 * connection failed.
 */
enum result	handshake_step(const struct handshake *h, struct stream *s,
		    bool *done, short *wants, struct error *err);

#endif
