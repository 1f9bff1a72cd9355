/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* What Linux writes to a pipe in one piece (PIPE_BUF); the rest is cut. */
#define LINE_SIZE	4096

#define ESCAPE_LENGTH	4	/* \xNN */

static size_t	line_format(char *, size_t, const char *, va_list)
		    __attribute__((format(printf, 3, 0)));
static size_t	printable_length(const unsigned char *, size_t);
static int	code_is_printable(uint32_t);
static size_t	utf8_decode(const unsigned char *, size_t, uint32_t *);
static size_t	utf8_length(unsigned char);

static enum log_level log_threshold = LOG_ERROR;

void
log_set_level(enum log_level level)
{
	log_threshold = level;
}

int
log_enabled(enum log_level level)
{
	return level > LOG_QUIET && level <= log_threshold;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_SIZE];
	int saved_errno = errno;
	size_t n;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	n = line_format(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* Nobody is left to tell when this fails. */
	while (write(STDERR_FILENO, line, n) == -1 && errno == EINTR)
		continue;
	errno = saved_errno;
}

size_t
log_escape(char *out, size_t size, const char *in, size_t n)
{
	const unsigned char *p = (const unsigned char *)in;
	size_t used = 0, keep, need;

	if (size == 0)
		return 0;
	while (n > 0) {
		keep = printable_length(p, n);
		need = keep > 0 ? keep : ESCAPE_LENGTH;
		if (need >= size - used)
			break;
		if (keep > 0)
			memcpy(out + used, p, keep);
		else
			snprintf(out + used, size - used, "\\x%02x", *p);
		used += need;
		keep += keep == 0;
		p += keep;
		n -= keep;
	}
	out[used] = '\0';
	return used;
}

/* The whole line with its LF; the program's name is escaped, too. */
static size_t
line_format(char *line, size_t size, const char *fmt, va_list ap)
{
	char raw[LINE_SIZE];
	size_t n;

	snprintf(raw, sizeof(raw), "%s: ", getprogname());
	n = strlen(raw);
	if (vsnprintf(raw + n, sizeof(raw) - n, fmt, ap) < 0)
		raw[n] = '\0';
	n = log_escape(line, size - 1, raw, strlen(raw));
	line[n++] = '\n';
	return n;
}

/* The length of the character at s if it may be shown as it is, or 0. */
static size_t
printable_length(const unsigned char *s, size_t n)
{
	uint32_t code;
	size_t length;

	length = utf8_decode(s, n, &code);
	if (length > 0 && !code_is_printable(code))
		return 0;
	return length;
}

/*
 * iswprint(3) would follow the locale.  Besides the controls, what breaks a
 * line or turns the direction of text must not come from a peer: it could make
 * a line read as something else.
 */
static int
code_is_printable(uint32_t code)
{
	static const struct {
		uint32_t	low, high;
	} escaped[] = {
		{ 0x0000, 0x001f },	/* C0 */
		{ 0x007f, 0x009f },	/* DEL, C1 */
		{ 0x061c, 0x061c },	/* Arabic letter mark */
		{ 0x200e, 0x200f },	/* direction marks */
		{ 0x2028, 0x202e },	/* separators, embeddings, overrides */
		{ 0x2066, 0x2069 },	/* isolates */
	};
	size_t i;

	for (i = 0; i < sizeof(escaped) / sizeof(escaped[0]); i++)
		if (code >= escaped[i].low && code <= escaped[i].high)
			return 0;
	return 1;
}

/* The length of the UTF-8 sequence (RFC 3629) at s, or 0 if it is none. */
static size_t
utf8_decode(const unsigned char *s, size_t n, uint32_t *code)
{
	/* By length: a smaller code has a shorter form and must use it. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, length;
	uint32_t c;

	length = utf8_length(s[0]);
	if (length == 0 || length > n)
		return 0;
	c = length == 1 ? s[0] : s[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return length;
}

static size_t
utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0)
		return 0;	/* in the middle of a sequence */
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf8 ? 4 : 0;
}
