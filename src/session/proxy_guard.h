/* SPDX-License-Identifier: ISC */
/* Who may use us as a proxy: --proxy-auth of --proxy-server. */
#ifndef SESSION_PROXY_GUARD_H
#define SESSION_PROXY_GUARD_H

#include <stdbool.h>

#include "options/options.h"

struct proxy_guard;

/* o has to last.  NULL: there are no users, and everybody may. */
struct proxy_guard	*proxy_guard_new(const struct proxy_server_options *o);
void			 proxy_guard_free(struct proxy_guard *g);  /* or NULL */

/* Whether that is a user, with that password; context is the guard.  It takes
 * the same time for all whose lengths are the same. */
bool		 proxy_guard_check(void *context, const char *user,
		    const char *password);

/* The password of a user, which stays the guard's, or NULL. */
const char	*proxy_guard_password(void *context, const char *user);

/* For the nonces of Digest: 32 bytes, at random, of this run. */
const unsigned char	*proxy_guard_key(const struct proxy_guard *g);

#endif
