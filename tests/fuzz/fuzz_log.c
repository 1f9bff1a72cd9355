/* SPDX-License-Identifier: ISC */
#include "base/log.h"
#include "fuzz.h"

static void	check_clean(const char *, size_t);
static void	check_cut(const char *, size_t, const char *, size_t, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, n2, at = fuzz_split(&data, &size);
	const char *in = (const char *)data;
	char *out = fuzz_alloc(4 * size + 1), *again;

	n = log_escape(out, 4 * size + 1, in, size);
	CHECK(n >= size && n <= 4 * size && out[n] == '\0');
	check_clean(out, n);
	check_cut(in, size, out, n, at);

	/* What has been escaped is fit to be shown as it is. */
	again = fuzz_alloc(n + 1);
	n2 = log_escape(again, n + 1, out, n);
	CHECK(n2 == n && memcmp(out, again, n) == 0);
	free(out);
	free(again);
	return 0;
}

static void
check_clean(const char *out, size_t n)
{
	const unsigned char *p = (const unsigned char *)out;
	size_t i;

	for (i = 0; i < n; i++) {
		CHECK(p[i] >= 0x20 && p[i] != 0x7f);
		/* What turns the direction. */
		CHECK(p[i] != 0xe2 || p[i + 1] != 0x80 || p[i + 2] < 0xaa ||
		    p[i + 2] > 0xae);
		/* C1 in UTF-8, and bytes that UTF-8 never has */
		CHECK(p[i] != 0xc2 || p[i + 1] >= 0xa0);
		CHECK(p[i] != 0xc0 && p[i] != 0xc1 && p[i] < 0xf5);
	}
}

/* With less room it is a beginning, of whole pieces. */
static void
check_cut(const char *in, size_t size, const char *want, size_t want_n,
    size_t room)
{
	char *out = fuzz_alloc(room);
	size_t n;

	n = log_escape(out, room, in, size);
	if (room == 0)
		CHECK(n == 0);
	else {
		CHECK(n < room && n <= want_n && out[n] == '\0');
		CHECK(memcmp(out, want, n) == 0);
		CHECK(n == want_n || room - n <= 4);
		check_clean(out, n);
	}
	free(out);
}
