/* SPDX-License-Identifier: ISC */
/* Base64 with padding, strictly: RFC 4648, section 4. */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* The length of what n bytes are written as, without the NUL. */
#define BASE64_LENGTH(n)	(((n) + 2) / 3 * 4)

/* Write BASE64_LENGTH(n) characters and a NUL; returns their number. */
size_t	base64_encode(char *out, const void *data, size_t n);

/*
 * Write what the n characters of text stand for, *length bytes, to out, which
 * has room for `size'.  False if they stand for nothing (no white space, no
 * missing padding, no bits left over), or if there is no room: out may have
 * been written then, and *length has not.
 */
bool	base64_decode(void *out, size_t size, size_t *length,
	    const char *text, size_t n);

#endif
