/* SPDX-License-Identifier: ISC */
/* Whole lines out of a stream of bytes, each with a mark in front of it. */
#ifndef WIRE_MARKS_H
#define WIRE_MARKS_H

#include <stddef.h>

/* Room for a mark, its NUL included. */
#define MARK_MAX	1024

/*
 * The mark that says `text', an address that is escaped for terminals already:
 * its blanks are escaped as well (\x20), so that the mark is the first word of
 * a line, whatever the address is.  A blank is behind it.  Returns its length.
 */
size_t	mark_make(char mark[MARK_MAX], const char *text);

/*
 * Copy what is whole of the lines that the n bytes at `in' begin with, and as
 * much of that as fits into `room' bytes, to `out', each line with the mark in
 * front, which may be empty.  Returns how many bytes of `in' that took; *put is
 * how many were put there.
 */
size_t	marks_copy(const char *mark, size_t length, const unsigned char *in,
	    size_t n, unsigned char *out, size_t room, size_t *put);

#endif
