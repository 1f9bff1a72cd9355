/* SPDX-License-Identifier: ISC */
/*
 * A stream that does what a script says: each read takes the next step of its
 * reads, each write the next one of its writes.  Its descriptors are always
 * ready, but for those of a step that says BLOCK.
 */
#ifndef UNIT_SCRIPT_H
#define UNIT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/stream.h"

enum script_what {
	SCRIPT_LAST,	/* read: the end; write: all is taken, from now on */
	SCRIPT_GIVE,	/* read: these bytes, in as many reads as it takes */
	SCRIPT_TAKE,	/* write: so many bytes, in as many writes */
	SCRIPT_AGAIN,	/* EAGAIN, once; the descriptor is ready again */
	SCRIPT_BLOCK,	/* EAGAIN, and not ready until script_go_on() */
	SCRIPT_FAIL,	/* with errno n, from now on */
	SCRIPT_SHUT,	/* read: EAGAIN until the stream was shut down */
	SCRIPT_OTHER,	/* write only: EAGAIN until the script has been read up
			 * to its step n, as a layer that wants to read */
};

struct script_step {
	enum script_what	 what;
	const char		*bytes;
	size_t			 n;
};

#define GIVE(text)	{ SCRIPT_GIVE, (text), sizeof(text) - 1 }
#define TAKE(n)		{ SCRIPT_TAKE, NULL, (n) }
#define AGAIN		{ SCRIPT_AGAIN, NULL, 0 }
#define BLOCK		{ SCRIPT_BLOCK, NULL, 0 }
#define SHUT		{ SCRIPT_SHUT, NULL, 0 }
#define FAIL(errnum)	{ SCRIPT_FAIL, NULL, (errnum) }
#define OTHER(n)	{ SCRIPT_OTHER, NULL, (n) }
#define LAST		{ SCRIPT_LAST, NULL, 0 }

#define SCRIPT_TAKEN_MAX	(512 * 1024)

struct script {
	struct stream			 stream;
	const struct script_step	*reads, *writes;	/* to LAST */
	size_t				 read, written;		/* steps */
	size_t				 read_n, written_n;	/* ... of it */
	char				*taken;
	size_t				 taken_n;	/* bytes */
	size_t				 taken_at_shutdown;
	size_t				 read_at_shutdown;	/* steps */
	unsigned			 calls_read, calls_write, shutdowns;
	unsigned			 idle, interval, count;	/* probes */
	size_t				 unacked;
	int				 error;
	bool				 connected;
	int				*closed;	/* counts; or NULL */
};

/* A new one; NULL stands for LAST alone.  It is closed by stream_close(). */
struct script	*script_new(const struct script_step *reads,
		    const struct script_step *writes);

/* A step of BLOCK is over, of reads or of writes. */
void	script_go_on_reading(struct script *s);
void	script_go_on_writing(struct script *s);

/* Nothing scripted: a stream of a UNIX-domain pair, whose other end goes to
 * *peer. */
struct stream	*script_socket(int *peer);

#endif
