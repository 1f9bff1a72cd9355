/* SPDX-License-Identifier: ISC */
/* A file with nothing in it, to keep the number of a descriptor. */
#ifndef BASE_NOTHING_H
#define BASE_NOTHING_H

#include <stdbool.h>

/*
 * Open /dev/null for `access' (O_RDONLY or O_WRONLY), close-on-exec.  Where it
 * is not there (an empty root directory, a poor container), something else that
 * gives an end at once when it is read, and can't be written.  Returns the
 * lowest free descriptor, or -1 with the errno of /dev/null.
 */
int	nothing_open(int access);

/* Whether fd is such a file: /dev/null, or what nothing_open() gave instead. */
bool	nothing_is(int fd);

#endif
