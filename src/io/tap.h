/* SPDX-License-Identifier: ISC */
/*
 * A layer that changes nothing, and tells somebody of all that passes: what was
 * read from the stream below and what that has taken, piece by piece, in the
 * order in which it happened; and how each direction has ended.  With it on
 * top, the kernel alone can't move bytes, but for those received of which a
 * pipe is enough.
 */
#ifndef IO_TAP_H
#define IO_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "io/stream.h"

enum tap_way {
	TAP_SENT,
	TAP_RECEIVED,
};

/* Called by the thread that has the stream, one at a time. */
struct tap_ops {
	/* A piece has gone that way; a message, if the stream is of such. */
	void	(*piece)(void *state, enum tap_way way,
		    const unsigned char *data, size_t n);

	/* That direction has ended, once for each; `reset': whoever sends that
	 * way has broken the connection, which ends both. */
	void	(*end)(void *state, enum tap_way way, bool reset);

	/* The stream is closed. */
	void	(*close)(void *state);

	/* A piece that was received is in a pipe, from which it is to be
	 * taken; NULL: pieces alone. */
	void	(*spliced)(void *state, int pipe, size_t n);
};

/* On top of `below', which is its own from now on.  `state' is that of ops. */
struct stream	*tap_new(struct stream *below, const struct tap_ops *ops,
		    void *state);

#endif
