/* SPDX-License-Identifier: ISC */
/* Dialling as the options say. */
#ifndef SESSION_DIALLING_H
#define SESSION_DIALLING_H

#include "net/dial.h"
#include "session/layers.h"
#include "session/session.h"

/* How connections of that side are dialled. */
const struct dial_options	*dialling_options(const struct run *r,
				    enum session_side side);

/* What an initiator, or --forward, is to connect to. */
struct destination	dialling_destination(const struct run *r,
			    enum session_side side);

/* Dial that, or the first proxy on the way there.  As dial(). */
enum result	dialling_connect(const struct run *r, enum session_side side,
		    const struct destination *to, struct connection *c,
		    struct error *err);

/* With --report, say that it has failed: c never was one. */
void		dialling_report(const struct run *r,
		    const struct destination *to, const struct connection *c,
		    const struct error *err);

/*
 * --fastopen: a connection that was dialled comes about with its first write.
 * For who may read first, make it with nothing; on failure s stays open.
 * Without --fastopen nothing happens.
 */
enum result	dialling_fastopen(struct session *s, struct error *err);

/* Make it with what there is of local already; how many bytes that were. */
uint64_t	dialling_fastopen_send(const struct run *r, struct stream *net,
		    struct stream *local);

/* Wait until it stands. */
enum result	dialling_fastopen_wait(const struct run *r, int fd,
		    struct error *err);

#endif
