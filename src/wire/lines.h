/* SPDX-License-Identifier: ISC */
/* Lines in a stream of bytes that become datagrams. */
#ifndef WIRE_LINES_H
#define WIRE_LINES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Find the first line in the n bytes at data.  Returns true and sets *length to
 * its length without the LF and *used to its length with it.  Without a LF:
 * false, unless at_end is true and n > 0, when all of data is the line.
 */
bool	lines_next(const unsigned char *data, size_t n, bool at_end,
	    size_t *length, size_t *used);

#endif
