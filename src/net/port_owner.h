/* SPDX-License-Identifier: ISC */
/* Who has a local address already, as far as /proc tells: proc(5). */
#ifndef NET_PORT_OWNER_H
#define NET_PORT_OWNER_H

#include <stdbool.h>

#include "net/addr.h"

#define PORT_OWNER_MAX	96

/*
 * Who keeps a socket of that type (SOCK_STREAM, SOCK_DGRAM) from being bound to
 * *a, to be read in front of "has it": "nginx, process 4711,", or "a process of
 * user 33" where that is all that we are allowed to know.  *listens is whether
 * the socket does: it may be a connected one.  It takes a while, a bounded one.
 * False: nobody knows, as of paths.  What a process calls itself is not
 * escaped.
 */
bool	port_owner_find(const struct addr *a, int type, bool *listens,
	    char text[PORT_OWNER_MAX]);

/* Who listens at the port of *a, of TCP, on this host, but not there: *found is
 * where, and the text as above, or "a process". */
bool	port_owner_elsewhere(const struct addr *a, struct addr *found,
	    char text[PORT_OWNER_MAX]);

/* The same text of a process that is known; 0: it is not. */
bool	port_owner_process(long pid, char text[PORT_OWNER_MAX]);

#endif
