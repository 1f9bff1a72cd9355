/* SPDX-License-Identifier: ISC */
/* Giving rights up for good: --user and --chroot. */
#ifndef GUARD_PRIVILEGES_H
#define GUARD_PRIVILEGES_H

#include "base/error.h"

/*
 * Whether privileges_drop() can know that user (NAME or NAME:GROUP, both may be
 * numbers) and directory; either may be NULL.  RESULT_USAGE.
 */
enum result	privileges_check(const char *user, const char *dir,
		    struct error *err);

/*
 * Make dir the root directory and become the user, with the user's groups and
 * no others.  Either may be NULL.  To be called with one thread.  RESULT_LOCAL.
 */
enum result	privileges_drop(const char *user, const char *dir,
		    struct error *err);

#endif
