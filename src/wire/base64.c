/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "wire/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes to four characters. */
static void
encode_group(char *out, const unsigned char *in, size_t n)
{
	uint32_t bits = (uint32_t)in[0] << 16;

	if (n > 1)
		bits |= (uint32_t)in[1] << 8;
	if (n > 2)
		bits |= in[2];
	out[0] = digits[bits >> 18];
	out[1] = digits[bits >> 12 & 63];
	out[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
	out[3] = n > 2 ? digits[bits & 63] : '=';
}

size_t
base64_encode(char *out, const void *data, size_t n)
{
	const unsigned char *in = data;
	size_t i;

	for (i = 0; i < n; i += 3, out += 4)
		encode_group(out, in + i, n - i);
	*out = '\0';
	return BASE64_LENGTH(n);
}

/* -1: it is no digit. */
static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, the last `padding' of which are none, to `3 - padding'
 * bytes. */
static bool
decode_group(unsigned char *out, const char *in, size_t padding)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		int value = i < 4 - padding ? digit_value(in[i]) : 0;

		if (value == -1)
			return false;
		bits = bits << 6 | (uint32_t)value;
	}
	for (i = 0; i < 3 - padding; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return (bits & ((1U << 8 * padding) - 1)) == 0;
}

static size_t
count_padding(const char *text, size_t n)
{
	if (n == 0 || text[n - 1] != '=')
		return 0;
	return text[n - 2] == '=' ? 2 : 1;
}

bool
base64_decode(void *out, size_t size, size_t *length, const char *text,
    size_t n)
{
	unsigned char *to = out;
	size_t i, padding;

	if (n % 4 != 0)
		return false;
	padding = count_padding(text, n);
	if (n / 4 * 3 - padding > size)
		return false;
	for (i = 0; i < n; i += 4)
		if (!decode_group(to + i / 4 * 3, text + i,
		    i + 4 == n ? padding : 0))
			return false;
	*length = n / 4 * 3 - padding;
	return true;
}
