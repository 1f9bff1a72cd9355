/* SPDX-License-Identifier: ISC */
/*
 * What becomes of connections, told as it happens, to one who wants to say it
 * in other words than those of -v.  Who tells does not know whether anybody
 * hears, or what is made of it.
 */
#ifndef NET_LIFE_H
#define NET_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

enum life_kind {
	LIFE_BOUND,		/* local; for datagrams there is no more */
	LIFE_LISTENING,		/* local */
	LIFE_ACCEPTED,		/* local, remote; a peer of datagrams, too */
	LIFE_REFUSED,		/* remote: was accepted, and is one too many */
	LIFE_CONNECTED,		/* local, remote; in a scan, an open port.
				 * errnum is not 0: nobody has answered, but
				 * with datagrams that may be an open one */
	LIFE_THROUGH,		/* nothing: the last proxy on the way has
				 * connected us to what was asked for */
	LIFE_NOT_CONNECTED,	/* remote: this one address of several, why;
				 * errnum is 0: our own time is over */
	LIFE_NEXT,		/* ... and another one is tried */
	LIFE_DENIED,		/* remote: was accepted, and is not let in */
	LIFE_ENDED,		/* local, remote, begun, sent, received */
};

struct life_event {
	enum life_kind	 kind;
	int		 type;		/* SOCK_STREAM ... */
	const struct addr *local;	/* or NULL */
	const struct addr *remote;
	int		 errnum;	/* 0: none */
	int64_t		 begun;		/* base/clock */
	uint64_t	 sent, received;	/* bytes */
	bool		 failed;
};

typedef void life_hearer(const void *context, const struct life_event *e);

/* From now on `hear' is called by each thread that tells; before there are any.
 * context is lent. */
void	life_hear(life_hearer *hear, const void *context);

void	life_tell(const struct life_event *e);

#endif
