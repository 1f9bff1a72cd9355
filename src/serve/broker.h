/* SPDX-License-Identifier: ISC */
/* --broker and --chat: every client gets what every other client sends, and
 * standard input goes to all. */
#ifndef SERVE_BROKER_H
#define SERVE_BROKER_H

#include "run/server.h"

/* Serve clients of l; see server_run(). */
enum result	broker_run(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

#endif
