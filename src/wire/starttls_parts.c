/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/starttls_parts.h"

void
starttls_say(struct starttls *s, const void *data, size_t n)
{
	memcpy(s->output, data, n);
	s->output_n = n;
	s->sent_n = 0;
}

bool
starttls_keep(struct starttls *s, unsigned char byte)
{
	if (s->line_n == sizeof(s->line))
		return false;
	s->line[s->line_n++] = byte;
	return true;
}
