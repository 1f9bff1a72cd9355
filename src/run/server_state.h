/* SPDX-License-Identifier: ISC */
/* What the server is made of, for server.c, which is the main thread, and
 * server_clients.c, which are the others. */
#ifndef RUN_SERVER_STATE_H
#define RUN_SERVER_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/repeats.h"
#include "run/admission.h"
#include "run/handshakes.h"
#include "run/server.h"
#include "run/workers.h"

/* A client whose handshake is done, and for which there is no place yet. */
struct guest {
	STAILQ_ENTRY(guest)	 link;
	struct session		 session;
};

struct server {
	const struct run		*run;
	const struct way		*way;
	void				*context;	/* the way's */
	struct listener			*l;
	size_t				 most_handshakes;
	struct workers			*workers;
	struct handshakes		*handshakes;	/* or NULL */
	bool				 in_turns;	/* ... its connect */
	int				 wake_fd;	/* the main thread's */
	bool				 stopped;	/* ... for that alone */
	int				 guest_fd;	/* counts the guests; of
							 * one after another */
	int				 next_fd[LISTEN_MAX + 2];
	atomic_bool			 reloading;	/* somebody does */
	pthread_mutex_t			 reload_lock;	/* while files are read
							 * again */
	pthread_mutex_t			 lock;
	/* under the lock */
	struct admission		 admission;
	STAILQ_HEAD(, guest)		 guests;	/* in order */
	bool				 untrimmed;	/* there were many */
	struct repeats			*faults;	/* of our own */
	struct error			 fault;		/* it can't go on */
	struct error			 first;		/* client that failed,
							 * one after another */
};

/* Accept again, where somebody was not let in. */
void	server_rearm(struct server *s);

/* If HUP has come, read what is to be read again: whoever comes after it is
 * judged by that. */
void	server_reload(struct server *s);

/* What the threads do. */
extern const struct workers_ops		server_workers_ops;
extern const struct handshakes_ops	server_handshakes_ops;

#endif
