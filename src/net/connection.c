/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/connection.h"

void
connection_init(struct connection *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

void
connection_move(struct connection *to, struct connection *from)
{
	*to = *from;
	from->fd = -1;
	from->claim = (struct unix_claim){ .path = NULL };
	from->first = NULL;
	from->first_length = 0;
	from->targets = (struct addr_list){ NULL, 0 };
}

void
connection_close(struct connection *c)
{
	unixpath_release(&c->claim);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	free(c->first);
	c->first = NULL;
	addr_list_free(&c->targets);
}
