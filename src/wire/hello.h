/* SPDX-License-Identifier: ISC */
/* The greeting of a client of TLS (RFC 8446, sections 4 and 5.1), from outside:
 * whether it is there, before anything is made for it. */
#ifndef WIRE_HELLO_H
#define WIRE_HELLO_H

#include <stddef.h>

/* Bytes that say how much will come. */
#define HELLO_HEAD	9

/* No greeting may be longer: with all that clients put in it (keys of
 * post-quantum methods, tickets), they have 2 KiB. */
#define HELLO_MOST	(16 * 1024)

enum hello {
	HELLO_MORE,		/* to be continued */
	HELLO_WHOLE,		/* its first record is there */
	HELLO_TOO_LONG,
	HELLO_OTHER,		/* something else */
};

/*
 * Look at the first bytes of a connection: `n' of them are there, of which
 * `data' has the first HELLO_HEAD, or all if they are less.  With HELLO_MORE,
 * *need is how many have to be there to tell more.
 */
enum hello	hello_look(const unsigned char *data, size_t n, size_t *need);

#endif
