/* SPDX-License-Identifier: ISC */
/*
 * One direction of a transfer: bytes from the source's input to the sink's
 * output.  Where nothing has to be done to the bytes they stay in the kernel:
 * sendfile(2) from a file, splice(2) from or to a pipe, two splice(2) over a
 * private pipe between anything else.  What can't do that, and what comes in
 * small pieces, is read and written.
 */
#ifndef IO_FLOW_H
#define IO_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "io/pipes.h"
#include "io/stream.h"

/*
 * Something done to the bytes on their way: put what becomes of the n bytes of
 * `in` into out, which holds expansion * n, and return its length.
 */
struct filter {
	size_t	(*run)(void *state, const unsigned char *in, size_t n,
		    unsigned char *out);
	void	*state;
	size_t	 expansion;
};

enum flow_method {
	FLOW_COPY,		/* read(2), write(2) */
	FLOW_SENDFILE,		/* file to socket */
	FLOW_SPLICE,		/* a pipe at one end */
	FLOW_SPLICE_VIA,	/* over a private pipe */
	FLOW_DISCARD,		/* read, and forget */
};

enum flow_step {
	FLOW_BLOCKED,		/* wait for what wants_in, wants_out say */
	FLOW_MOVED,		/* moved a fair share, more may be ready */
	FLOW_ENDED,		/* the source has ended, the sink has it all */
	FLOW_SOURCE_FAILED,	/* and all before it is in the sink */
	FLOW_SINK_FAILED,
};

enum flow_state {
	FLOW_OPEN,
	FLOW_DRAINING,		/* nothing more is read, but what came is still
				 * delivered */
	FLOW_OVER,
};

struct flow {
	struct stream		*source;
	struct stream		*sink;
	const struct filter	*filter;	/* or NULL */
	enum flow_method	 method;
	enum flow_state		 state;
	bool			 exhausted;	/* the source has ended */
	bool			 limited;	/* no more is read because of
						 * read_limit */
	bool			 wants_in;
	bool			 wants_out;
	bool			 guessed;	/* wants_in is a guess after a
						 * short transfer */
	bool			 fast;		/* since the last wait for the
						 * source a lot has moved */
	bool			 contended;	/* the caller says: others want
						 * a processor, too */
	bool			 shared;	/* the caller says: the other
						 * direction moves, too */
	bool			 collecting;
	int64_t			 collect_until;	/* or CLOCK_NEVER; see
						 * flow_collected() */
	int			 error;		/* errno of what failed */
	uint64_t		 bytes;		/* delivered to the sink */
	uint64_t		 discarded;	/* bytes, by FLOW_DISCARD */
	bool			 among_many;	/* hold no pipe while waiting */
	uint64_t		 rate;		/* bytes a second; 0: any */
	uint64_t		 reads;		/* successful reads */
	uint64_t		 read_limit;	/* end after so many; 0: no */
	int64_t			 line_delay;	/* pause behind each line; 0 */
	int64_t			 hold_until;	/* no writing before; 0 */
	/* private */
	struct buffer		 buffer;
	struct buffer		 injected;
	unsigned char		*scratch;
	struct pipes_pipe	 pipe;
	size_t			 piped;		/* bytes in it */
	struct pipes_pipe	 seen;		/* has a copy of it, for who
						 * wants to see */
	size_t			 stride;	/* of a sendfile(2) */
	unsigned		 contradictions;
	bool			 begun;		/* among_many: it has waited */
	bool			 small;		/* what comes is short */
	uint64_t		 last_wait;	/* bytes, at that time */
	int64_t			 rate_since;	/* see flow_refill() */
	uint64_t		 allowance;	/* bytes that may go now */
};

/*
 * A flow from source to sink.  `zero_copy`: use the kernel's ways if source,
 * sink and the lack of a filter allow it.  line_delay and read_limit are set
 * by the caller afterwards, with zero_copy false.
 */
void	flow_init(struct flow *f, struct stream *source, struct stream *sink,
	    const struct filter *filter, bool zero_copy);

/* A flow that reads and forgets. */
void	flow_init_discard(struct flow *f, struct stream *source);

/* A flow that is over before it began. */
void	flow_init_none(struct flow *f, struct stream *source,
	    struct stream *sink);

/*
 * Move what can be moved without blocking, up to a fair share.  `now` is
 * clock_now(), for the pauses; FLOW_BLOCKED
 * with neither wants_in nor wants_out waits for hold_until.
 */
enum flow_step	flow_step(struct flow *f, int64_t now);

/* Bytes taken from the source that the sink does not have yet. */
size_t	flow_pending(const struct flow *f);

/* Read no more: what is pending is still delivered, then the flow ends. */
void	flow_stop_reading(struct flow *f);

/* It is over, whatever is pending; and the same because somebody else has read
 * the source to its end. */
void	flow_abandon(struct flow *f);
void	flow_exhausted_elsewhere(struct flow *f);

static inline bool
flow_is_over(const struct flow *f)
{
	return f->state == FLOW_OVER;
}

/*
 * While a stream comes in fast and the processor is `contended', by the reader
 * of the sink or the other direction, wake-ups are saved: poll(2) calls the
 * source readable only when it has FLOW_COLLECT bytes, or has ended.  The
 * caller must not wait beyond collect_until for that, and then call this: the
 * next step takes what is there.
 */
#define FLOW_COLLECT	(512 * 1024)
void	flow_collected(struct flow *f);

/* Put bytes of our own into the flow, between two of its bytes, or behind the
 * last one while the sink is not shut.  False if the sink is so far behind that
 * they do not fit. */
bool	flow_inject(struct flow *f, const void *data, size_t n);

/* Whether such bytes wait. */
bool	flow_injected(const struct flow *f);

/* Whether flow_step() has something to do. */
bool	flow_busy(const struct flow *f);

/* Release; what is pending goes back to the source if it takes it. */
void	flow_free(struct flow *f);

const char	*flow_method_name(enum flow_method method);

#endif
