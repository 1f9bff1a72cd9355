/* SPDX-License-Identifier: ISC */
#include "wire/crlf.h"

size_t
crlf_expand(struct crlf *c, const unsigned char *in, size_t n,
    unsigned char *out)
{
	size_t i, length = 0;

	for (i = 0; i < n; i++) {
		if (in[i] == '\n' && !c->after_cr)
			out[length++] = '\r';
		out[length++] = in[i];
		c->after_cr = in[i] == '\r';
	}
	return length;
}
