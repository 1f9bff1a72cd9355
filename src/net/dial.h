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

/* What a name means, for -v. */
void		dial_log_resolved(const char *host,
		    const struct addr_list *target);

/*
 * Of datagrams, connect(2) does not tell whether anybody is there: a refusal
 * may come later.  Connect c to the next of its targets that can be connected
 * to.  c->fd keeps its number if it has one, and what it was is closed; with -1
 * c is a new one, whose targets and next_target the caller has set.
 * RESULT_REFUSED: none is left; or why none of them can be; c is as it was.
 */
enum result	dial_next(const struct dial_options *o, int64_t deadline,
		    struct connection *c, struct error *err);

/*
 * Connect to a UNIX-domain socket; type SOCK_DGRAM binds o->source, or a name
 * of the kernel's choice in the abstract namespace, so that answers find us.
 */
enum result	dial_unix(const struct dial_options *o, const char *path,
		    int64_t deadline, struct connection *c,
		    struct error *err);

/*
 * A socket that is connecting to *to, options set and source bound.  Returns
 * RESULT_OK with *fd and *pending (whether it still has to be waited for).
 */
enum result	dial_start(const struct dial_options *o,
		    const struct addr_list *source, const struct addr *to,
		    int *fd, bool *pending, struct error *err);

/*
 * What became of a connection to `to' that was pending: 0, or the errno value
 * of its failure.  One that found itself (a port of our own range that nobody
 * listened on connects to itself now and then) is ECONNREFUSED.
 */
int		dial_outcome(int fd, const struct addr *to);

/* The addresses of o->source, nothing if there is none; see resolve(). */
enum result	dial_source(const struct dial_options *o, int64_t deadline,
		    struct addr_list *source, struct error *err);

/*
 * Trade the connected datagram socket of c for one with the same port that
 * hears everybody, as needed where a question to many is answered by each.
 * (Undoing connect(2) is no way: Linux forgets the interface, and for IPv6 does
 * not forget the peer.)  `keep_address`: the local address was asked for.
 * RESULT_LOCAL.
 */
enum result	dial_open(struct connection *c, bool keep_address,
		    const struct socket_options *o, struct error *err);

/* --retry: how long to wait before the next try, from 20 ms to 1 s, more and
 * more, at random.  *last is private, and 0 at first. */
int64_t		dial_retry_pause(int64_t *last);

/* Add to the message of the last try that there were others: " (tried again for
 * 10.0 s)". */
void		dial_retry_over(const struct dial_options *o,
		    struct error *err);

/* Wait for `span', or a signal: RESULT_SIGNAL. */
enum result	dial_pause(int64_t span, struct error *err);

#endif
