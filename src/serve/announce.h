/* SPDX-License-Identifier: ISC */
/* Who comes to a chat, who is there, and who goes: lines for those in it. */
#ifndef SERVE_ANNOUNCE_H
#define SERVE_ANNOUNCE_H

#include "net/addr.h"
#include "serve/hub.h"

/* The guest m, from there, has come: all are told, and it is told of the
 * others. */
void	announce_arrival(struct hub_member *m, const struct addr *from);

/* It goes, and all others are told. */
void	announce_departure(struct hub_member *m);

#endif
