/* SPDX-License-Identifier: ISC */
/*
 * What codecs have in common that speak a dialogue at the beginning of a
 * connection, before its bytes are anybody's.  They know no stream and no
 * clock; io/handshake.h moves their bytes.
 */
#ifndef WIRE_DIALOGUE_H
#define WIRE_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum dialogue_verdict {
	DIALOGUE_MORE,		/* bytes are awaited */
	DIALOGUE_DONE,
	DIALOGUE_REFUSED,	/* for a reason that the codec knows: the peer
				 * says no, or what it says is nothing */
};

/* Functions of a codec, whose state is the caller's. */
struct dialogue_codec {
	/* The n bytes at in are what the peer sent, split anywhere; with 0 it
	 * says how things stand.  *used: so many of them were for the dialogue;
	 * less than n with DIALOGUE_DONE alone, and the rest is what the peer
	 * says next.  All verdicts but DIALOGUE_MORE stay (with `greedy',
	 * DIALOGUE_DONE may still become DIALOGUE_REFUSED), and what there is
	 * of output is sent still. */
	enum dialogue_verdict	(*feed)(void *state, const unsigned char *in,
				    size_t n, size_t *used);

	/* What to send now, *n bytes (0: nothing); and the first n of that have
	 * been sent. */
	const unsigned char	*(*output)(void *state, size_t *n);
	void			(*sent)(void *state, size_t n);

	/* After DIALOGUE_REFUSED: set *err to why, with `name' in front. */
	enum result		(*refuse)(void *state, const char *name,
				    struct error *err);

	/* What comes glued to the last answer is an attack, not data: whatever
	 * is there already is fed, too, and the codec judges it. */
	bool			 greedy;
};

#endif
