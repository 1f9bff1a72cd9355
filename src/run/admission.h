/* SPDX-License-Identifier: ISC */
/*
 * The rules of the accept loop: who may come in, and when it is enough.  Plain
 * numbers; no threads, no descriptors, no clock: the caller locks, and says
 * what time it is.
 */
#ifndef RUN_ADMISSION_H
#define RUN_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admission {
	/* what the caller sets */
	size_t	 most;		/* served at a time */
	int64_t	 max_accepts;	/* 0: no limit */
	int64_t	 accept_timeout;	/* ns; CLOCK_NEVER */
	bool	 handshakes;	/* clients take a place once theirs is done */
	bool	 one_at_a_time;	/* the wait for one begins when another has
				 * gone, however that went */
	/* what it may read */
	size_t	 clients;	/* all that there are, those who are about to
				 * be accepted, too */
	size_t	 served;	/* with handshakes: who has a place */
	int64_t	 accepted;	/* in all */
	/* private */
	int64_t	 expected;	/* about to be accepted, or let in */
	int64_t	 waiting_since;	/* for the next one */
	bool	 shut;		/* somebody was not let in for want of room */
	bool	 exhausted;	/* descriptors or memory: a pause */
	bool	 closing;
};

/* Begin, at the time `now' (clock_now(), as below), before the first client. */
void	admission_begin(struct admission *a, int64_t now);

/*
 * Reserve room for one more, before it is accepted, that nobody comes in
 * between.  False: there is none, and admission_left() will say when there is.
 */
bool	admission_reserve(struct admission *a);

/* The client that room was reserved for has come.  Whether the next one may.
 * It counts as soon as it is known that it is let in. */
bool	admission_came(struct admission *a, int64_t now);
void	admission_count(struct admission *a);

/* A client has gone; not `served': it has never counted, and does not.  Whether
 * somebody may come who could not before. */
bool	admission_left(struct admission *a, bool served, int64_t now);

/* Take a place for a client whose handshake is done.  False: there is none, it
 * has to wait.  admission_give() gives the place back, if nobody waits for
 * it. */
bool	admission_take(struct admission *a);
void	admission_give(struct admission *a);

/* accept(2) had no descriptors or memory: nobody comes.  After a pause of the
 * caller's, admission_try_again() says whether somebody may. */
void	admission_exhaust(struct admission *a);
bool	admission_try_again(struct admission *a);

/* Nobody comes any more. */
void	admission_close(struct admission *a);

/* Whether as many have come as shall. */
bool	admission_enough(const struct admission *a);

/* How many have come and count, and have not gone. */
size_t	admission_inside(const struct admission *a);

/* Whether somebody is served. */
bool	admission_serves(const struct admission *a);

/* When the wait for the next one is over; CLOCK_NEVER while nobody is waited
 * for. */
int64_t	admission_give_up_at(const struct admission *a);

#endif
