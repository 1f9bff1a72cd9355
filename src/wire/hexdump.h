/* SPDX-License-Identifier: ISC */
/*
 * Bytes of a session as lines for people: which way they went, where in that
 * direction, in hexadecimal, and as text.
 *
 *	> 00000000  48 45 4c 4f 20 61 0d 0a                           HELO a\r\n
 *
 * ">" was sent, "<" was received.  With a number of the connection ("#7 ") and
 * a time (UTC, RFC 3339, microseconds) these stand in front.  CR, LF and tab
 * are escaped in the text as in C; whatever else is not printable ASCII is a
 * dot there.  A line ends after 16 bytes, or after the LF of one that has eight
 * or more: so that text reads as its lines, and no peer can have a line made of
 * each byte.
 */
#ifndef WIRE_HEXDUMP_H
#define WIRE_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEXDUMP_BYTES		16	/* of a line, at most */
#define HEXDUMP_LINE_MAX	192	/* characters, LF and NUL included */

/* What stands in front. */
struct hexdump_head {
	bool		 timed;
	int64_t		 time;		/* ns since the Epoch; never negative */
	uint64_t	 number;	/* of the connection; 0: none is
					 * shown */
	bool		 sent;
	uint64_t	 offset;	/* of the first byte */
};

/* The line of the first of n bytes, with its LF, into `line'; *length is how
 * long it is.  Returns how many bytes are in it, 0 only of none. */
size_t	hexdump_line(const struct hexdump_head *head,
	    const unsigned char *data, size_t n, char line[HEXDUMP_LINE_MAX],
	    size_t *length);

#endif
