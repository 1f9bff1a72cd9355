/* SPDX-License-Identifier: ISC */
/*
 * Standard input, cut into datagrams: what one read gives is one, or each
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

struct input {
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

/* `source` and `o` stay the caller's, and have to last. */
void	input_init(struct input *in, struct stream *source,
	    const struct options *o);

/* What was read and not taken goes back to the source. */
void	input_free(struct input *in);

/* Whether there is room to read. */
bool	input_wanted(struct input *in);

/* Whether nothing is left of what was read. */
bool	input_empty(const struct input *in);

/* Read once, if input_wanted(), without blocking. */
enum result	input_read(struct input *in, struct error *err);

/*
 * The next datagrams, at most DGRAM_BATCH, in *count; 0: none yet, as the end
 * of a line is missing.  They stay where they are until input_take() or
 * input_read().  RESULT_LOCAL: a line is too long for a datagram.
 */
enum result	input_get(struct input *in, struct dgram_piece *piece,
		    size_t *count, struct error *err);

/* The first n of the last input_get() are done with. */
void	input_take(struct input *in, size_t n);

#endif
