/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/name.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of ASCII, whatever the locale is. */
static bool
is_inner(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static bool
label_is_good(const char *label, size_t n)
{
	if (n == 0 || n > NAME_LABEL_MOST || label[0] == '-' ||
	    label[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_inner(label[i]))
			return false;
	}
	return true;
}

static bool
label_is_number(const char *label, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(label[i]))
			return false;
	}
	return true;
}

bool
name_is_host(const char *text, size_t n)
{
	const char *dot;

	if (n == 0 || n > NAME_HOST_MOST)
		return false;
	while ((dot = memchr(text, '.', n)) != NULL) {
		if (!label_is_good(text, (size_t)(dot - text)))
			return false;
		n -= (size_t)(dot - text) + 1;
		text = dot + 1;
	}
	return label_is_good(text, n) && !label_is_number(text, n);
}

bool
name_is_pattern(const char *text, size_t n)
{
	if (n > 2 && text[0] == '*' && text[1] == '.')
		return name_is_host(text + 2, n - 2);
	return name_is_host(text, n);
}
