/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/lines.h"

static size_t	check_line(const unsigned char *, size_t, bool);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t left, used, length, before, at = fuzz_split(&data, &size);
	unsigned char *copy = fuzz_copy(data, size);
	unsigned char *part = fuzz_copy(data, at);

	/* At the end the lines make up all of the data. */
	for (left = size; left > 0; left -= used) {
		used = check_line(copy + size - left, left, true);
		CHECK(used > 0 && used <= left);
	}
	CHECK(!lines_next(copy + size, 0, true, &length, &used));

	/* What is a line before the rest is there, is one with it, too. */
	before = check_line(part, at, false);
	CHECK(before == 0 || before == check_line(copy, size, false));
	free(copy);
	free(part);
	return 0;
}

/* How many bytes the first line takes; 0 if there is none. */
static size_t
check_line(const unsigned char *data, size_t n, bool at_end)
{
	size_t length = 12345, used = 54321;

	if (!lines_next(data, n, at_end, &length, &used)) {
		CHECK(length == 12345 && used == 54321);
		CHECK(n == 0 || (!at_end && memchr(data, '\n', n) == NULL));
		return 0;
	}
	CHECK(used <= n && length <= used && used - length <= 1);
	CHECK(memchr(data, '\n', length) == NULL);
	if (used > length)
		CHECK(data[length] == '\n');
	else
		CHECK(at_end && used == n);
	return used;
}
