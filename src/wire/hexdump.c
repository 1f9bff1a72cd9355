/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "wire/hexdump.h"

#define GROUP		8	/* bytes between wider gaps */
#define SHORT_LINE	8	/* a line of fewer goes on behind an LF */
#define OFFSET_DIGITS	8	/* at least */

static char *
put_text(char *to, const char *text)
{
	while (*text != '\0')
		*to++ = *text++;
	return to;
}

/* With at least so many digits. */
static char *
put_number(char *to, uint64_t value, unsigned base, unsigned digits)
{
	char reversed[20];
	unsigned n = 0;

	do {
		reversed[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value > 0 || n < digits);
	while (n > 0)
		*to++ = reversed[--n];
	return to;
}

static char *
put_time(char *to, int64_t time)
{
	clock_put_utc(to, time);
	return put_text(to + CLOCK_UTC_LENGTH, " ");
}

static char *
put_hex(char *to, const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < HEXDUMP_BYTES; i++) {
		if (i % GROUP == 0)
			*to++ = ' ';
		to = i < n ? put_number(to, data[i], 16, 2) :
		    put_text(to, "  ");
		*to++ = ' ';
	}
	return to;
}

static char *
put_readable(char *to, const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\r')
			to = put_text(to, "\\r");
		else if (data[i] == '\n')
			to = put_text(to, "\\n");
		else if (data[i] == '\t')
			to = put_text(to, "\\t");
		else
			*to++ = data[i] >= ' ' && data[i] <= '~' ?
			    (char)data[i] : '.';
	}
	return to;
}

static size_t
line_length(const unsigned char *data, size_t n)
{
	const unsigned char *lf;

	n = n < HEXDUMP_BYTES ? n : HEXDUMP_BYTES;
	if (n < SHORT_LINE)
		return n;
	lf = memchr(data + SHORT_LINE - 1, '\n', n - (SHORT_LINE - 1));
	return lf != NULL ? (size_t)(lf - data) + 1 : n;
}

size_t
hexdump_line(const struct hexdump_head *head, const unsigned char *data,
    size_t n, char line[HEXDUMP_LINE_MAX], size_t *length)
{
	char *to = line;

	n = line_length(data, n);
	if (head->timed)
		to = put_time(to, head->time);
	if (head->number != 0) {
		*to++ = '#';
		to = put_number(to, head->number, 10, 1);
		*to++ = ' ';
	}
	*to++ = head->sent ? '>' : '<';
	*to++ = ' ';
	to = put_number(to, head->offset, 16, OFFSET_DIGITS);
	*to++ = ' ';
	to = put_hex(to, data, n);
	*to++ = ' ';
	to = put_readable(to, data, n);
	*to++ = '\n';
	*to = '\0';
	*length = (size_t)(to - line);
	return n;
}
