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
#include "net/connection.h"
#include "session/run.h"

/* What is said of who may not. */
#define JUDGE_DENIED	"it may not come"

/* Whether there is a judgement to come, when the header is there. */
bool	judge_awaits_header(const struct run *r);

/* A connection has come: whether it may stay.  If not, that is reported; to
 * close it is left to the caller. */
bool	judge_comer(const struct run *r, const struct connection *c);

/* ... and is that client's. */
bool	judge_client(const struct run *r, const struct addr *client);

#endif
