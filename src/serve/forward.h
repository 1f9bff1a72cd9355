/* SPDX-License-Identifier: ISC */
/* --forward: each client is connected to a target of its own. */
#ifndef SERVE_FORWARD_H
#define SERVE_FORWARD_H

#include "run/server.h"

extern const struct server_mode forward_layered_mode;	/* with TLS */
extern const struct server_mode forward_mode;

/* Connect to the target: its name is looked up anew each time. */
enum result	forward_dial(const struct options *o, int64_t deadline,
		    struct connection *c, struct error *err);

#endif
