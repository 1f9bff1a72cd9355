/* SPDX-License-Identifier: ISC */
/*
 * How far the connections of a run are, while they are served: a meter on the
 * terminal of standard error, lines for logs, and what SIGUSR1 asks for.  It
 * reads counters that the pumps leave behind, and touches no byte.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "io/pump.h"
#include "net/addr.h"

/* Neither a meter nor lines. */
#define PROGRESS_OFF	(-1)

struct progress_options {
	int64_t	 every;		/* ns between lines where standard error is no
				 * terminal; 0: none; or PROGRESS_OFF */
	int64_t	 size;		/* bytes; 0: not given */
};

/* One connection, from its beginning to its end. */
struct progress_entry {
	struct progress_entry	*next, *before;
	struct addr		 remote;
	bool			 all;		/* all clients, not one */
	int			 fd;		/* of a socket that somebody
						 * else moves the bytes of; -1:
						 * that is us */
	int64_t			 since;		/* base/clock */
	struct pump_traffic	 traffic;
};

/*
 * From now on SIGUSR1 is answered: with a line about each who is served, or if
 * nobody is, about what is done instead.  o has to last.  `input': standard
 * input is
 * what is sent, so that its size, if it is a file, is known; `many': there may
 * be many connections at a time.
 */
struct progress	*progress_open(const struct progress_options *o, bool input,
		    bool many);

/* The last line of the meter, which stays; nobody is entered any more.  Nothing
 * for NULL. */
void		 progress_close(struct progress *p);

/* What is done while nobody is served, as in "waiting for a client"; "": there
 * is nothing to say of it.  With one connection alone, that it is served is the
 * end of it.  From any thread; nothing for NULL. */
void		 progress_phase(struct progress *p, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* A client has come, and gone, whether it is served or not.  From any thread;
 * nothing for NULL. */
void		 progress_came(struct progress *p);
void		 progress_went(struct progress *p);

/* e, which stays the caller's, is one that is served now, until it leaves; its
 * traffic is 0.  Without `remote', all clients are one.  From any thread;
 * nothing for NULL. */
void		 progress_enter(struct progress *p, struct progress_entry *e,
		    const struct addr *remote);

/* Somebody else has the socket fd, and moves the bytes: what the kernel counts
 * is what there is to say, when it is asked for.  It stays open until e
 * leaves. */
void		 progress_ask_kernel(struct progress *p,
		    struct progress_entry *e, int fd);
void		 progress_leave(struct progress *p, struct progress_entry *e);

#endif
