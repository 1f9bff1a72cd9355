/* SPDX-License-Identifier: ISC */
/* The initiator: one connection that we make. */
#ifndef RUN_INITIATOR_H
#define RUN_INITIATOR_H

#include "base/error.h"
#include "session/way.h"

/* Dial, and have w serve the session. */
enum result	initiator_run(const struct run *r, const struct way *w,
		    struct error *err);

#endif
