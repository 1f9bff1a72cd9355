/* SPDX-License-Identifier: ISC */
/*
 * Whether a transfer is idle.  It is not while bytes are moved, and not while
 * the other side's system goes on acknowledging what was moved before: a long
 * queue may take longer to drain than the idle time is.
 */
#ifndef IO_IDLE_H
#define IO_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "io/stream.h"

struct idle {
	int64_t		 span;		/* the idle time; CLOCK_NEVER: none */
	struct stream	*ends[2];	/* that are written to; or NULL */
	int64_t		 active;	/* last sign of life */
	/* private */
	int64_t		 looked_at;
	size_t		 unacked[2];	/* of the ends, then */
};

/* The ends stay the caller's. */
void	idle_init(struct idle *i, int64_t span, struct stream *first,
	    struct stream *second, int64_t now);

/* Bytes have moved. */
void	idle_moved(struct idle *i, int64_t now);

/* When idle_over() has to be asked next: several times in an idle time, while
 * something is not acknowledged. */
int64_t	idle_wake_at(const struct idle *i);

/* Look whether there was no sign of life for the whole idle time. */
bool	idle_over(struct idle *i, int64_t now);

/* Whether an end, by its number, had taken everything at the last look: either
 * it has, or it is one that can't tell. */
bool	idle_acknowledged(const struct idle *i, int end);

#endif
