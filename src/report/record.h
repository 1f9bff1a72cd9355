/* SPDX-License-Identifier: ISC */
/*
 * What is known of a connection, or a peer of datagrams, when it has ended, or
 * did not come about.  Each way fills what it knows; who reports only reads: -v
 * and --report.  It is made for that moment: what it points to stays the
 * caller's, but for what record_release() releases.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "net/addr.h"
#include "net/connection.h"
#include "report/record_tcp.h"

struct record;

/* Who wants every record. */
struct record_sink {
	void	(*write)(struct record_sink *sink, const struct record *r);
};

enum record_kind {
	RECORD_CONNECTION,
	RECORD_PORT,			/* of a scan */
};

/* Who has ended first, and how, where no failure says it. */
enum record_first {
	RECORD_NOBODY,
	RECORD_PEER,
	RECORD_LOCAL,			/* our end, or that of our input */
	RECORD_INPUT,			/* ours, of datagrams: nobody is told */
	RECORD_COMMAND,			/* one that had the socket itself */
};

/* When it came how far, base/clock; 0: it did not, or nobody knows. */
struct record_times {
	struct connection_times	 dial;
	int64_t			 proxied;	/* a way through all proxies */
	int64_t			 secured;	/* the handshake of TLS is
						 * done */
	int64_t			 first_sent;	/* byte */
	int64_t			 first_received;
};

/* The other connection, of a client that is connected to a target; owned. */
struct record_target {
	struct addr	 local, remote;
	char		*name;			/* or NULL */
	uint16_t	 port;
	const char	*transport;
	struct record_times times;
	struct facts	 facts;
	struct record_tcp tcp;
};

/* Of datagrams. */
struct record_datagrams {
	bool		 known;
	uint64_t	 sent, received;
	uint64_t	 lost;			/* as record_drops() */
	size_t		 largest_sent, largest_received;	/* bytes */
};

struct record {
	struct record_sink *sink;	/* NULL: nobody wants it */
	enum record_kind kind;
	uint64_t	 number;	/* from 1; 0: it has none */
	bool		 listener;	/* we are */
	const char	*transport;	/* "tcp" ...; NULL: not known */
	const struct addr *local;	/* NULL: not known */
	const struct addr *remote;	/* NULL: nobody came */
	const struct addr *announced_by; /* who has told both in a header of
					 * the PROXY protocol; NULL: they are
					 * those of the connection */
	const char	*name;		/* that was dialled; or NULL */
	uint16_t	 port;		/* ... 0: none */
	const char	*state;		/* RECORD_PORT: what it is */
	int64_t		 begun, ended;	/* base/clock; 0: not known */
	struct record_times times;
	bool		 counted;	/* how much went each way: */
	uint64_t	 sent;		/* bytes */
	uint64_t	 received;
	size_t		 in_doubt;	/* of those sent: they may not have
					 * arrived */
	struct record_datagrams datagrams;
	bool		 peer_ended;	/* has said all that it had */
	bool		 local_ended;	/* so has the local end */
	enum record_first first;
	bool		 target_failed;	/* the error is of the connection to the
					 * target, which may not stand */
	bool		 layered;	/* its end is said by a layer */
	struct record_tcp tcp;
	const struct facts *facts;	/* of its layers; NULL: nobody has
					 * asked */
	struct facts	 own_facts;	/* owned */
	struct record_target *target;	/* owned; or NULL */
	const char	*how;		/* it ended, in words; NULL: "done", or
					 * the text of the error, which counts
					 * the bytes itself, but for that of
					 * RESULT_SIGNAL and RESULT_PIPE */
	const struct error *error;	/* why it failed, whose fault that was,
					 * and the status of a command; NULL, or
					 * RESULT_OK in it: it did not */
};

/* What its layers have said; NULL: nobody has asked. */
const struct facts	*record_facts(const struct record *r);

/* What is owned. */
void		record_release(struct record *r);
void		record_target_free(struct record_target *t);

/* What is spoken on the socket fd: "tcp", "udp", "sctp", "mptcp", "vsock",
 * "unix", "unix-dgram", "unix-seqpacket"; NULL: not known. */
const char	*record_transport(int fd);

/* Ask the kernel about the socket fd. */
void		record_measure(struct record *r, int fd);

/*
 * How many datagrams for the socket fd had no room in its queue, or were
 * damaged; what UDP_GRO has put together was one.  SO_RXQ_OVFL (socket(7))
 * tells the same counter of the socket, but in a control message of each
 * datagram that is received: at a cost for all of them, and without what was
 * lost after the last one.  SO_MEMINFO is asked once, at the end.
 */
uint64_t	record_drops(int fd);

/* "PEER: how, sent N bytes, received N bytes".  Returns buf. */
#define RECORD_TEXT_MAX	(ADDR_TEXT_MAX + ERROR_TEXT_MAX + 128)
char		*record_format(const struct record *r,
		    char buf[RECORD_TEXT_MAX]);

/* What was measured, with -vv. */
void		record_say_tcp(const struct record *r);

/* To the sink alone, if there is one: of what never stood. */
void		record_report(const struct record *r);

/* That it was closed, and what record_format() says, with -v, and to the sink:
 * once for each connection that stood. */
void		record_say(const struct record *r);

/* The same of one that failed: *err becomes its error, with the peer's address
 * in front.  Returns the result. */
enum result	record_fail(const struct record *r, struct error *err);

/*
 * Who ended it: "peer", "target", "local", "network" between them, NULL: nobody
 * can tell; and how: "fin", "close_notify", "reset", "refused", "unreachable",
 * "lost", "name", "denied", "time_limit", "signal", "pipe", "command", "input",
 * "quit", "error".
 */
const char	*record_ended_by(const struct record *r);
const char	*record_ended_how(const struct record *r);

/* The exit status that it would be, alone; of a signal, that of a broken pipe
 * too, 128 and its number. */
int		record_status(const struct error *err);

#endif
