/* SPDX-License-Identifier: ISC */
/*
 * How other programs write a place: a URL, socat's TCP:host:port, ssh's
 * port:host:port, bash's /dev/tcp/host/port, a path.  For messages only: what
 * is recognized here is told how it is written for sockcat, and never connected
 * to.
 */
#ifndef WIRE_HABIT_H
#define WIRE_HABIT_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/endpoint.h"

enum habit_kind {
	HABIT_NONE,		/* nothing that is known here */
	HABIT_URL,		/* scheme://[user@]host[:port][/...] */
	HABIT_SOCAT,		/* TCP-LISTEN:port,fork; in any case */
	HABIT_OURS,		/* tls:host:port, unix:path: of --forward */
	HABIT_SSH,		/* [bind:]port:host:port, port:/path */
	HABIT_BASH,		/* /dev/tcp/host/port */
	HABIT_SLASH,		/* host/port */
	HABIT_PATH,		/* has a '/' in it, or ends as sockets do */
};

struct habit {
	enum habit_kind	 kind;
	bool		 listen;	/* ...-LISTEN, or ssh's first port */
	bool		 tls, udp, exec;
	bool		 http;		/* a URL of that protocol */
	char		 path[ENDPOINT_HOST_MAX];	/* ""; or a command */
	char		 host[ENDPOINT_HOST_MAX];	/* "": none */
	char		 port[ENDPOINT_PORT_MAX];	/* "": none */
	char		 local[ENDPOINT_PORT_MAX];	/* ssh's first port */
};

/* What text is.  *h is written in any case; parts that are too long for it are
 * empty. */
enum habit_kind	habit_recognize(const char *text, struct habit *h);

/* Where the text stands. */
enum habit_use {
	HABIT_DIAL,		/* operands of an initiator */
	HABIT_LISTEN,		/* ... of a listener */
	HABIT_TARGET,		/* --forward */
};

/*
 * "this is a URL: write -c localhost 443", cut at size, into buf, which is
 * returned.  Where the text has no host or port, `host' or `port' stands there.
 * Not for HABIT_NONE.
 */
char		*habit_advice(const struct habit *h, enum habit_use use,
		    char *buf, size_t size);

/* What socat's two addresses are: "-lk --forward localhost:80 8080"; the same
 * for one that listens and one that does not. */
char		*habit_relay(const struct habit *listens,
		    const struct habit *target, char *buf, size_t size);

#endif
