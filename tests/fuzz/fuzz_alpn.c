/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/alpn.h"

static void	check_good(const char *, const unsigned char *, size_t);

/* Once with as much room as is needed, once with less. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, n = 0, n2 = 0, less = fuzz_split(&data, &size);
	char *text = fuzz_text(data, size);
	unsigned char *out, *small = fuzz_alloc(less);
	enum alpn_verdict verdict, verdict2;

	room = strlen(text) + 1;
	out = fuzz_alloc(room);
	verdict = alpn_parse(text, out, room, &n);
	verdict2 = alpn_parse(text, small, less, &n2);
	CHECK(verdict >= ALPN_OK && verdict <= ALPN_LIST_TOO_LONG);
	CHECK(alpn_verdict_text(verdict)[0] != '\0');
	CHECK(verdict != ALPN_LIST_TOO_LONG || room > ALPN_LIST_MAX);
	if (verdict == ALPN_OK)
		check_good(text, out, n);
	if (verdict2 == ALPN_OK) {
		CHECK(verdict == ALPN_OK && n2 == n && n2 <= less);
		CHECK(memcmp(out, small, n) == 0);
	} else {
		CHECK(verdict2 == verdict || verdict2 == ALPN_LIST_TOO_LONG);
	}
	free(out);
	free(small);
	free(text);
	return 0;
}

/* The names, joined again, are the text. */
static void
check_good(const char *text, const unsigned char *list, size_t n)
{
	size_t i = 0, length;

	CHECK(n == strlen(text) + 1);
	while (i < n) {
		length = list[i++];
		CHECK(length > 0 && length <= n - i);
		CHECK(memcmp(list + i, text, length) == 0);
		CHECK(memchr(list + i, ',', length) == NULL);
		i += length;
		text += length;
		CHECK(*text == (i < n ? ',' : '\0'));
		text++;
	}
}
