/* SPDX-License-Identifier: ISC */
/* The role that is connected to: create, bind, listen, accept loop, close. */
#ifndef RUN_LISTENER_H
#define RUN_LISTENER_H

#include "base/error.h"
#include "options/options.h"

enum result	listener_run(const struct options *o, int64_t deadline,
		    struct error *err);

#endif
