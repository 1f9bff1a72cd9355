/* SPDX-License-Identifier: ISC */
/* What the fuzzers share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant: what does not hold is a finding. */
#define CHECK(cond)	do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,	\
		    #cond);						\
		abort();						\
	}								\
} while (0)

/*
 * n bytes of their own, so that a sanitizer sees each access beyond them; one
 * byte for 0, which is never to be touched.
 */
static inline void *
fuzz_alloc(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	CHECK(p != NULL);
	return p;
}

static inline unsigned char *
fuzz_copy(const uint8_t *data, size_t n)
{
	unsigned char *p = fuzz_alloc(n);

	if (n > 0)
		memcpy(p, data, n);
	return p;
}

/* The input as a string, which ends early at a NUL in it. */
static inline char *
fuzz_text(const uint8_t *data, size_t n)
{
	char *s = fuzz_alloc(n + 1);

	if (n > 0)
		memcpy(s, data, n);
	s[n] = '\0';
	return s;
}

/* Take the first byte away and make it a place in the rest to cut at. */
static inline size_t
fuzz_split(const uint8_t **data, size_t *size)
{
	size_t at;

	if (*size == 0)
		return 0;
	at = **data;
	(*data)++;
	(*size)--;
	return at % (*size + 1);
}

#endif
