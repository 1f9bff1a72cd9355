/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/lines.h"

bool
lines_next(const unsigned char *data, size_t n, bool at_end, size_t *length,
    size_t *used)
{
	const unsigned char *lf;

	if (n == 0)
		return false;
	lf = memchr(data, '\n', n);
	if (lf == NULL && !at_end)
		return false;
	*length = lf != NULL ? (size_t)(lf - data) : n;
	*used = lf != NULL ? *length + 1 : n;
	return true;
}
