/* SPDX-License-Identifier: ISC */
#include "wire/key.h"

int
key_parse(const char *text)
{
	unsigned char c = (unsigned char)text[0];

	if (c == '^' && text[1] != '\0' && text[2] == '\0') {
		c = (unsigned char)text[1];
		if (c >= 'a' && c <= 'z')
			c = (unsigned char)(c - 'a' + 'A');
		return c == '?' ? 0x7f : c >= '@' && c <= '_' ? c & 0x1f : -1;
	}
	return c > ' ' && c <= '~' && text[1] == '\0' ? c : -1;
}
