/* SPDX-License-Identifier: ISC */
/* What -v says of a listener's sockets. */
#ifndef NET_LISTEN_SAY_H
#define NET_LISTEN_SAY_H

#include "net/listen.h"

/*
 * The socket i of l is open: what it is bound to, and who can come there; and
 * if it is of streams, the length of its queue, for which listen(2) was asked
 * with `backlog', and what the kernel has made of that.
 */
void	listen_say_open(const struct listen_options *o,
	    const struct listener *l, size_t i, int backlog);

/* *c was accepted on the socket i of l, whose queue was looked at just
 * before. */
void	listen_say_accepted(const struct listener *l, size_t i,
	    const struct connection *c);

#endif
