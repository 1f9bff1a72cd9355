/* SPDX-License-Identifier: ISC */
/*
 * Whom --allow and --deny judge, and when.  Who has connected is judged by the
 * address that the connection comes from, before anything else; with
 * --accept-proxy, by the one that its header names, as soon as that is there,
 * since all connections may come from one place then.  A header that names
 * nobody leaves who has connected.
 */
#ifndef SESSION_JUDGE_H
#define SESSION_JUDGE_H

#include <stdbool.h>

#include "net/addr.h"
#include "session/run.h"

/* Whether there is a judgement to come, when the header is there. */
bool	judge_awaits_header(const struct run *r);

/* A connection has come from that address: whether it may stay. */
bool	judge_comer(const struct run *r, const struct addr *from);

/* ... and is that client's. */
bool	judge_client(const struct run *r, const struct addr *client);

#endif
