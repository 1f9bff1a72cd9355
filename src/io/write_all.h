/* SPDX-License-Identifier: ISC */
/* For who has a few bytes to say to a stream, and nothing else to do. */
#ifndef IO_WRITE_ALL_H
#define IO_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/stream.h"

/*
 * Write n bytes, and flush, waiting until the time `until' (base/clock) at
 * most.  *written counts those that were taken, and is added to.  False: it has
 * failed, as errno says, or not all were taken in time.
 */
bool	write_all(struct stream *s, const void *data, size_t n, int64_t until,
	    uint64_t *written);

#endif
