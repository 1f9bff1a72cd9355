/* SPDX-License-Identifier: ISC */
/* Names to addresses, by getaddrinfo(3). */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"

struct resolve_query {
	const char	*host;		/* NULL: the wildcard addresses */
	uint16_t	 port;		/* put into every address */
	int		 family;	/* AF_UNSPEC, AF_INET, AF_INET6 */
	bool		 numeric;	/* no DNS */
	bool		 impatient;	/* a signal to leave ends it even while
					 * it is held, see signals_manage() */
};

/*
 * (An IPv6 address may have an interface behind it: fe80::1%eth0.  Where that
 * has no meaning it is RESULT_NAME.)
 *
 * Append the addresses of the query to *list (zeroed at first), each once, in
 * the order of RFC 6724.  A name is looked up in a thread of its own, so that
 * the wait can end at `deadline` (RESULT_TIMEOUT) or with a signal
 * (RESULT_SIGNAL); a look-up that is given up is left to end by itself.
 * Other failures: RESULT_NAME, RESULT_LOCAL.
 */
enum result	resolve(const struct resolve_query *query, int64_t deadline,
		    struct addr_list *list, struct error *err);

/*
 * The same for who can't wait: the descriptor of what resolve_begin() gives is
 * readable when resolve_end() has something to say, which releases it.  That
 * may be called earlier, to give up, with a list of NULL.  A host that is an
 * address has to be looked at with resolve() before.  NULL: RESULT_LOCAL.
 */
struct lookup;

struct lookup	*resolve_begin(const struct resolve_query *query,
		    struct error *err);
int		resolve_fd(const struct lookup *l);
enum result	resolve_end(struct lookup *l, struct addr_list *list,
		    struct error *err);

/* Put the families in turns, the first one's first (RFC 8305, section 4). */
void		resolve_interleave(struct addr_list *list);

/* A port_lookup (wire/ports.h) by getservbyname(3); arg: "tcp" or "udp". */
bool		resolve_service(const char *name, uint16_t *port, void *arg);

#endif
