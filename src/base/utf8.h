/* SPDX-License-Identifier: ISC */
/* UTF-8, as RFC 3629 has it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the sequence that the n (not 0) bytes at s begin with, and what
 * it stands for; 0 if that is none.  A NUL is one, of length 1. */
size_t		utf8_decode(const char *s, size_t n, uint32_t *code);

#endif
