/* SPDX-License-Identifier: ISC */
/* What peers.c is made of, for it and the files peers_*.c alone. */
#ifndef DATAGRAM_PEERS_STATE_H
#define DATAGRAM_PEERS_STATE_H

#include <sys/queue.h>

#include "base/error.h"
#include "base/repeats.h"
#include "datagram/copied.h"
#include "datagram/heard.h"
#include "datagram/receive.h"
#include "datagram/table.h"
#include "io/dgram.h"
#include "net/access.h"
#include "net/dial.h"
#include "net/listen.h"
#include "options/options.h"
#include "report/record.h"
#include "serve/command.h"
#include "session/retarget.h"
#include "session/run.h"

/* A peer and what it has of its own: a command, or a socket to the target. */
struct association {
	struct peer		 peer;	/* first: see datagram/table.h */
	TAILQ_ENTRY(association) in_leaving;
	TAILQ_ENTRY(association) in_waiting;
	struct connection	 c;	/* to the target; the fd of a command's
					 * socket; -1: none (yet) */
	struct retarget		 retarget;	/* of c, to a target */
	uint64_t		 number;	/* run_number() */
	unsigned		 trades;	/* of it, known */
	size_t			 kept;	/* bytes in there, counted */
	size_t			 segment;	/* of c, see dgram_send() */
	struct command		 command;	/* pid 0: none */
	struct copied		*copied;	/* or NULL */
	struct progress_entry	 served;	/* until it leaves */
	int64_t			 begun;	/* base/clock */
	uint64_t		 sent, received;	/* bytes, of the peer's
							 * datagrams ... */
	struct record_datagrams	 datagrams;	/* ... which are these; lost
						 * is in its own queues: not in
						 * the listener's, which is that
						 * of all */
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

TAILQ_HEAD(association_line, association);

/* One look-up at a time, for all who wait. */
struct peers_lookup {
	struct lookup		*lookup;	/* or NULL */
	int64_t			 until;
	struct addr_list	 found;
	int64_t			 good_until;	/* found is */
	struct addr		 answers;	/* the last that did; len 0 */
};

struct peers {
	const struct run	*run;
	const struct options	*o;
	struct access		*access;
	struct listener		*l;
	int64_t			 deadline;
	int64_t			 idle;
	int			 epoll_fd;
	struct receiver		 net;	/* from the listener's sockets */
	struct receiver		 local;	/* from commands, targets */
	size_t			 segment;	/* of the listener's sockets */
	struct peer_table	 table;		/* without those who leave */
	size_t			 most;		/* so many are in it */
	struct association_line	 leaving;
	size_t			 leavers;
	struct association_line	 waiting;	/* for an address */
	size_t			 kept;		/* bytes, of all */
	struct repeats		*faults;	/* of our own */
	struct heard		*senders;	/* or NULL */
	uint64_t		 lost;	/* of those who have gone */
	size_t			 dropped;	/* nobody was told of these */
	int64_t			 tell_at;
	bool			 served;	/* the one that is enough */
	enum result		 result;	/* ... and what became of it */
	struct error		*err;
	struct peers_lookup	 lookup;
};

/* --- how they end (peers_end.c) ------------------------------------------ */

/* It is over with the peer a, for the reason `why'; NULL: its command has
 * ended. */
void		peers_end(struct peers *ps, struct association *a,
		    const char *why);

/* It is over with the peer a, and its command is told to end. */
void		peers_give_up(struct peers *ps, struct association *a,
		    const char *why);

/* The lists of who may come were read again: who is denied now goes. */
void		peers_judge(struct peers *ps);

/* Tell of a fault of our own, which has let the peer a down. */
void		peers_tell(struct peers *ps, const struct association *a,
		    const char *what);

/* The peer a could not be served: by our own fault. */
void		peers_fail(struct peers *ps, struct association *a,
		    const struct error *err);

/* The command of a has ended, or there is none: a is released. */
void		peers_forget(struct peers *ps, struct association *a);

/* Commands that do not end are told to.  Returns when the next one is due. */
int64_t		peers_urge(struct peers *ps, int64_t now);

/* All peers go, and their commands end. */
void		peers_leave_all(struct peers *ps);

/* --- room for them (peers_room.c) ---------------------------------------- */

/* The peer with that address at that socket, or NULL. */
struct association	*peers_find(struct peers *ps,
			    const struct addr *remote, size_t socket);

/* A new peer, the sender of d, which is put into the table.  Where that is
 * full, the longest silent one goes. */
struct association	*peers_insert(struct peers *ps, const struct dgram *d,
			    size_t socket);

/* The peer a has spoken, or was spoken to. */
void		peers_touch(struct peers *ps, struct association *a);

/* The longest silent peer, but for `but', makes room.  False: there is none. */
bool		peers_make_room(struct peers *ps,
		    const struct association *but);

/* Silent peers go.  Returns when the next one is due; as clock_now(). */
int64_t		peers_expire(struct peers *ps);

/* --- commands (peers_command.c) ------------------------------------------ */

/* Give the peer a its command.  False: it was not served, and is no more. */
bool		peers_begin_command(struct peers *ps, struct association *a);

/* --- the target (peers_target.c) ----------------------------------------- */

/* Connect a to the addresses that were found of the target. */
enum result	peers_dial(struct peers *ps, struct association *a,
		    struct error *err);

/* Send what came from the peer while there was no socket, or was refused.
 * False: nothing more can be sent now, errno says why. */
bool		peers_send_kept(struct peers *ps, struct association *a);

/* Send a datagram that came from the peer; also to a command. */
void		peers_to_target(struct peers *ps, struct association *a,
		    const struct dgram_piece *piece);

/* The target failed with errnum, when something was sent or received.  True:
 * there is another address, to which what was refused has gone. */
bool		peers_target_failed(struct peers *ps, struct association *a,
		    int errnum);

/* The target answers. */
void		peers_target_answers(struct peers *ps, struct association *a);

/* --- the target's name (peers_lookup.c) ---------------------------------- */

/* Before the first peer; peers_free_target() releases what it takes. */
void		peers_init_target(struct peers *ps);

/* Give the peer a a socket to the target, or look the target's name up first.
 * False: it was not served, and is no more. */
bool		peers_begin_target(struct peers *ps, struct association *a);

/* The look-up has come to something. */
void		peers_found(struct peers *ps);

/* When the look-up is to be given up, as clock_now(); and that it is time. */
int64_t		peers_look_until(const struct peers *ps);
void		peers_look_late(struct peers *ps);

void		peers_free_target(struct peers *ps);

#endif
