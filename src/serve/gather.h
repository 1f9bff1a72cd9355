/* SPDX-License-Identifier: ISC */
/*
 * What many senders say, gathered on standard output in whole lines, in which
 * the lines of each keep their order.
 *
 * What a sender has said of a line is kept until the line ends, but not beyond
 * 1 MiB, and not for longer than a second.  Then it is passed on as it is: a
 * piece.  When another sender's line comes behind a piece, there is an LF in
 * between, and what follows of the broken line is a line of its own.
 *
 * `as_is': none of that; bytes go on as they come.
 *
 * All senders together keep no more than 64 MiB, and what waits for the reader
 * of standard output is 4 MiB at most; then they have to wait.
 */
#ifndef SERVE_GATHER_H
#define SERVE_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "io/stream.h"
#include "net/addr.h"

struct gather;

/*
 * One thread writes to standard output, and watches whether its reader is still
 * there.  When it can't be written any more, signals_abort(SIGPIPE) ends
 * everything.
 * `mark': each line begins with its sender's address.  NULL with errno.
 */
struct gather	*gather_new(bool mark, bool as_is);

/*
 * A sender, as a local end that can only be written; any thread may do that.
 * Its shutdown ends its last line, and it is `unflushed' until standard output
 * has all of it.  source_fd, or -1, is where it is read from: as long as
 * something is there, or it has to wait for room, none of its lines is late.
 * `messages': each write is one message, which ends its last line.  Closing it
 * may wait for room, or for a signal to leave.  NULL with errno: no descriptor.
 */
struct stream	*gather_join(struct gather *g, const struct addr *from,
		    int source_fd, bool messages);

/* From now on the sender s is somebody else. */
void		gather_change(struct stream *s, const struct addr *from);

/*
 * All senders have gone, and the run has come to `result'.  Write what is left,
 * unless that takes longer than `deadline', or there was a signal to leave:
 * then what can be written at once.  Close standard output, and release
 * everything.  Returns what the run has come to now: what became of the output
 * counts for more, RESULT_PIPE, RESULT_LOCAL; but whose signal came first, dies
 * of it.
 */
enum result	gather_end(struct gather *g, int64_t deadline,
		    enum result result, struct error *err);

#endif
