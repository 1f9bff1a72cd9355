/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/crlf.h"

struct test {
	const char	*in;
	size_t		 n;
	const char	*out;
	size_t		 out_n;
};

static void	check_pieces(const struct test *);
static size_t	expand(const struct test *, size_t, size_t, unsigned char *);

int
main(void)
{
	static const struct test tests[] = {
		{ BYTES(""), BYTES("") },
		{ BYTES("abc"), BYTES("abc") },
		{ BYTES("\n"), BYTES("\r\n") },
		{ BYTES("\r"), BYTES("\r") },
		{ BYTES("\r\n"), BYTES("\r\n") },
		{ BYTES("a\nb\n"), BYTES("a\r\nb\r\n") },
		{ BYTES("a\r\nb\r\n"), BYTES("a\r\nb\r\n") },
		{ BYTES("\n\n\n\n"), BYTES("\r\n\r\n\r\n\r\n") },
		{ BYTES("\r\n\n"), BYTES("\r\n\r\n") },
		{ BYTES("\r\r\n"), BYTES("\r\r\n") },
		{ BYTES("\n\r"), BYTES("\r\n\r") },
		{ BYTES("\n\r\n"), BYTES("\r\n\r\n") },
		{ BYTES("\ra\n"), BYTES("\ra\r\n") },
		{ BYTES("\r\0\n"), BYTES("\r\0\r\n") },
		{ BYTES("\0\n\377\n"), BYTES("\0\r\n\377\r\n") },
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check_pieces(&tests[i]);
	return tap_done();
}

/* In three pieces, cut everywhere; this has one and two pieces in it. */
static void
check_pieces(const struct test *t)
{
	unsigned char out[64];
	size_t first, second, n;
	bool good = true;

	n = expand(t, t->n, t->n, out);
	is_mem(out, n, t->out, t->out_n, "\"%s\" whole", t->in);
	for (first = 0; first <= t->n; first++) {
		for (second = first; second <= t->n; second++) {
			n = expand(t, first, second, out);
			good = good && n == t->out_n &&
			    memcmp(out, t->out, n) == 0;
		}
	}
	ok(good, "\"%s\" in pieces", t->in);
}

static size_t
expand(const struct test *t, size_t first, size_t second, unsigned char *out)
{
	const unsigned char *in = (const unsigned char *)t->in;
	struct crlf c = { false };
	size_t n;

	n = crlf_expand(&c, in, first, out);
	n += crlf_expand(&c, in + first, second - first, out + n);
	return n + crlf_expand(&c, in + second, t->n - second, out + n);
}
