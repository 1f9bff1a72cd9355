/* SPDX-License-Identifier: ISC */
/* Datagrams of DTLS 1.2 (RFC 6347), from outside. */
#ifndef WIRE_DTLS_H
#define WIRE_DTLS_H

#include <stddef.h>

#define DTLS_RANDOM_SIZE	32	/* bytes */

/*
 * The random value of the ClientHello that a datagram of n bytes begins with,
 * section 4.2.2, by which it is known when it comes once more, with a cookie or
 * without.  NULL: there is none, or not its begin.
 */
const unsigned char	*dtls_greeting_random(const unsigned char *data,
			    size_t n);

#endif
