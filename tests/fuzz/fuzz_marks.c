/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/marks.h"

static void	check_mark(const uint8_t *, size_t);
static void	check_copy(const char *, size_t, const unsigned char *, size_t,
		    size_t);

/* The first byte is how long the mark is, the second how much room there is, in
 * parts of what would do; then the mark, and then lines. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length, room, most;
	unsigned char *copy;
	char *mark;

	if (size < 2)
		return 0;
	length = data[0] < size - 2 ? data[0] : size - 2;
	room = data[1];
	mark = (char *)fuzz_copy(data + 2, length);
	check_mark(data + 2, length);
	data += 2 + length;
	size -= 2 + length;
	copy = fuzz_copy(data, size);
	most = (length + 1) * size;
	check_copy(mark, length, copy, size, most);
	check_copy(mark, length, copy, size, most * room / 255);
	free(copy);
	free(mark);
	return 0;
}

/* As a text it becomes one word. */
static void
check_mark(const uint8_t *data, size_t n)
{
	char *text = fuzz_text(data, n), mark[MARK_MAX];
	size_t length = mark_make(mark, text);

	CHECK(length > 0 && length < MARK_MAX && strlen(mark) == length);
	CHECK(memchr(mark, ' ', length) == mark + length - 1);
	free(text);
}

/* Without its marks it is what was taken. */
static void
check_copy(const char *mark, size_t length, const unsigned char *in, size_t n,
    size_t room)
{
	unsigned char *out = fuzz_alloc(room), *at = out;
	size_t put = 12345, done = 0;
	size_t taken = marks_copy(mark, length, in, n, out, room, &put);

	CHECK(taken <= n && put <= room);
	CHECK(taken == 0 || in[taken - 1] == '\n');
	while (done < taken) {
		const unsigned char *lf = memchr(in + done, '\n', n - done);
		size_t line = (size_t)(lf - in) + 1 - done;

		CHECK((size_t)(at - out) + length + line <= put);
		CHECK(length == 0 || memcmp(at, mark, length) == 0);
		CHECK(memcmp(at + length, in + done, line) == 0);
		at += length + line;
		done += line;
	}
	CHECK((size_t)(at - out) == put);
	/* What is left was no line, or had no room. */
	if (taken < n && memchr(in + taken, '\n', n - taken) != NULL) {
		const unsigned char *lf = memchr(in + taken, '\n', n - taken);

		CHECK(put + length + (size_t)(lf - in) + 1 - taken > room);
	}
	free(out);
}
