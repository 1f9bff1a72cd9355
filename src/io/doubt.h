/* SPDX-License-Identifier: ISC */
/*
 * Datagrams that may have been refused.  A refusal comes after the call that
 * sent what is refused, and does not say which it was; so what was sent lately
 * is kept, to be sent once more, elsewhere or later.  What still has to wait
 * for a socket is kept here, too.
 */
#ifndef IO_DOUBT_H
#define IO_DOUBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/dgram.h"

struct doubt_item;
STAILQ_HEAD(doubt_list, doubt_item);

struct doubt {
	struct doubt_list	sent;
	struct doubt_list	again;	/* to be sent */
	size_t			bytes;	/* of memory, of both */
};

void	doubt_init(struct doubt *d);

/* The last piece was sent just now.  Those of more than a second ago, and the
 * oldest where it is more than `most' bytes, are forgotten. */
void	doubt_add(struct doubt *d, const struct dgram_piece *piece, int64_t now,
	    size_t most);

/* The piece can't be sent yet.  False: that would be more than `most' bytes. */
bool	doubt_wait(struct doubt *d, const struct dgram_piece *piece,
	    size_t most);

/* What was sent in the last second is to be sent again. */
void	doubt_refused(struct doubt *d, int64_t now);

/* Whether anything is to be sent. */
bool	doubt_waits(const struct doubt *d);

/* The first of what is to be sent, at most DGRAM_BATCH; they stay where they
 * are until doubt_take().  Returns how many. */
size_t	doubt_get(const struct doubt *d, struct dgram_piece *piece);

/* The first n of them were sent. */
void	doubt_take(struct doubt *d, size_t n, int64_t now);

/* There is no doubt about what was sent.  What is to be sent stays. */
void	doubt_answered(struct doubt *d);

/* Forget everything. */
void	doubt_clear(struct doubt *d);

#endif
