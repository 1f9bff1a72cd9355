/* SPDX-License-Identifier: ISC */
/* The role that connects. */
#ifndef RUN_INITIATOR_H
#define RUN_INITIATOR_H

#include "base/error.h"
#include "options/options.h"

/* Connect as o says and pump, or pass the socket on (-F).  `deadline`: of the
 * whole run, CLOCK_NEVER if there is none. */
enum result	initiator_run(const struct options *o, int64_t deadline,
		    struct error *err);

#endif
