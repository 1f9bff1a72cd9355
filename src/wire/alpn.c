/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/alpn.h"

enum alpn_verdict
alpn_parse(const char *text, unsigned char *out, size_t size, size_t *n)
{
	size_t length, used = 0;

	if (size > ALPN_LIST_MAX)
		size = ALPN_LIST_MAX;
	for (;;) {
		length = strcspn(text, ",");
		if (length == 0)
			return ALPN_EMPTY;
		if (length > ALPN_NAME_MAX)
			return ALPN_NAME_TOO_LONG;
		if (length >= size - used)
			return ALPN_LIST_TOO_LONG;
		out[used++] = (unsigned char)length;
		memcpy(out + used, text, length);
		used += length;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	*n = used;
	return ALPN_OK;
}

const char *
alpn_verdict_text(enum alpn_verdict verdict)
{
	static const char *const text[] = {
		[ALPN_OK] = "nothing is wrong",
		[ALPN_EMPTY] =
		    "a protocol's name is empty (h2,http/1.1 is a list)",
		[ALPN_NAME_TOO_LONG] =
		    "a protocol's name is longer than 255 bytes",
		[ALPN_LIST_TOO_LONG] = "the list of protocols is too long",
	};

	return text[verdict];
}
