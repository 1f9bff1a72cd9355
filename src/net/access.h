/* SPDX-License-Identifier: ISC */
/* Who may come: --allow, --deny and their files. */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/addr.h"

struct access_options {
	const char	*allow;		/* a list of wire/access.h, or NULL */
	const char	*deny;
	const char	*allow_file;
	const char	*deny_file;
	bool		 numeric;	/* names are errors */
};

struct access;

/* Whether text is a list (names are not looked up).  If not, the word that is
 * wrong and why is in err, RESULT_USAGE, with `what' in front. */
enum result	access_check(const char *text, const char *what,
		    struct error *err);

/*
 * Read the lists and look up names, until `deadline'.  *a is the caller's, and
 * NULL if there is no list.  RESULT_USAGE, RESULT_LOCAL, RESULT_NAME,
 * RESULT_TIMEOUT, RESULT_SIGNAL.
 */
enum result	access_open(const struct access_options *o, int64_t deadline,
		    struct access **a, struct error *err);

/* Read everything again.  If that fails the lists stay as they were. */
enum result	access_reload(struct access *a, int64_t deadline,
		    struct error *err);

/* The same if HUP has asked for it, and say what came of it.  NULL: nothing
 * happens. */
void		access_reload_if_asked(struct access *a, int64_t deadline);

/*
 * Whether a client from that address may come: it is on no list of those denied
 * and, if there is a list of those allowed, on it.  Why not is said with -v.  A
 * UNIX-domain peer has no address, and is let in.  NULL lets everybody in.
 */
bool		access_admits(struct access *a, const struct addr *from);

void		access_close(struct access *a);	/* NULL: nothing happens */

#endif
