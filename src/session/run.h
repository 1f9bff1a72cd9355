/* SPDX-License-Identifier: ISC */
/* What all sessions of a run have in common.  It is made before the first one,
 * and does not change then (what access holds may). */
#ifndef SESSION_RUN_H
#define SESSION_RUN_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "net/access.h"
#include "options/options.h"
#include "report/copies.h"
#include "tls/tls.h"

struct report;

struct run {
	const struct options	*options;
	int64_t			 deadline;	/* ns; CLOCK_NEVER: none */
	struct tls		*tls;		/* of the connections; NULL: no
						 * TLS */
	struct tls		*tls_target;	/* of those to --forward's
						 * target */
	struct tls		*tls_proxy;	/* of those to proxies */
	struct tls_options	 proxy_options;	/* of these */
	struct access		*access;	/* of who comes; NULL: everybody
						 * may */
	struct access		*destinations;	/* where clients may go; NULL:
						 * there are no lists */
	struct proxy_guard	*guard;		/* of --proxy-server; or NULL */
	struct progress		*progress;	/* of its connections; NULL:
						 * nobody looks */
	struct copies		*copies;	/* of the sessions; or NULL */
	struct report		*report;	/* --report; or NULL */
	atomic_ullong		*connections;	/* that have a number already */
};

/*
 * Make what its sessions need, before anything is opened: what can't work is
 * said at once.  options, deadline, progress and report are set.  As
 * tls_open().  run_close() releases it, also after a failure.
 */
enum result	run_open(struct run *r, struct error *err);
void		run_close(struct run *r);

/* The number of the next connection, from 1: the same for whoever speaks of it.
 * From any thread. */
uint64_t	run_number(const struct run *r);

#endif
