/* SPDX-License-Identifier: ISC */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/error.h"

/* All n bytes, to a descriptor that blocks.  0, or -1 with errno. */
int		file_write_all(int fd, const void *bytes, size_t n);

/* The whole file, which may be a pipe, of at most so many bytes; the caller
 * frees it.  NULL with errno, EFBIG if it is longer. */
char		*file_load(const char *file, size_t most, size_t *n);

/*
 * Put n bytes into file, whole or not at all, by rename(2); as readable as the
 * umask has it.  `option' is for the message.  RESULT_LOCAL.
 */
enum result	file_replace(const char *file, const char *option,
		    const void *data, size_t n, struct error *err);

#endif
