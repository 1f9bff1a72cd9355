/* SPDX-License-Identifier: ISC */
/* What stdio.c is made of, for it and the files stdio_*.c alone. */
#ifndef DATAGRAM_STDIO_STATE_H
#define DATAGRAM_STDIO_STATE_H

#include "base/buffer.h"
#include "base/error.h"
#include "datagram/copied.h"
#include "datagram/current.h"
#include "datagram/heard.h"
#include "datagram/input.h"
#include "datagram/receive.h"
#include "io/stream.h"
#include "net/listen.h"
#include "options/options.h"
#include "report/progress.h"
#include "session/retarget.h"

struct stdio {
	const struct options	*o;
	struct access		*access;	/* or NULL */
	struct connection	*c;		/* the initiator's */
	struct retarget		*retarget;	/* of it, or NULL */
	unsigned		 trades;	/* of it, known */
	struct stream		*local;
	int			 fd[LISTEN_MAX];
	size_t			 count;
	bool			 many;		/* every peer is served */
	bool			 anybody;	/* others may answer */
	bool			 initiator;	/* connected from the start */
	bool			 connected;	/* the kernel knows the peer */
	struct current		 peer;
	int			 peer_fd;
	struct receiver		 receiver;
	struct input		 input;
	struct buffer		 output;
	size_t			 segment;	/* see dgram_send() */
	bool			 again;		/* more to send at once */
	bool			 send_waits;
	bool			 output_waits;
	bool			 input_waits;	/* to be read */
	bool			 done;
	uint64_t		 sent;		/* bytes */
	uint64_t		 datagrams;	/* in which they went */
	size_t			 largest;	/* of those */
	struct copied_peers	*copies;	/* or NULL */
	struct heard		*senders;	/* or NULL */
	struct report		*report;	/* --report; or NULL */
	struct progress		*progress;	/* or NULL */
	struct progress_entry	 served;	/* if `serves' */
	bool			 serves;	/* there is a peer */
	uint64_t		 number;	/* of the session; 0: none */
	struct connection_times	 times;		/* of the initiator's */
	int64_t			 begun;
	int64_t			 now, active, hold_until;
	int64_t			 heard;		/* of our input, the last */
	int64_t			 deadline, accept_deadline;
	struct error		*err;
	enum result		 result;
};

/* --- the peer, and failures (stdio_peer.c) ------------------------------- */

/* The run is over: `what' has failed, with errnum. */
void	stdio_fail(struct stdio *io, enum result result, const char *what,
	    int errnum);

/* Sending or receiving has failed: perhaps there is another address, or another
 * time; otherwise it is over, unless there are other peers. */
void	stdio_network_failed(struct stdio *io, const char *what, int errnum);

void	stdio_prepare_socket(struct stdio *io, int fd);

/* There may be another socket of the initiator, with the same number. */
void	stdio_follow(struct stdio *io);

/* HUP: who is denied now gets nothing more, either. */
void	stdio_reload(struct stdio *io);

/* There is somebody; with `many', all of them are one. */
void	stdio_enter(struct stdio *io);

/* Whether a datagram is for us; a listener learns its peer by the way. */
bool	stdio_accept(struct stdio *io, int fd, const struct dgram *d);

/* unix(7): the peer's socket is not bound. */
bool	stdio_is_nameless(const struct stdio *io);

/* --- from the network (stdio_receive.c) ---------------------------------- */

void	stdio_init_output(struct stdio *io);
void	stdio_write_output(struct stdio *io);

/* Whether there is room for one message more. */
bool	stdio_has_room(struct stdio *io);

/* Receive what is there, up to a fair share; also of -1, which has nothing. */
void	stdio_receive(struct stdio *io, int fd);

/* A refusal is told before the datagrams that came earlier.  Returns whether
 * there may be more; *batches counts, and is 0 at first. */
bool	stdio_receive_behind(struct stdio *io, size_t *batches);

/* --- to the network (stdio_send.c) --------------------------------------- */

/* Whether anything that was read, or refused, has to be sent. */
bool	stdio_is_behind(const struct stdio *io);

bool	stdio_wants_input(struct stdio *io);

/* Read and send, up to a fair share. */
void	stdio_send(struct stdio *io);

/* --- times (stdio_times.c) ----------------------------------------------- */

/* When there is something to do, without an event. */
int64_t	stdio_wake_at(const struct stdio *io);

/* What it is time for. */
void	stdio_check_times(struct stdio *io);

/* Whether the time for the whole run is over, which is the result then. */
bool	stdio_is_late(struct stdio *io);

#endif
