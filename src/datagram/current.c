/* SPDX-License-Identifier: ISC */
#include "datagram/current.h"

enum sender
current_admit(struct current *c, struct access *access,
    const struct addr *remote, const struct addr *local, bool many)
{
	bool same = c->known && addr_equal(&c->remote, remote);
	struct access_pass pass = { 0 };

	if (same)
		pass = c->pass;
	if (!access_still_admits(access, remote, &pass))
		return SENDER_DENIED;
	if (c->known && !same && !many)
		return SENDER_OTHER;
	c->pass = pass;
	if (same)
		return SENDER_SAME;
	c->known = true;
	c->remote = *remote;
	c->local = *local;
	return SENDER_NEW;
}
