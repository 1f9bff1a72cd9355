/* SPDX-License-Identifier: ISC */
/*
 * A stream of bytes both ways: a connection, a layer on top of one, or a local
 * end.  Everything the pump knows of what it pumps.  Streams never block.
 *
 * A stream embeds struct stream as its first member, which its constructor
 * fills in by stream_init().  A layer does so by stream_layer_init(): it is on
 * top of another stream, which it owns, and whatever it does not define is
 * what that one does.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/facts.h"
#include "io/fdio.h"

struct connection;
struct stream;

/*
 * What a stream is made of: each is what the function of its name below says.
 * One that is NULL is left to the stream below, or has a default.  They are
 * called by io/stream alone; a layer calls the functions with s->below.
 */
struct stream_ops {
	ssize_t	(*read)(struct stream *s, void *data, size_t n);
	ssize_t	(*peek)(struct stream *s, void *data, size_t n);
	void	(*spliced)(struct stream *s, int pipe, size_t n);
	ssize_t	(*write)(struct stream *s, const void *data, size_t n);
	int	(*shutdown)(struct stream *s);
	int	(*flush)(struct stream *s);
	size_t	(*unacked)(struct stream *s);
	size_t	(*available)(struct stream *s);
	int	(*error)(struct stream *s);
	bool	(*connected)(struct stream *s);
	bool	(*low_water)(struct stream *s, int bytes);
	void	(*probe)(struct stream *s, int idle, int interval, int count);
	void	(*describe)(struct stream *s, struct facts *facts);
	void	(*close)(struct stream *s, bool abort);
};

struct stream {
	const struct stream_ops	*ops;
	struct stream	*below;		/* of a layer, which owns it; or NULL */
	struct buffer	 returned;	/* by stream_unread() */
	const char	*name;		/* of the output, in messages */
	const char	*in_name;	/* of the input */
	struct fdio	 in;		/* what to wait for, to read */
	struct fdio	 out;		/* what to wait for, to write */
	short		 read_events;	/* see stream_read_events(); 0: as */
	short		 write_events;	/* below, or POLLIN, POLLOUT */
	bool		 raw_in;	/* bytes pass unchanged, so that the */
	bool		 raw_out;	/* kernel can move them */
	bool		 layered;	/* it, or one below, has an end of its
					 * own, that shutdown says */
	bool		 ends_both;	/* the other side may take the end of
					 * one direction for that of both */
	bool		 no_input;	/* known to be empty, and for good */
	bool		 network;	/* failures are the network's */
	bool		 recovers;	/* from errors, if they are told by its
					 * operations alone */
	bool		 duplex;	/* as a local end: when its output has
					 * gone, its input still counts */
	bool		 interactive;	/* a person at a terminal writes it */
	bool		 one_message;	/* see stream_want_one_message() */
	bool		 shut;		/* shutdown was called */
	bool		 more;		/* see stream_more() */
	bool		 unflushed;	/* see stream_unflushed() */
	bool		 left;		/* of a terminal: nobody has it open any
					 * more */
	int		 suspect;	/* see stream_suspect() */
	bool		 insists;	/* as long as its own input goes on,
					 * there is something to flush */
	const struct error *fault;	/* see stream_fault() */
};

/* --- moving bytes -------------------------------------------------------- */

/* Read, as read(2): 0 is the end; -1 and EAGAIN: wait for in.fd to be ready for
 * stream_read_events().  Never EINTR.  What was unread comes first, and alone.
 * The default reads in.fd. */
ssize_t	stream_read(struct stream *s, void *data, size_t n);

/* What a read would give, which stays to be read.  -1 and ENOTSUP where that
 * can't be known. */
ssize_t	stream_peek(struct stream *s, void *data, size_t n);

/* Whether it, or one below, wants to see what the kernel moves from in.fd. */
bool	stream_sees_splices(struct stream *s);

/* n bytes of in.fd were moved by the kernel; the end `pipe' of a pipe has a
 * copy, tee(2), which is taken out of it. */
void	stream_spliced(struct stream *s, int pipe, size_t n);

/* As stream_unread(), of bytes that the kernel has moved, and nobody has seen:
 * who reads them sees them. */
void	stream_unsplice(struct stream *s, const void *data, size_t n);

/* Write, as write(2); -1 and EAGAIN: wait for out.fd, stream_write_events().
 * The default writes out.fd. */
ssize_t	stream_write(struct stream *s, const void *data, size_t n);

/* Nothing more will be written: tell the other side.  0, or -1 and errno.  By
 * default there is nothing to tell. */
int	stream_shutdown(struct stream *s);

/* Send what is still held (stream_unflushed()) of what write and shutdown took.
 * 0, or -1; EAGAIN: wait as for write.  What the streams below hold is sent,
 * too, behind it. */
int	stream_flush(struct stream *s);

/* Take back bytes that were read but went nowhere: the next ones to be read.
 * The borders of messages are lost. */
void	stream_unread(struct stream *s, const void *data, size_t n);

/* Release everything, the streams below as well.  `abort': so that the other
 * side can tell that something went wrong (a reset).  A layer that has no close
 * of its own is freed as one piece of memory. */
void	stream_close(struct stream *s, bool abort);

/* --- what is known of it ------------------------------------------------- */

/* Bytes written that the other side's system has not acknowledged.  By default
 * it can't tell: 0. */
size_t	stream_unacked(struct stream *s);

/* Bytes that can be read at once, as far as is known; what a layer makes of
 * those below may be less. */
size_t	stream_available(struct stream *s);

/* Why the connection has failed, if that was not told by another operation: an
 * errno value, which is told once; or 0. */
int	stream_error(struct stream *s);

/* False: the connection is over, both ways. */
bool	stream_connected(struct stream *s);

/* Let poll(2) call it readable only when that many bytes are there, or the end.
 * 1 undoes it.  False where that is not to be had. */
bool	stream_low_water(struct stream *s, int bytes);

/* Ask for signs of life: after `idle' seconds of silence, then each `interval';
 * it has failed when `count' of them are not answered.  Nothing where there is
 * no such thing. */
void	stream_probe(struct stream *s, int idle, int interval, int count);

/* Add all that the stream and those below have to say of themselves, from the
 * top down.  Names are in the words of UCSPI-TLS and of mod_ssl where these
 * have one; values can be shown. */
void	stream_describe(struct stream *s, struct facts *facts);

/* The errno of a refusal that may be forged, and nothing came since, of
 * datagrams whose peer a layer knows; or 0. */
int	stream_suspect(const struct stream *s);

/* What errno stands for, of a layer that can say more; or NULL. */
const struct error *stream_fault(const struct stream *s);

/* Bytes that were unread, here alone. */
static inline size_t
stream_returned(const struct stream *s)
{
	return buffer_length(&s->returned);
}

/* Whether s can be read although poll(2) can't see that. */
static inline bool
stream_more(const struct stream *s)
{
	for (; s != NULL; s = s->below) {
		if (s->more || stream_returned(s) > 0)
			return true;
	}
	return false;
}

/* Whether s, or one below, holds something back, of which poll(2) says when
 * stream_flush() can send it. */
static inline bool
stream_unflushed(const struct stream *s)
{
	for (; s != NULL; s = s->below) {
		if (s->unflushed)
			return true;
	}
	return false;
}

/* What poll(2) has to look for, on in.fd to read, on out.fd to write.  Those of
 * a layer need not be what was asked of it. */
static inline short
stream_read_events(const struct stream *s)
{
	while (s->read_events == 0 && s->below != NULL)
		s = s->below;
	return s->read_events != 0 ? s->read_events : POLLIN;
}

static inline short
stream_write_events(const struct stream *s)
{
	while (s->write_events == 0 && s->below != NULL)
		s = s->below;
	return s->write_events != 0 ? s->write_events : POLLOUT;
}

/* For who reads: a read gives no more than one message, if it is made of
 * such. */
void	stream_want_one_message(struct stream *s, bool one);

/* --- making one ---------------------------------------------------------- */

/* The zeroed s has these operations and that name, of both directions; in and
 * out are to be set. */
void	stream_init(struct stream *s, const struct stream_ops *ops,
	    const char *name);

/*
 * The zeroed s is a layer on top of `below', which is its own from now on, and
 * whose descriptors and properties are taken over, but for raw_in and raw_out:
 * a layer that has bytes pass unchanged says so itself.
 */
void	stream_layer_init(struct stream *s, const struct stream_ops *ops,
	    struct stream *below);

/* Release what struct stream itself holds, before s is freed: by each close,
 * and for a layer that is not wanted after all.  Returns the stream below,
 * which is the caller's then; or NULL. */
struct stream	*stream_release(struct stream *s);

/*
 * The stream of a connected socket; c goes over to it, but for its addresses.
 */
struct stream	*stream_from_connection(struct connection *c);

/*
 * The other way round: the socket of such a stream, which is freed.  False: it
 * is none, or holds bytes that were read from the socket; nothing has happened.
 */
bool		 stream_take_connection(struct stream *s, struct connection *c);

/*
 * The local end of standard input and output.  Ending the output closes
 * descriptor 1 (unless keep_output), so that its reader sees the end; closing
 * the stream leaves 0 alone.  One for the whole run: unread bytes stay in it.
 */
struct stream	*stream_stdio(bool keep_output);

/* The byte `key' is not read: it ends the input of such a stream. */
void		 stream_stdio_end_at(struct stream *s, int key);

/*
 * A local end that is a pseudo-terminal, for a command: its name, which fits
 * into `size' bytes, goes to path.  *other is its other side, opened so that it
 * lives until the command has it; the caller closes that.  RESULT_LOCAL.
 */
enum result	stream_open_terminal(struct stream **s, char *path,
		    size_t size, int *other, struct error *err);

#endif
