/* SPDX-License-Identifier: ISC */
/*
 * Standard input in pieces that become datagrams: what one read gives, each
 * message of a socket that keeps their borders (unix(7), SOCK_SEQPACKET), or
 * each line.
 */
#ifndef DATAGRAM_INPUT_H
#define DATAGRAM_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "io/dgram.h"
#include "io/stream.h"
#include "options/options.h"
#include "wire/crlf.h"

struct pieces {
	bool			 ended;		/* nothing more is read */
	/* private */
	const struct options	*o;
	struct stream		*source;
	struct buffer		 buffer;	/* of what is read */
	struct dgram_batch	*messages;	/* instead, or NULL */
	struct dgram_cursor	 next;		/* in messages */
	bool			 too_long;	/* the message behind them */
	size_t			 used[DGRAM_BATCH];	/* of the buffer */
	unsigned char		*scratch;	/* for --crlf */
	struct crlf		 crlf;
};

/* `source` and `o` stay the caller's, and must outlive the pieces. */
void	pieces_init(struct pieces *p, struct stream *source,
	    const struct options *o);

/* What was read and not taken goes back to the source. */
void	pieces_free(struct pieces *p);

/* Whether there is room to read. */
bool	pieces_wanted(struct pieces *p);

/* Whether nothing is left of what was read. */
bool	pieces_empty(const struct pieces *p);

/* Read once, if pieces_wanted(), without blocking. */
enum result	pieces_read(struct pieces *p, struct error *err);

/*
 * The next pieces, at most DGRAM_BATCH, in *count; 0: none yet, as the end of a
 * line is missing.  They stay where they are until pieces_take() or
 * pieces_read().  RESULT_LOCAL: a line is too long for a datagram.
 */
enum result	pieces_get(struct pieces *p, struct dgram_piece *piece,
		    size_t *count, struct error *err);

/* The first n pieces of the last pieces_get() are done with. */
void	pieces_take(struct pieces *p, size_t n);

#endif
