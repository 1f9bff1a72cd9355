/* SPDX-License-Identifier: ISC */
/* What the files gather*.c share, and nobody else.  All of it is under
 * the lock, but for what is said to be the writer's. */
#ifndef SERVE_GATHER_STATE_H
#define SERVE_GATHER_STATE_H

#include <pthread.h>
#include <stdint.h>
#include <sys/queue.h>

#include "serve/gather.h"
#include "wire/marks.h"

/* Bytes kept of a line that has not ended, at most. */
#define LINE_MOST	((size_t)1024 * 1024)

/* Bytes taken at once from a sender, at most. */
#define PUT_MOST	((size_t)128 * 1024)

/* Bytes of each of two buffers: one is filled while the other one is written.
 * The longest line with what comes with it fits. */
#define HALF_SIZE	((size_t)2 * 1024 * 1024)

enum sender_place {
	SENDER_BUSY,		/* in no queue */
	SENDER_WAITS,		/* for room */
	SENDER_CALLED,		/* there is room, which it has not taken yet */
	SENDER_LEAVES,		/* when all it has said is written */
};

struct sender {
	struct stream		 stream;
	struct gather		*gather;
	char			*mark;		/* or NULL */
	size_t			 mark_length;
	int			 source_fd;	/* or -1 */
	bool			 messages;
	bool			 ended;		/* says no more */
	bool			 signalled;	/* its descriptor is readable */
	enum sender_place	 place;
	size_t			 need;		/* room, while it waits */
	unsigned char		*kept;		/* of a line that goes on */
	size_t			 kept_length, kept_size;
	int64_t			 kept_since;
	uint64_t		 last;		/* behind its last byte, as in
						 * gather.put */
	TAILQ_ENTRY(sender)	 in_queue;	/* waiting or leaving */
	TAILQ_ENTRY(sender)	 in_begun;	/* while kept_length > 0 */
};

TAILQ_HEAD(sender_queue, sender);

struct half {
	unsigned char	*data;
	size_t		 length;
};

struct gather {
	pthread_mutex_t		 lock;
	bool			 mark;
	bool			 as_is;
	struct half		 fill;
	uint64_t		 put;		/* bytes, in all */
	uint64_t		 written;	/* ... of these */
	bool			 unended;	/* put ends with a piece ... */
	struct sender		*open;		/* ... of that one's, if it has
						 * not gone */
	size_t			 kept;		/* bytes, of all */
	struct sender_queue	 begun;		/* lines, the oldest first */
	struct sender_queue	 waiting;
	struct sender_queue	 leaving;
	size_t			 called;	/* how many, and the room they
						 * need */
	size_t			 called_need;
	bool			 asleep;	/* the writer, until wake_fd is
						 * set */
	bool			 ending;
	bool			 hurry;
	int			 failed;	/* errno of the output; 0 */
	int			 wake_fd;	/* the writer's */
	int			 done_fd;	/* readable: it has ended */
	pthread_t		 writer;
	/* the writer's */
	struct stream		*output;
	struct half		 drain;
	size_t			 drained;	/* of it, is written */
	bool			 blocked;	/* it takes no more */
};

/* --- gather_sender.c ----------------------------------------------------- */

/* Wake s, which waits; with the lock held, as below. */
void	gather_signal(struct sender *s);

/* Call as many of those who wait as there is room for.  Until they have come,
 * nobody else takes it. */
void	gather_call(struct gather *g);

/* --- gather_put.c -------------------------------------------------------- */

/*
 * Take what s says: whole lines go to g->fill, as far as there is room; what
 * begins the next one is kept.  Returns how much was taken; 0: wait for room.
 */
size_t	gather_put(struct sender *s, const unsigned char *data, size_t n);

/* Pass on what is kept of a line; `end' it, if it has begun.  False: there is
 * no room. */
bool	gather_put_kept(struct sender *s, bool end);

/* Forget what is kept. */
void	gather_drop_kept(struct sender *s);

/* The least room with which gather_put() gets on, whatever is said. */
size_t	gather_put_need(const struct sender *s);

static inline size_t
gather_room(const struct gather *g)
{
	return HALF_SIZE - g->fill.length;
}

#endif
