/* SPDX-License-Identifier: ISC */
/* What handshakes are made of, for handshakes.c, which counts them and has the
 * clock, and handshakes_client.c, which takes their steps. */
#ifndef RUN_HANDSHAKES_STATE_H
#define RUN_HANDSHAKES_STATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "run/handshakes.h"

enum handshake_state {
	HANDSHAKE_BEGUN,
	HANDSHAKE_GREETING,	/* its greeting is not there */
	HANDSHAKE_UNDER_WAY,
	HANDSHAKE_PARTING,	/* refused: until it has read why */
};

enum fate {
	FATE_NONE,
	FATE_TIME,
	FATE_OTHERS,		/* there are too many */
	FATE_STOP,
};

struct client {
	TAILQ_ENTRY(client)	 link;
	enum handshake_state	 state;
	struct session		 session;
	size_t			 low_water;	/* bytes waited for */
	struct error		*err;		/* owned; why it failed */
	/* under the lock */
	int			 fd;		/* to shut it down */
	int64_t			 begun;
	int64_t			 until;
	bool			 greeted;
	bool			 writes;	/* it waits for that alone */
	enum fate		 fate;
};

struct handshakes {
	const struct run		*run;
	size_t				 most;
	bool				 datagrams;
	struct workers			*workers;
	const struct handshakes_ops	*ops;
	void				*context;
	int				 timer_fd;
	pthread_mutex_t			 lock;
	/* under the lock */
	TAILQ_HEAD(, client)		 clients;	/* oldest first */
	size_t				 count;		/* without a fate */
	int64_t				 tick_at;
	bool				 wanted;	/* room is */
	bool				 stopping;
};

/* Have a tick at that time.  With the lock held. */
void		handshakes_tick_at(struct handshakes *h, int64_t at);

/* c is one of them; another one may have to make room for it. */
void		handshakes_add(struct handshakes *h, struct client *c);

/* Nobody else knows c any more.  Its fate. */
enum fate	handshakes_remove(struct handshakes *h, struct client *c);

/* c is about to wait for these events: whoever sets its fate has to wake it. */
void		handshakes_wait(struct handshakes *h, struct client *c,
		    short events);

/* The fate of c, which is one of them, by now. */
enum fate	handshakes_fate(struct handshakes *h, const struct client *c);

#endif
