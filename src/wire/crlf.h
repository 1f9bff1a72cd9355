/* SPDX-License-Identifier: ISC */
/* Ends of line on the way out: LF becomes CR LF. */
#ifndef WIRE_CRLF_H
#define WIRE_CRLF_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is the state at the start of a stream. */
struct crlf {
	bool	after_cr;	/* the last byte seen was a CR */
};

/*
 * Copy n bytes of in to out, which holds 2 * n, and put a CR before each LF
 * that has none, also when its CR came with an earlier call.  Returns how many
 * bytes were put out.
 */
size_t	crlf_expand(struct crlf *c, const unsigned char *in, size_t n,
	    unsigned char *out);

#endif
