/* SPDX-License-Identifier: ISC */
/* What peers.c is made of, for it, peers_table.c and peers_begin.c alone. */
#ifndef DATAGRAM_PEERS_STATE_H
#define DATAGRAM_PEERS_STATE_H

#include <sys/queue.h>

#include "base/error.h"
#include "base/repeats.h"
#include "io/dgram.h"
#include "net/access.h"
#include "net/dial.h"
#include "net/listen.h"
#include "options/options.h"
#include "serve/command.h"
#include "session/retarget.h"

#define PEERS_BUCKETS	4096

struct peer {
	LIST_ENTRY(peer)	 in_bucket;
	TAILQ_ENTRY(peer)	 in_line;	/* of active, or leaving */
	TAILQ_ENTRY(peer)	 in_waiting;
	struct addr		 remote;
	struct addr		 local;	/* where it sent to; len 0: unknown */
	int			 net_fd;	/* the listener's */
	struct connection	 c;	/* to the target; the fd of a command's
					 * socket; -1: none (yet) */
	struct retarget		 retarget;	/* of c, to a target */
	unsigned		 trades;	/* of it, known */
	size_t			 kept;	/* bytes in there, counted */
	size_t			 segment;	/* of c, see dgram_send() */
	struct command		 command;	/* pid 0: none */
	int64_t			 active;
	const char		*why;	/* it is over, while its command ends */
	bool			 waiting;	/* for an address */
	bool			 refused;	/* ... by all of them */
	bool			 finishing;	/* its command gets no more */
	bool			 leaving;	/* its command does not answer
						 * any more, but has not
						 * ended */
	int			 signal;	/* ... and gets this one next;
						 * 0: it was killed */
	int64_t			 signal_at;	/* ... then */
};

TAILQ_HEAD(peer_line, peer);

/* One look-up at a time, for all who wait. */
struct peers_lookup {
	struct lookup		*lookup;	/* or NULL */
	int64_t			 until;
	struct addr_list	 found;
	int64_t			 good_until;	/* found is */
	struct addr		 answers;	/* the last that did; len 0 */
};

struct peers {
	const struct options	*o;
	struct access		*access;
	struct listener		*l;
	int64_t			 deadline;
	int64_t			 idle;
	struct socket_options	 socket;	/* of the target's */
	struct dial_options	 dial;
	int			 epoll_fd;
	struct dgram_batch	*net_batch;
	struct dgram_batch	*batch;
	size_t			 segment;	/* of the listener's sockets */
	size_t			 count, most;	/* not those who leave */
	size_t			 leavers;
	size_t			 kept;		/* bytes, of all */
	struct repeats		*faults;	/* of our own */
	size_t			 dropped;	/* nobody was told of these */
	int64_t			 tell_at;
	bool			 served;	/* the one that is enough */
	enum result		 result;	/* ... and what became of it */
	struct error		*err;
	LIST_HEAD(, peer)	 bucket[PEERS_BUCKETS];
	struct peer_line	 active;	/* the longest silent first */
	struct peer_line	 leaving;
	struct peer_line	 waiting;	/* for an address */
	struct peers_lookup	 lookup;
};

/* --- the table (peers_table.c) ------------------------------------------- */

void		peers_init_table(struct peers *ps);

struct peer	*peers_find(struct peers *ps, const struct addr *remote,
		    int net_fd);

/* One that has just spoken, which is put into the table.  Where that is full,
 * the longest silent one goes. */
struct peer	*peers_insert(struct peers *ps, const struct dgram *d,
		    int net_fd);

/* It has spoken, or was spoken to. */
void		peers_touch(struct peers *ps, struct peer *p);

/* The longest silent one, but for `but', makes room.  False: there is none. */
bool		peers_make_room(struct peers *ps, const struct peer *but);

/* It is over with it, for a reason; NULL: its command has ended. */
void		peers_end(struct peers *ps, struct peer *p, const char *why);

/* The lists of who may come were read again: who is denied now goes. */
void		peers_judge(struct peers *ps);

/* Our own fault, which has let p down. */
void		peers_tell(struct peers *ps, const struct peer *p,
		    const char *what);

/* It could not be served: by our own fault. */
void		peers_fail(struct peers *ps, struct peer *p,
		    const struct error *err);

/* Its command has ended, or there is none: it is released. */
void		peers_forget(struct peers *ps, struct peer *p);

/* Silent ones go.  Returns when the next one is due. */
int64_t		peers_expire(struct peers *ps);

/* All go, and their commands end. */
void		peers_leave_all(struct peers *ps);

/* --- their other ends (peers_begin.c) ------------------------------------ */

void		peers_init_target(struct peers *ps);

/* Give p its command, or a socket to the target; or look the target's name up
 * first.  False: p was not served, and is no more. */
bool		peers_begin(struct peers *ps, struct peer *p);

/* The look-up has come to something. */
void		peers_found(struct peers *ps);

/* When a look-up is to be given up; and that it is time. */
int64_t		peers_look_until(const struct peers *ps);
void		peers_look_late(struct peers *ps);

void		peers_free_target(struct peers *ps);

/* Send to the target. */
void		peers_to_target(struct peers *ps, struct peer *p,
		    const struct dgram_piece *piece);

/* It failed with errnum, when something was sent or received.  True: there is
 * another address, to which what was refused has gone. */
bool		peers_target_failed(struct peers *ps, struct peer *p,
		    int errnum);

/* It answers. */
void		peers_target_answers(struct peers *ps, struct peer *p);

#endif
