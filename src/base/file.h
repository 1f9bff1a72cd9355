/* SPDX-License-Identifier: ISC */
/* Files that are read or replaced as a whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"

/* Write all n bytes to a descriptor that blocks.  0, or -1 with errno. */
int		file_write_all(int fd, const void *bytes, size_t n);

/* Read the whole file, which may be a pipe, of at most `most' bytes: *n bytes,
 * which the caller frees.  NULL with errno, EFBIG if it is longer. */
char		*file_load(const char *file, size_t most, size_t *n);

/*
 * Put n bytes into file, whole or not at all, by rename(2); as readable as the
 * umask has it.  What is no regular file (a device, a fifo), or is our standard
 * output, is written to instead.  A symbolic link is followed if its owner is
 * the user or root, and refused otherwise.  `option' is for the message.  For
 * any thread.  RESULT_LOCAL.
 */
enum result	file_replace(const char *file, const char *option,
		    const void *data, size_t n, struct error *err);

/*
 * Open file, in *fd, to append secrets to it.  A new one is for the user alone;
 * for one that others own or may read there is a warning, and links are as
 * above.  RESULT_LOCAL.
 */
enum result	file_open_secrets(const char *file, const char *option,
		    int *fd, struct error *err);

/* Whether that is our standard output or error, whose flags and offset others
 * may share. */
bool		file_is_output(const struct stat *st);

/*
 * Open file, in *fd, to write to it what may be nobody else's business: from
 * its beginning, or behind what is there (`append').  A new one is for the user
 * alone; links are as above, and our own standard output and error are what
 * they are.  RESULT_LOCAL.
 */
enum result	file_open_private(const char *file, const char *option,
		    bool append, int *fd, struct error *err);

#endif
