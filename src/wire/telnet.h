/* SPDX-License-Identifier: ISC */
/*
 * The telnet protocol's commands inside a stream (RFC 854, RFC 855, RFC 1143):
 * strip them, refuse every option.
 */
#ifndef WIRE_TELNET_H
#define WIRE_TELNET_H

#include <stddef.h>

/* Zeroed is the state at the start of a stream. */
struct telnet {
	int		state;
	unsigned char	verb;
};

/* The most bytes of reply that n bytes of input can call for. */
#define TELNET_REPLY_MAX(n)	((n) + 2)

/*
 * Strip telnet commands from the n bytes at data, in place; commands may be
 * split anywhere between calls.  IAC IAC is one byte 0xFF of data.  Answers
 * (WONT to DO, DONT to WILL; nothing to DONT and WONT) go to reply, which holds
 * TELNET_REPLY_MAX(n) bytes, and their length to *reply_len.  Returns the
 * number of bytes of data left.
 */
size_t	telnet_strip(struct telnet *t, unsigned char *data, size_t n,
	    unsigned char *reply, size_t *reply_len);

#endif
