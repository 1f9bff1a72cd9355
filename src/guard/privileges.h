/* SPDX-License-Identifier: ISC */
/* Giving rights up for good: --user and --chroot. */
#ifndef GUARD_PRIVILEGES_H
#define GUARD_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

struct privileges_options {
	const char	*user;		/* NAME or NAME:GROUP, both may be
					 * numbers; NULL: stay who we are */
	const char	*chroot_dir;	/* NULL: the root directory stays */
};

/* Whether there is anything to give up. */
bool		privileges_wanted(const struct privileges_options *o);

/* Whether privileges_drop() can know user and directory.  RESULT_USAGE. */
enum result	privileges_check(const struct privileges_options *o,
		    struct error *err);

/*
 * Change the root directory and become the user, with the user's groups and no
 * others.  To be called with one thread.  RESULT_LOCAL.
 */
enum result	privileges_drop(const struct privileges_options *o,
		    struct error *err);

#endif
