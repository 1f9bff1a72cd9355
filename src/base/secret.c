/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

bool
secret_equal(const void *secret, size_t secret_n, const void *guess, size_t n)
{
	static const unsigned char none[1];
	const unsigned char *a = secret_n > 0 ? secret : none;
	const unsigned char *b = guess;
	volatile unsigned char differ = secret_n != n;
	size_t i, at = 0;

	for (i = 0; i < n; i++) {
		differ = (unsigned char)(differ | (a[at] ^ b[i]));
		at = at + 1 < secret_n ? at + 1 : 0;
	}
	return differ == 0;
}
