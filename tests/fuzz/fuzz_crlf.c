/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/crlf.h"

static size_t	expand(struct crlf *, const uint8_t *, size_t,
		    unsigned char *);
static size_t	drop_cr(const unsigned char *, size_t, unsigned char *);
static void	check_lines(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n, n2, at = fuzz_split(&data, &size);
	unsigned char *out = fuzz_alloc(2 * size);
	unsigned char *out2 = fuzz_alloc(4 * size);
	unsigned char *plain = fuzz_alloc(size);
	struct crlf whole = { false }, halves = { false }, again = { false };

	n = expand(&whole, data, size, out);
	check_lines(out, n);

	n2 = expand(&halves, data, at, out2);
	n2 += expand(&halves, data + at, size - at, out2 + n2);
	CHECK(n2 == n && memcmp(out, out2, n) == 0);
	CHECK(whole.after_cr == halves.after_cr);

	/* Once is enough. */
	n2 = expand(&again, out, n, out2);
	CHECK(n2 == n && memcmp(out, out2, n) == 0);

	/* Nothing but CRs in front of LFs has been added. */
	n2 = drop_cr(data, size, plain);
	n = drop_cr(out, n, out2);
	CHECK(n2 == n && memcmp(plain, out2, n) == 0);

	free(out);
	free(out2);
	free(plain);
	return 0;
}

/* By way of a buffer of just the size that is promised to be enough. */
static size_t
expand(struct crlf *c, const uint8_t *in, size_t n, unsigned char *out)
{
	unsigned char *tight = fuzz_alloc(2 * n);
	size_t length;

	length = crlf_expand(c, in, n, tight);
	CHECK(length >= n && length <= 2 * n);
	memcpy(out, tight, length);
	free(tight);
	return length;
}

static size_t
drop_cr(const unsigned char *in, size_t n, unsigned char *out)
{
	size_t i, length = 0;

	for (i = 0; i < n; i++)
		if (in[i] != '\r' || i + 1 == n || in[i + 1] != '\n')
			out[length++] = in[i];
	return length;
}

static void
check_lines(const unsigned char *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		CHECK(out[i] != '\n' || (i > 0 && out[i - 1] == '\r'));
}
