/* SPDX-License-Identifier: ISC */
/*
 * What is known of a connection, or a peer of datagrams, when it has ended.
 * Each way fills what it knows; who reports only reads, which is -v for now.
 * It is made for that moment: what it points to stays the caller's.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"

struct facts;

/* What the kernel has measured, tcp(7); "known" is false of other sockets. */
struct record_tcp {
	bool		 known;
	uint32_t	 rtt;		/* microseconds */
	uint32_t	 retransmits;	/* segments */
	uint32_t	 window;	/* that of congestion, segments */
	uint32_t	 segment;	/* the largest one sent, bytes */
};

struct record {
	const struct addr *local;	/* NULL: not known */
	const struct addr *remote;	/* NULL: nobody came */
	const struct addr *announced_by; /* who has told both in a header of
					 * the PROXY protocol; NULL: they are
					 * those of the connection */
	const char	*name;		/* that was dialled; or NULL */
	int64_t		 begun, ended;	/* base/clock; 0: not known */
	bool		 counted;	/* how much went each way: */
	uint64_t	 sent;		/* bytes */
	uint64_t	 received;
	size_t		 in_doubt;	/* of those sent: they may not have
					 * arrived */
	bool		 peer_ended;	/* has said all that it had */
	bool		 local_ended;	/* so has the local end */
	struct record_tcp tcp;
	const struct facts *facts;	/* of its layers; NULL: nobody has
					 * asked */
	const char	*how;		/* it ended, in words; NULL: "done", or
					 * the text of the error, which counts
					 * the bytes itself */
	const struct error *error;	/* why it failed, whose fault that was,
					 * and the status of a command; NULL, or
					 * RESULT_OK in it: it did not */
};

/* Ask the kernel about the socket fd. */
void		record_measure(struct record *r, int fd);

/* "PEER: how, sent N bytes, received N bytes".  Returns buf. */
#define RECORD_TEXT_MAX	(ADDR_TEXT_MAX + ERROR_TEXT_MAX + 128)
char		*record_format(const struct record *r,
		    char buf[RECORD_TEXT_MAX]);

/* What was measured, with -vv. */
void		record_say_tcp(const struct record *r);

/* That it was closed, and what record_format() says, with -v: once for each
 * connection that stood. */
void		record_say(const struct record *r);

/* The same of one that failed: *err becomes its error, with the peer's address
 * in front.  Returns the result. */
enum result	record_fail(const struct record *r, struct error *err);

#endif
