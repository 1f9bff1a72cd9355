/* SPDX-License-Identifier: ISC */
/* Comparing with what is secret. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the n bytes of the guess are the secret.  How long that takes depends
 * on n alone: neither on where they differ nor on how long the secret is.
 */
bool	secret_equal(const void *secret, size_t secret_n, const void *guess,
	    size_t n);

#endif
