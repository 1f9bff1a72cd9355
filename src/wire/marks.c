/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/marks.h"

size_t
mark_make(char mark[MARK_MAX], const char *text)
{
	size_t n = 0;

	/* Room for what one byte may become, the blank behind it, and NUL. */
	for (; *text != '\0' && n < MARK_MAX - 6; text++) {
		if (*text == ' ') {
			memcpy(mark + n, "\\x20", 4);
			n += 4;
		} else {
			mark[n++] = *text;
		}
	}
	mark[n++] = ' ';
	mark[n] = '\0';
	return n;
}

/* Without a mark: all of them at once. */
static size_t
marks_copy_plain(const unsigned char *in, size_t n, unsigned char *out)
{
	const unsigned char *lf = memrchr(in, '\n', n);
	size_t whole = lf == NULL ? 0 : (size_t)(lf - in) + 1;

	memcpy(out, in, whole);
	return whole;
}

size_t
marks_copy(const char *mark, size_t length, const unsigned char *in, size_t n,
    unsigned char *out, size_t room, size_t *put)
{
	const unsigned char *lf;
	size_t taken = 0, line;

	*put = 0;
	if (n == 0 || room == 0)
		return 0;
	if (length == 0)
		return *put = marks_copy_plain(in, n < room ? n : room, out);
	while (taken < n &&
	    (lf = memchr(in + taken, '\n', n - taken)) != NULL) {
		line = (size_t)(lf - in) + 1 - taken;
		if (length + line > room - *put)
			break;
		memcpy(out + *put, mark, length);
		memcpy(out + *put + length, in + taken, line);
		*put += length + line;
		taken += line;
	}
	return taken;
}
