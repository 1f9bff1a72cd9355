/* SPDX-License-Identifier: ISC */
/* Where a proxy is to connect to: a name that it looks up, or an address. */
#ifndef SESSION_PROXY_PLACE_H
#define SESSION_PROXY_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"
#include "session/run.h"

struct proxy_place {
	const char	*host;		/* as the user said it */
	uint16_t	 port;
	struct addr	 address;	/* what is told instead; len 0: the
					 * name */
	char		 text[ADDR_TEXT_MAX];	/* host and address, for
						 * messages */
};

/* The addresses of a name that we looked up.  Zeroed: it was not. */
struct proxy_places {
	struct addr_list	list;
	size_t			next;	/* the one that is told */
};

/*
 * Find what is told of p->host: an address is one; a name is looked up here if
 * it has to be (`local'), once, and that one of *several is taken which is
 * next.  `ipv4': the protocol has nothing else.  RESULT_USAGE: what it is can't
 * be told; or as resolve().
 */
enum result	proxy_place_find(const struct run *r, bool ipv4, bool local,
		    struct proxy_places *several, struct proxy_place *p,
		    struct error *err);

/* That one was refused.  Whether there is another one. */
bool		proxy_places_next(struct proxy_places *several);

void		proxy_places_free(struct proxy_places *several);

#endif
