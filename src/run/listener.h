/* SPDX-License-Identifier: ISC */
/* The listener: sockets, those who come, and the end. */
#ifndef RUN_LISTENER_H
#define RUN_LISTENER_H

#include "base/error.h"
#include "session/way.h"

/* Listen, announce it, and serve who comes as w does. */
enum result	listener_run(const struct run *r, const struct way *w,
		    struct error *err);

#endif
