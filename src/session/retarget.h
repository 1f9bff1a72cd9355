/* SPDX-License-Identifier: ISC */
/*
 * A connected socket of datagrams whose peer may refuse them: then the next
 * address of its name is tried, as long as nothing was heard, and with --retry
 * the same ones again.  What was refused is sent once more.
 */
#ifndef SESSION_RETARGET_H
#define SESSION_RETARGET_H

#include "io/doubt.h"
#include "io/stream.h"
#include "net/dial.h"

struct retarget {
	int64_t		 not_before;	/* nothing is to be sent until then */
	unsigned	 trades;	/* how often c got another socket */

	/* Is told of what was sent once more, to c->remote; NULL at first. */
	void		(*sent_again)(void *context,
			    const struct dgram_piece *piece, size_t n);
	void		*context;
	/* private */
	const struct dial_options *dial;
	int64_t		 deadline;
	int64_t		 retry;
	struct connection *c;
	struct doubt	 doubt;
	size_t		 most;		/* bytes of that */
	bool		 answered;	/* it is the right address */
	bool		 refusing;	/* since refused_since */
	bool		 due;		/* to be connected once more */
	int64_t		 refused_since, refused_at;
	int64_t		 pause;
};

/* dial and c stay the caller's; the socket of c may be traded for another one,
 * that has its number.  `deadline' is that of the whole run, `retry' for how
 * long the same addresses are tried again, ns, or 0.  At most `most' bytes are
 * kept of what was sent. */
void	retarget_init(struct retarget *r, const struct dial_options *dial,
	    int64_t deadline, int64_t retry, struct connection *c,
	    size_t most);
void	retarget_free(struct retarget *r);

/* n datagrams were sent; now as clock_now(). */
void	retarget_sent(struct retarget *r, const struct dgram_piece *piece,
	    size_t n, int64_t now);

/* Something came from the peer. */
void	retarget_answered(struct retarget *r);

/*
 * Sending or receiving failed.  True: go on, from not_before on; there may be
 * another socket, and another peer.  False: it is a failure.
 */
bool	retarget_refused(struct retarget *r, int errnum, int64_t now);

/* Whether the last refusal was after the time of --retry. */
bool	retarget_is_over(const struct retarget *r, int64_t now);

/* All addresses have refused: begin anew with the first one, unless there is
 * only one, or it has answered before.  False: there is the same socket. */
bool	retarget_restart(struct retarget *r);

/* Whether datagrams are to be sent once more, before anything else. */
bool	retarget_waits(const struct retarget *r);

/* Send some of what is to be sent once more, as dgram_send(); 0: there was
 * nothing but a connection to be made. */
int	retarget_send(struct retarget *r, size_t *segment, int64_t now);

/* The stream of such a socket.  c goes over to it; `dial' has to last.  It does
 * not know --retry. */
struct stream	*retarget_stream_new(const struct dial_options *dial,
		    int64_t deadline, struct connection *c);

#endif
