/* SPDX-License-Identifier: ISC */
/* Who may come: --allow, --deny and their files. */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/texts.h"
#include "net/addr.h"

struct access_options {
	struct texts	 allow;		/* each a list of wire/access.h */
	struct texts	 deny;
	struct texts	 allow_file;
	struct texts	 deny_file;
	bool		 numeric;	/* names are errors */
	bool		 of_destinations;	/* --allow-dest, --deny-dest */
};

struct access;

/* Whether there are any lists, also empty ones. */
bool		access_wanted(const struct access_options *o);

/* Whether --allow and --deny are lists (names are not looked up).  If not, the
 * word that is wrong and why is in err, RESULT_USAGE. */
enum result	access_check(const struct access_options *o,
		    struct error *err);

/*
 * Read the lists and look up names, until `deadline'; o has to last.  *a is the
 * caller's, and NULL if there is no list.  RESULT_USAGE, RESULT_LOCAL,
 * RESULT_NAME, RESULT_TIMEOUT, RESULT_SIGNAL.
 */
enum result	access_open(const struct access_options *o, int64_t deadline,
		    struct access **a, struct error *err);

/* Read everything again.  If that fails the lists stay as they were. */
enum result	access_reload(struct access *a, int64_t deadline,
		    struct error *err);

/* The same, and say what came of it. */
void		access_reload_and_say(struct access *a, int64_t deadline);

/* ... if HUP has asked for it, which is returned.  NULL: nothing happens. */
bool		access_reload_if_asked(struct access *a, int64_t deadline);

/*
 * Whether a client from that address may come: it is on no list of those denied
 * and, if there is a list of those allowed, on it.  Why not is said with -v.
 * Who has no address of the Internet may not.  NULL lets everybody in.
 */
bool		access_admits(struct access *a, const struct addr *from);

/* What is known of one peer.  Zeroed: nothing. */
struct access_pass {
	unsigned	lists;		/* those that let it in, by number */
};

/*
 * The same for one who comes again and again, as the sender of datagrams does:
 * after it was let in, it is looked for only when the lists were read again.
 * `pass' is of `from' alone, and of one thread at a time.
 */
bool		access_still_admits(struct access *a, const struct addr *from,
		    struct access_pass *pass);

void		access_close(struct access *a);	/* NULL: nothing happens */

#endif
