/* SPDX-License-Identifier: ISC */
/*
 * Copies of sessions: --dump, --output, --hex-dump, --pcap.  Each is a file of
 * this room (copy_KIND.c) and a row in copies.c; a tap (io/tap.h) on each
 * session tells all of them what passes.
 */
#ifndef REPORT_COPIES_H
#define REPORT_COPIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "io/tap.h"
#include "net/addr.h"

struct copies_options {
	bool		 dump;		/* to standard error */
	const char	*output;	/* NULL: not given, as below */
	const char	*hex_dump;
	const char	*pcap;
	bool		 append;	/* to what is in the files */
	bool		 required;	/* without them, the run is over */
};

/* In the name of a file: a file for each session, with its number there. */
#define COPIES_NUMBER	"%n"

/* Whom a session is with. */
struct copies_subject {
	const struct addr *local;
	const struct addr *remote;
	const char	*name;		/* that was dialled; or NULL */
	uint64_t	 number;	/* from 1 */
	bool		 accepted;	/* the peer has begun it */
	bool		 datagrams;
};

struct copies;

/* Whether there is to be one. */
bool		copies_wanted(const struct copies_options *o);

/*
 * Open the files of *c, but for those that are one for each session; `many':
 * there may be several of these at a time.  o stays the caller's.  *c is NULL
 * if none is wanted.  RESULT_LOCAL.
 */
enum result	copies_open(const struct copies_options *o, bool many,
		    struct copies **c, struct error *err);
void		copies_close(struct copies *c);		/* also NULL */

/* The run has ended with `result': RESULT_LOCAL, and *err, if a copy that is
 * required has failed.  c may be NULL. */
enum result	copies_result(struct copies *c, enum result result,
		    struct error *err);

/* How many files a session has of its own. */
size_t		copies_files(const struct copies *c);

/*
 * A session stands, and copies_forget() ends it; `below' tells what is known of
 * it, or is NULL.  Sessions may begin in any thread; one of them is told of by
 * one at a time: what has passed, a message if it is of such, and how each
 * direction has ended (see io/tap.h).  NULL has no copies, and no session.
 */
struct copied;
struct copied	*copies_begin(struct copies *c, struct stream *below,
		    const struct copies_subject *subject);
void		copies_piece(struct copied *s, enum tap_way way,
		    const unsigned char *data, size_t n);
void		copies_end(struct copied *s, enum tap_way way, bool reset);
void		copies_forget(struct copied *s);

/* The same by a tap: returns what the session is to read and write now, which
 * owns `below'. */
struct stream	*copies_tap(struct copies *c, struct stream *below,
		    const struct copies_subject *subject);

#endif
