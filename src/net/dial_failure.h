/* SPDX-License-Identifier: ISC */
/* Why a connection did not come about, and what to do. */
#ifndef NET_DIAL_FAILURE_H
#define NET_DIAL_FAILURE_H

#include "base/error.h"
#include "net/addr.h"
#include "net/connection.h"

struct dial_options;

/*
 * What a connect(2) to `to' that failed with errno value `errnum' means: as
 * error_network_result(), but what a route or a filter forbids is
 * RESULT_UNREACHABLE, and an address that lacks its zone RESULT_LOCAL.
 */
enum result	dial_result(const struct addr *to, int errnum);

/* Set *err to that result, the reason, and what may help; returns it. */
enum result	dial_failed(const struct dial_options *o, const struct addr *to,
		    int errnum, struct error *err);

/*
 * After dial() has failed with *err, once for a run: if *c, on this host, has
 * refused, and somebody listens at that port of another of its addresses, *err
 * says that as well.  Nobody is connected to for it.
 */
void		dial_look_elsewhere(const struct dial_options *o,
		    const struct connection *c, struct error *err);

#endif
