/* SPDX-License-Identifier: ISC */
/* What broker.c is made of, for it and broker_input.c alone. */
#ifndef SERVE_BROKER_STATE_H
#define SERVE_BROKER_STATE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"
#include "io/stream.h"
#include "options/options.h"
#include "serve/hub.h"
#include "serve/sender.h"

struct broker {
	const struct options	*o;
	struct hub		*hub;
	struct stream		*local;		/* standard input and output */
	struct sender		 s;		/* ... as one that sends */
	bool			 takes_part;	/* a person, in a chat */
	bool			 prints;	/* ... who hears the others */
	bool			 blocked;	/* standard output takes no
						 * more */
	bool			 closes;	/* the hub, when the input has
						 * ended */
	bool			 reads;		/* there is a thread */
	int			 stop_fd;	/* readable: it is over; or
						 * -1 */
	struct error		 err;		/* why, if it is a failure */
	pthread_t		 thread;
};

/*
 * Read standard input in a thread, for all who are there; where somebody takes
 * part, print what they say, and end it all when that one leaves.  False: it is
 * not read.
 */
bool	broker_start_input(struct broker *b);

/* Close what broker_start_input() has opened, after its thread has ended. */
void	broker_end_input(struct broker *b);

#endif
