/* SPDX-License-Identifier: ISC */
/* What a TLS stream is made of, for stream.c, bio.c, fault.c and handshake.c
 * alone. */
#ifndef TLS_STREAM_STATE_H
#define TLS_STREAM_STATE_H

#include "base/buffer.h"
#include "base/xalloc.h"
#include "tls/stream.h"

/* Bytes of a peer that speaks something else, to show them. */
#define FIRST_SIZE	48

#define READ_SIZE	(128 * 1024)	/* cipher text read at once */
#define KEPT_SIZE	(64 * 1024)	/* records and alerts that wait */

struct below;

struct tls_stream {
	struct stream		 stream;
	struct below		*below;		/* of datagrams; or NULL */
	struct tls		*tls;
	SSL			*ssl;
	struct buffer		 kept;
	size_t			 turn_left;	/* bytes, see TURN_BYTES */
	bool			 turn_over;	/* more may be there */
	bool			 dry;		/* there was nothing below */
	size_t			 idle_bytes;	/* from below, without data */
	int			 errnum;	/* of the lower stream */
	bool			 ended;		/* the lower stream has */
	bool			 close_due;	/* half-close it when kept is
						 * empty */
	bool			 broken;	/* the engine is of no use */
	uint64_t		 written;	/* bytes of cipher text */
	uint64_t		 data_end;	/* ... up to the last of data */
	bool			 greeted;	/* DTLS: its cookie was seen */
	bool			 repeat_farewell;	/* DTLS: a handshake's
						 * datagram came behind it */
	unsigned		 timeouts;	/* DTLS: of the handshake */
	bool			 broken_out;	/* ... but for reading */
	bool			 direct;	/* see stream_attach_direct() */
	bool			 close_refused;	/* direct: try it again */
	size_t			 piece;		/* most bytes of a write */
	bool			 started;
	bool			 saving;	/* the engine's buffers go when
						 * they are empty */
	bool			 peer_half_closes;	/* it has said so */
	struct error		*fault;		/* owned; tls_stream_fault() */
	struct tls_verdict	*verdict;	/* owned; if there is one */
	char			 expected[256];
	unsigned char		 first[FIRST_SIZE];
	size_t			 first_length;
};

/*
 * What the engine may take from below in one call: a peer that sends much of
 * what holds no data (updates of keys, datagrams that are nobody's) would keep
 * us from all else.  A read counts as 1 KiB at least.
 */
#define TURN_BYTES	(256 * 1024)

static inline void
tls_stream_begin_turn(struct tls_stream *ts)
{
	ts->turn_left = TURN_BYTES;
	ts->turn_over = ts->dry = false;
}

/* Bytes that can be kept.  Most never need any. */
static inline size_t
tls_stream_kept_room(struct tls_stream *ts)
{
	if (ts->kept.data == NULL)
		buffer_init(&ts->kept, KEPT_SIZE);
	return buffer_room(&ts->kept);
}

static inline struct tls_stream *
tls_stream_of(const struct stream *s)
{
	return (struct tls_stream *)(uintptr_t)s;
}

/* What is wrong is written there, and told from now on. */
static inline struct error *
tls_stream_fault(struct tls_stream *ts)
{
	if (ts->fault == NULL)
		ts->fault = xcalloc(1, sizeof(*ts->fault));
	ts->stream.fault = ts->fault;
	return ts->fault;
}

/* --- below.c: the lower stream ------------------------------------------- */

void	tls_below_init(struct tls_stream *ts);
void	tls_below_free(struct tls_stream *ts);

/* As its operations; of datagrams, a refusal is told when the peer has gone for
 * certain, and behind all that came. */
ssize_t	tls_below_read(struct tls_stream *ts, void *data, size_t size);
ssize_t	tls_below_write(struct tls_stream *ts, const void *data, size_t size);

/* Whether there is such a refusal. */
bool	tls_below_gone(const struct tls_stream *ts);

/* The peer has said something, no doubt. */
void	tls_below_trust(struct tls_stream *ts);

/* --- fault.c ------------------------------------------------------------- */

/* Fill *err after a call of the engine, with SSL_get_error(3) in `why'; what
 * the lower stream had is in ts->errnum. */
void	tls_stream_set_error(struct tls_stream *ts, int why,
	    struct error *err);

#endif
