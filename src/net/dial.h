/* SPDX-License-Identifier: ISC */
/* The initiator's half of making connections. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/connection.h"
#include "net/sockopt.h"

/* What the user says of it; facts of the moment are arguments, as `deadline',
 * that of the whole run (base/clock). */
struct dial_options {
	const struct socket_options *socket;
	const char	*source;	/* local address or path, or NULL */
	uint16_t	 source_port;	/* 0: any */
	int64_t		 timeout;	/* for one try, all addresses and the
					 * look-up, ns; CLOCK_NEVER: none */
	int64_t		 retry;		/* go on trying for this long, ns; 0:
					 * no */
};

/*
 * Connect to host and port as RFC 8305 (Happy Eyeballs 2) says: families
 * interleaved, a new attempt each 250 ms or when one fails, the first to
 * connect wins and the others are closed.  *c is the caller's, who releases it
 * with connection_close().  RESULT_REFUSED, RESULT_UNREACHABLE, RESULT_BROKEN,
 * RESULT_TIMEOUT, RESULT_NAME, RESULT_LOCAL, RESULT_SIGNAL.
 */
enum result	dial(const struct dial_options *o, const char *host,
		    uint16_t port, int64_t deadline, struct connection *c,
		    struct error *err);

/* The same for addresses that the name is known to have, in that order, and
 * without another try (o->retry). */
enum result	dial_addresses(const struct dial_options *o, const char *host,
		    uint16_t port, const struct addr_list *target,
		    int64_t deadline, struct connection *c, struct error *err);

/* What a name means, for -v. */
void		dial_log_resolved(const char *host,
		    const struct addr_list *target);

/*
 * Connect to a UNIX-domain socket; type SOCK_DGRAM binds o->source, or a name
 * of the kernel's choice in the abstract namespace, so that answers find us.
 */
enum result	dial_unix(const struct dial_options *o, const char *path,
		    int64_t deadline, struct connection *c,
		    struct error *err);

#endif
