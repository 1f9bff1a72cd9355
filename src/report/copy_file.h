/* SPDX-License-Identifier: ISC */
/*
 * A file that a copy of sessions goes to, or standard error.  What can't be
 * written is said once, and that was it: nothing is written any more, and the
 * sessions go on.
 */
#ifndef REPORT_COPY_FILE_H
#define REPORT_COPY_FILE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* An option, whose files may be many.  For any thread. */
struct copy_fate {
	const char	*option;	/* "--output", for messages */
	bool		 required;	/* without the copy, the run is over */
	atomic_bool	 failed;
};

/* A file keeps a little of what comes fast, and a thread writes it. */
struct copy_file;

/* Open it, as file_open_private().  A file of NULL is standard error, whose
 * failures nobody can be told of.  fate stays the caller's.  RESULT_LOCAL. */
enum result	copy_file_open(struct copy_fate *fate, const char *file,
		    bool append, struct copy_file **f, struct error *err);
void		copy_file_close(struct copy_file *f);	/* also NULL */

/* Wait until all is written that was put, or was not to be. */
void		copy_file_flush(struct copy_file *f);

/* From copy_file_lock() to copy_file_unlock() nobody else writes to it. */
void		copy_file_lock(struct copy_file *f);
void		copy_file_unlock(struct copy_file *f);

/* Room for what is to be written, of *most bytes; for who has the lock. */
unsigned char	*copy_file_room(struct copy_file *f, size_t *most);

/* Write; what is no regular file is waited for, until a signal asks us to
 * leave. */
void		copy_file_put(struct copy_file *f, const void *data, size_t n);

/* Whether copy_file_splice() is worth while: it is a file that is ours. */
bool		copy_file_splices(const struct copy_file *f);

/* Write the n bytes that are in a pipe, and take them out in any case. */
void		copy_file_splice(struct copy_file *f, int pipe, size_t n);

/* It has failed, as err says: say so, once.  With `required', the run ends. */
void		copy_fate_seal(struct copy_fate *fate,
		    const struct error *err);

#endif
