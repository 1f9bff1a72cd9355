/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/hexdump.h"

static size_t	check_line(const struct hexdump_head *, const unsigned char *,
		    size_t);

/* A byte for what stands in front, eight for its numbers; then bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hexdump_head head = { .timed = false };
	unsigned char *copy;
	uint64_t number = 0;

	if (size < 9)
		return 0;
	for (size_t i = 1; i < 9; i++)
		number = number << 8 | data[i];
	head.timed = (data[0] & 1) != 0;
	head.sent = (data[0] & 2) != 0;
	head.number = (data[0] & 4) != 0 ? number : 0;
	head.time = (int64_t)(number & INT64_MAX);
	head.offset = number;
	size -= 9;
	copy = fuzz_copy(data + 9, size);
	for (size_t at = 0; at < size;)
		at += check_line(&head, copy + at, size - at);
	free(copy);
	return 0;
}

/* In hexadecimal it is what is in the line; in its length, and in letters, it
 * can be shown. */
static size_t
check_line(const struct hexdump_head *head, const unsigned char *data,
    size_t n)
{
	char *line = fuzz_alloc(HEXDUMP_LINE_MAX), *at;
	size_t length = 0, taken = hexdump_line(head, data, n, line, &length);
	int used;
	unsigned byte;

	CHECK(taken > 0 && taken <= n && taken <= HEXDUMP_BYTES);
	CHECK(length < HEXDUMP_LINE_MAX && strlen(line) == length);
	CHECK(strchr(line, '\n') == line + length - 1);
	for (size_t i = 0; i + 1 < length; i++)
		CHECK(line[i] >= ' ' && line[i] <= '~');
	at = strpbrk(line, "<>");
	CHECK(at != NULL && (*at == '>') == head->sent);
	at = strstr(at, "  ");
	for (size_t i = 0; i < taken; i++, at += used) {
		CHECK(sscanf(at, " %2x%n", &byte, &used) == 1);
		CHECK(byte == data[i]);
	}
	free(line);
	return taken;
}
