/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/marks.h"

static void	test_make(void);
static void	test_long(void);
static void	test_copy(void);

int
main(void)
{
	test_make();
	test_long();
	test_copy();
	return tap_done();
}

static void
test_make(void)
{
	static const struct {
		const char	*text;
		const char	*mark;
	} tests[] = {
		{ "", " " },
		{ "127.0.0.1:80", "127.0.0.1:80 " },
		{ "[fe80::1%eth0]:80", "[fe80::1%eth0]:80 " },
		{ "(unnamed)", "(unnamed) " },
		{ "/tmp/a b", "/tmp/a\\x20b " },
		{ "  ", "\\x20\\x20 " },
	};
	char mark[MARK_MAX];
	size_t n;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		n = mark_make(mark, tests[i].text);
		is_str(mark, tests[i].mark, "the mark of '%s'", tests[i].text);
		is_int((long long)n, (long long)strlen(mark), "its length");
	}
}

static void
test_long(void)
{
	char text[2 * MARK_MAX + 1], mark[MARK_MAX];
	size_t n;

	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	n = mark_make(mark, text);
	ok(n < MARK_MAX && strlen(mark) == n, "too long: cut");
	ok(mark[n - 1] == ' ' && memchr(mark, ' ', n - 1) == NULL,
	    "one blank, behind it");
}

static void
test_copy(void)
{
	static const struct {
		const char	*name;
		const char	*mark;
		const char	*in;
		size_t		 n;
		size_t		 room;
		size_t		 taken;
		const char	*out;
		size_t		 put;
	} tests[] = {
		{ "nothing", "", BYTES(""), 100, 0, BYTES("") },
		{ "nothing, marked", "a ", BYTES(""), 100, 0, BYTES("") },
		{ "no room", "", BYTES("x\n"), 0, 0, BYTES("") },
		{ "a line", "", BYTES("x\n"), 100, 2, BYTES("x\n") },
		{ "a line that fits", "", BYTES("x\n"), 2, 2, BYTES("x\n") },
		{ "one that does not", "", BYTES("x\n"), 1, 0, BYTES("") },
		{ "no line", "", BYTES("xyz"), 100, 0, BYTES("") },
		{ "and a rest", "", BYTES("x\ny\nz"), 100, 4,
		    BYTES("x\ny\n") },
		{ "as many as fit", "", BYTES("x\ny\nz\n"), 5, 4,
		    BYTES("x\ny\n") },
		{ "marked", "a ", BYTES("x\n"), 100, 2, BYTES("a x\n") },
		{ "marked, fits", "a ", BYTES("x\n"), 4, 2, BYTES("a x\n") },
		{ "marked, does not", "a ", BYTES("x\n"), 3, 0, BYTES("") },
		{ "each is marked", "a ", BYTES("x\n\nz\n!"), 100, 5,
		    BYTES("a x\na \na z\n") },
		{ "as many as fit, marked", "a ", BYTES("x\ny\n"), 7, 2,
		    BYTES("a x\n") },
		{ "NUL and CR are data", "a ", BYTES("x\0\r\n"), 100, 4,
		    BYTES("a x\0\r\n") },
	};
	unsigned char out[100];
	size_t taken, put;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		put = 12345;
		taken = marks_copy(tests[i].mark, strlen(tests[i].mark),
		    (const unsigned char *)tests[i].in, tests[i].n, out,
		    tests[i].room, &put);
		ok(taken == tests[i].taken && put == tests[i].put &&
		    memcmp(out, tests[i].out, put) == 0, "%s", tests[i].name);
	}
}
