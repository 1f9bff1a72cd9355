/* SPDX-License-Identifier: ISC */
/*
 * A stream of bytes both ways: a connection, a layer on top of one, or a local
 * end.  Everything the pump knows of what it pumps.
 *
 * A layer embeds struct stream as its first member and fills it in its own
 * constructor.  Streams never block.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "io/fdio.h"

struct connection;
struct stream;

/* What a stream is made of; what is NULL has a default.  Called by io/stream
 * alone, for everybody else. */
struct stream_ops {
	ssize_t	(*read)(struct stream *s, void *data, size_t n);
	ssize_t	(*write)(struct stream *s, const void *data, size_t n);
	int	(*shutdown)(struct stream *s);
	int	(*flush)(struct stream *s);
	size_t	(*unacked)(struct stream *s);
	void	(*unread)(struct stream *s, const void *data, size_t n);
	void	(*close)(struct stream *s, bool abort);
};

struct stream {
	const struct stream_ops	*ops;
	const char	*name;		/* of the output, in messages */
	const char	*in_name;	/* of the input */
	struct fdio	 in;		/* what to wait for, to read */
	struct fdio	 out;		/* what to wait for, to write */
	short		 read_events;	/* POLLIN, but for layers */
	short		 write_events;	/* POLLOUT, but for layers */
	bool		 raw_in;	/* bytes pass unchanged, so that the */
	bool		 raw_out;	/* kernel can move them */
	bool		 layered;	/* on top of another one: its end has
					 * to be said, by shutdown */
	bool		 ends_both;	/* the other side may take the end of
					 * one direction for that of both */
	bool		 no_input;	/* known to be empty, and for good */
	bool		 network;	/* failures are the network's */
	bool		 recovers;	/* from errors, if they are told by its
					 * operations alone */
	bool		 duplex;	/* as a local end: when its output has
					 * gone, its input still counts */
	bool		 interactive;	/* a person at a terminal writes it */
	bool		 one_message;	/* a read gives no more than one, if it
					 * is made of such; for who reads */
	bool		 shut;		/* shutdown was called */
	bool		 more;		/* can be read although poll(2) can't
					 * see it */
	bool		 unflushed;	/* see flush */
	bool		 left;		/* of a terminal: nobody has it open any
					 * more */
	int		 suspect;	/* of datagrams, a layer that knows its
					 * peer: the errno of a refusal that may
					 * be forged, and nothing came since; or
					 * 0 */
	bool		 insists;	/* as long as its own input goes on,
					 * there is something to flush */
	const struct error *fault;	/* what errno stands for, of a layer
					 * that can say more; or NULL */
};

/* As read(2): 0 is the end; -1 and EAGAIN: wait for in.fd to be ready for
 * read_events.  Never EINTR.  The default reads in.fd. */
ssize_t	stream_read(struct stream *s, void *data, size_t n);

/* As write(2); -1 and EAGAIN: wait for out.fd, write_events.  The default
 * writes out.fd. */
ssize_t	stream_write(struct stream *s, const void *data, size_t n);

/* Nothing more will be written: tell the other side.  0, or -1 and errno.  By
 * default there is nothing to tell. */
int	stream_shutdown(struct stream *s);

/* Send what a layer still holds (`unflushed') of what write and shutdown took.
 * 0, or -1; EAGAIN: wait as for write.  By default it never holds anything. */
int	stream_flush(struct stream *s);

/* Bytes written that the other side's system has not acknowledged.  By default
 * it can't tell: 0. */
size_t	stream_unacked(struct stream *s);

/* Take back bytes that were read but went nowhere; they are read again next.
 * False: it does not take any, and they are lost. */
bool	stream_unread(struct stream *s, const void *data, size_t n);

/* Release everything.  `abort`: so that the other side can tell that something
 * went wrong (a reset). */
void	stream_close(struct stream *s, bool abort);

/*
 * The stream of a connected socket; c goes over to it.  The caller ends it with
 * stream_close(), which frees it.
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

/*
 * A local end that is a pseudo-terminal, for a command: its name, which fits
 * into `size' bytes, goes to path.  *other is its other side, opened so that it
 * lives until the command has it; the caller closes that.  RESULT_LOCAL.
 */
enum result	stream_open_terminal(struct stream **s, char *path,
		    size_t size, int *other, struct error *err);

#endif
