/* SPDX-License-Identifier: ISC */
/* Datagrams between sockets and standard input and output: UDP, and
 * UNIX-domain datagram sockets. */
#ifndef DATAGRAM_STDIO_H
#define DATAGRAM_STDIO_H

#include "base/error.h"
#include "net/access.h"
#include "net/connection.h"
#include "net/listen.h"
#include "options/options.h"

/* The initiator: c is taken over. */
enum result	stdio_run_initiator(const struct options *o, int64_t deadline,
		    struct connection *c, struct error *err);

/* The listener: the first peer, or with -k all of them.  l stays the caller's,
 * but sockets that are no longer needed are closed in it.  `access' may be
 * NULL. */
enum result	stdio_run_listener(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

#endif
