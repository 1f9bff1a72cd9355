/* SPDX-License-Identifier: ISC */
/* What demux.c is made of, for it and the files demux_*.c alone. */
#ifndef DATAGRAM_DEMUX_STATE_H
#define DATAGRAM_DEMUX_STATE_H

#include <pthread.h>

#include "datagram/receive.h"
#include "datagram/table.h"
#include "io/refusal.h"
#include "net/access.h"
#include "net/connection.h"
#include "net/listen.h"
#include "session/run.h"
#include "wire/dtls.h"

/* Clients that nobody has accepted yet; more have to greet again. */
#define BACKLOG_MOST	64

/* One client, while its session lasts. */
struct demux_session {
	struct peer	 peer;		/* first: see datagram/table.h */
	int		 fd;		/* our end */
	uint64_t	 serial;	/* from 1 up, for cookies */
	unsigned char	 random[DTLS_RANDOM_SIZE];	/* of its greeting */
	bool		 refused;	/* nobody is there any more */
	struct suspicion suspicion;	/* ... or so somebody says */
	struct sent	 sent;
};

/* One that has not been accepted yet. */
struct demux_pending {
	struct connection	 c;
	const struct demux_session *session;	/* NULL: it has the socket */
	int64_t			 since;
};

struct demux {
	const struct run	*run;
	const struct options	*o;
	struct access		*access;
	struct listener		*l;
	struct receiver		 net;	/* from the listener's sockets */
	struct receiver		 local;	/* from the sessions */
	size_t			 segment;	/* see dgram_send() */
	int			 epoll_fd;
	int			 wake_fd;
	pthread_t		 thread;
	uint64_t		 serial;	/* of the newest session */
	int			 refusal_turns;	/* till those who are refused
						 * are dropped; 0: nobody is */
	int64_t			 room_at;	/* not earlier is more made */
	struct peer_table	 table;
	pthread_mutex_t		 lock;
	/* under the lock */
	int			 backlog_fd;	/* counts it; the clients
						 * listener's */
	bool			 closed;	/* nobody else is let in */
	bool			 stopping;
	size_t			 backlog_count, backlog_most;
	struct demux_pending	 backlog[BACKLOG_MOST];
};

/* --- clients to be accepted (demux_backlog.c) ---------------------------- */

enum admission {
	ADMIT_ONE,		/* there is room for one more */
	ADMIT_LATER,		/* not now */
	ADMIT_NOBODY,		/* no more at all */
};

enum admission	demux_admission(struct demux *d);

/* How many clients may wait to be accepted, so that descriptors remain for
 * those who are served. */
size_t		demux_backlog_limit(void);

/* Let the client of c wait to be accepted; c is taken over, and closed if
 * nobody is let in any more.  `session' is that of c, or NULL. */
void		demux_backlog_add(struct demux *d, struct connection *c,
		    const struct demux_session *session);

/* The session ends before it was accepted, if that is so. */
void		demux_backlog_drop(struct demux *d,
		    const struct demux_session *session);

bool		demux_backlog_has(struct demux *d,
		    const struct demux_session *session);

/* How long the first client has waited to be accepted, ns; -1: nobody does. */
int64_t		demux_backlog_waits(struct demux *d, int64_t now);

/* The functions of a source of net/listen.h, whose context is the demux. */
bool		demux_backlog_accept(void *context, struct connection *c);
void		demux_backlog_close(void *context);

/* --- sessions (demux_session.c) ------------------------------------------ */

struct demux_session	*demux_find(struct demux *d,
			    const struct addr *remote, size_t socket);

/* What is said of a client, whose datagram came to socket i, to who accepts
 * it. */
struct connection	demux_connection(const struct demux *d, size_t i,
			    const struct dgram *dgram);

/* One client more, whose first datagram this is. */
void		demux_add(struct demux *d, size_t i, const struct dgram *dgram,
		    const unsigned char *random);

/* Forget the session s, which reads the end if it has not gone; and all those
 * that were refused. */
void		demux_drop(struct demux *d, struct demux_session *s);
void		demux_drop_refused(struct demux *d);

/* Datagrams for one session, in a row. */
struct burst {
	int			 fd;	/* our end */
	size_t			 count;
	struct dgram_piece	 piece[DGRAM_BATCH];
};

/* Hand them over; what the session does not take is lost. */
void		demux_deliver(struct burst *burst);

/* Send datagrams to the network. */
void		demux_send(struct demux *d, int fd,
		    const struct dgram_piece *piece, size_t count,
		    const struct addr *to, const struct addr *from);

enum moved { MOVED_NOTHING, MOVED_SOME, MOVED_ALL };

/* Send what the session has to say; MOVED_ALL: it has gone. */
enum moved	demux_from_session(struct demux *d, struct demux_session *s);

/* Whether who is silent makes room for those who wait. */
bool		demux_makes_room(const struct demux *d);
void		demux_make_room(struct demux *d);

/* --- from the network (demux_receive.c) ---------------------------------- */

/* What has come to socket i: datagrams, and refusals. */
void		demux_from_net(struct demux *d, size_t i);
void		demux_take_refusals(struct demux *d, size_t i);

#endif
