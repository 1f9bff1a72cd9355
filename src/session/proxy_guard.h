/* SPDX-License-Identifier: ISC */
/* What all clients of --proxy-server meet: who may use it, and what it is
 * called. */
#ifndef SESSION_PROXY_GUARD_H
#define SESSION_PROXY_GUARD_H

#include <stdbool.h>

#include "options/options.h"
#include "wire/http_server.h"
#include "wire/socks_server.h"

struct proxy_guard;

/* o has to last.  NULL: it is no proxy server. */
struct proxy_guard	*proxy_guard_new(const struct proxy_server_options *o);
void			 proxy_guard_free(struct proxy_guard *g);  /* or NULL */

/* For the dialogues.  What they point to is the guard's. */
struct socks_server_policy	 proxy_guard_socks(struct proxy_guard *g);
const struct http_server_options	*proxy_guard_http(
				    const struct proxy_guard *g);

#endif
