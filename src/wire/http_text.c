/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/http_text.h"

/* Of ASCII, whatever the locale is. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
http_text_equal(const struct http_text *a, const struct http_text *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (lower(a->at[i]) != lower(b->at[i]))
			return false;
	}
	return true;
}

bool
http_text_is(const struct http_text *text, const char *word)
{
	struct http_text other = { word, strlen(word) };

	return http_text_equal(text, &other);
}

struct http_text
http_text_trim(struct http_text text)
{
	for (; text.n > 0 && is_blank(text.at[0]); text.n--)
		text.at++;
	while (text.n > 0 && is_blank(text.at[text.n - 1]))
		text.n--;
	return text;
}

bool
http_text_is_token(const struct http_text *text)
{
	for (size_t i = 0; i < text->n; i++) {
		char c = lower(text->at[i]);

		if (!is_digit(c) && (c < 'a' || c > 'z') &&
		    (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
			return false;
	}
	return text->n > 0;
}

bool
http_text_number(const struct http_text *text, unsigned long long most,
    unsigned long long *value)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < text->n; i++) {
		unsigned digit = (unsigned)(text->at[i] - '0');

		if (!is_digit(text->at[i]) || digit > most ||
		    sum > (most - digit) / 10)
			return false;
		sum = 10 * sum + digit;
	}
	if (text->n > 0)
		*value = sum;
	return text->n > 0;
}

bool
http_list_next(struct http_text *rest, struct http_text *member)
{
	while (rest->n > 0) {
		const char *comma = memchr(rest->at, ',', rest->n);
		size_t n = comma != NULL ? (size_t)(comma - rest->at) : rest->n;
		struct http_text found = { rest->at, n };

		n += comma != NULL;
		rest->at += n;
		rest->n -= n;
		*member = http_text_trim(found);
		if (member->n > 0)
			return true;
	}
	return false;
}

bool
http_list_has(struct http_text list, const char *member)
{
	struct http_text found;

	while (http_list_next(&list, &found)) {
		if (http_text_is(&found, member))
			return true;
	}
	return false;
}

struct http_text
http_text_of(const char *s)
{
	struct http_text text = { s, strlen(s) };

	return text;
}

bool
http_text_same(struct http_text a, struct http_text b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

bool
http_text_has_control(struct http_text text)
{
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	}
	return false;
}
