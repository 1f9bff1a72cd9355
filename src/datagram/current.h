/* SPDX-License-Identifier: ISC */
/* The peer that spoke last, where all of them share one local end. */
#ifndef DATAGRAM_CURRENT_H
#define DATAGRAM_CURRENT_H

#include <stdbool.h>

#include "net/access.h"
#include "net/addr.h"

/* The current peer; zeroed: there is none yet. */
struct current {
	bool			 known;		/* there is one */
	struct addr		 remote;
	struct addr		 local;		/* where it sent to; len 0:
						 * unknown */
	struct access_pass	 pass;
};

enum sender {
	SENDER_DENIED,		/* it may not come */
	SENDER_OTHER,		/* there is one, and no other wanted */
	SENDER_SAME,
	SENDER_NEW,		/* it is the current one from now on */
};

/*
 * Who sent a datagram from `remote' to `local'.  `access' may be NULL, then
 * everybody may come.  `many': there may be another one than before.
 */
enum sender	current_admit(struct current *c, struct access *access,
		    const struct addr *remote, const struct addr *local,
		    bool many);

#endif
