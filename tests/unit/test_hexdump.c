/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/hexdump.h"

static void	test_lines(void);
static void	test_heads(void);
static void	test_longest(void);

int
main(void)
{
	test_lines();
	test_heads();
	test_longest();
	return tap_done();
}

static void
test_lines(void)
{
	static const struct {
		const char	*name;
		const char	*in;
		size_t		 n;
		size_t		 taken;
		const char	*line;
	} tests[] = {
		{ "one byte", BYTES("a"), 1,
		    "> 00000000  61"
		    "                                                a\n" },
		{ "sixteen", BYTES("0123456789abcdefg"), 16,
		    "> 00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 "
		    "66  0123456789abcdef\n" },
		{ "what can't be printed", BYTES("\0\x1b\x7f\x80\xff~ \\"), 8,
		    "> 00000000  00 1b 7f 80 ff 7e 20 5c"
		    "                           .....~ \\\n" },
		{ "escapes", BYTES("a\tb\r\n"), 5,
		    "> 00000000  61 09 62 0d 0a"
		    "                                    a\\tb\\r\\n\n" },
		{ "LF ends one of eight", BYTES("1234567\nx"), 8,
		    "> 00000000  31 32 33 34 35 36 37 0a"
		    "                           1234567\\n\n" },
		{ "... not one of seven", BYTES("123456\nxyz"), 10,
		    "> 00000000  31 32 33 34 35 36 0a 78  79 7a"
		    "                    123456\\nxyz\n" },
		{ "... and the first of those", BYTES("12345678\n\n"), 9,
		    "> 00000000  31 32 33 34 35 36 37 38  0a"
		    "                       12345678\\n\n" },
	};
	const struct hexdump_head head = { .sent = true };
	char line[HEXDUMP_LINE_MAX];
	size_t length;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		size_t taken = hexdump_line(&head,
		    (const unsigned char *)tests[i].in, tests[i].n, line,
		    &length);

		is_int((long long)taken, (long long)tests[i].taken,
		    "%s: taken", tests[i].name);
		is_str(line, tests[i].line, "%s: the line", tests[i].name);
		is_int((long long)length, (long long)strlen(line),
		    "%s: its length", tests[i].name);
	}
}

static void
test_heads(void)
{
	static const struct {
		struct hexdump_head	 head;
		const char		*front;
	} tests[] = {
		{ { .sent = false }, "< 00000000  " },
		{ { .sent = true, .offset = 0xabc }, "> 00000abc  " },
		{ { .sent = true, .offset = UINT64_C(0x123456789a) },
		    "> 123456789a  " },
		{ { .number = 7 }, "#7 < 00000000  " },
		{ { .timed = true },
		    "1970-01-01T00:00:00.000000Z < 00000000  " },
		{ { .timed = true, .time = INT64_C(951827696123456789),
		    .number = 12, .sent = true },
		    "2000-02-29T12:34:56.123456Z #12 > 00000000  " },
	};
	char line[HEXDUMP_LINE_MAX];
	size_t length;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		const char *front = tests[i].front;

		hexdump_line(&tests[i].head, (const unsigned char *)"x", 1,
		    line, &length);
		line[strlen(front)] = '\0';
		is_str(line, front, "'%s' in front", front);
	}
}

static void
test_longest(void)
{
	const struct hexdump_head head = { .timed = true, .time = INT64_MAX,
		.number = UINT64_MAX, .sent = true, .offset = UINT64_MAX };
	char line[HEXDUMP_LINE_MAX];
	size_t length;

	hexdump_line(&head, (const unsigned char *)"\r\r\r\r\r\r\r\r\r\r\r\r\r"
	    "\r\r\r", HEXDUMP_BYTES, line, &length);
	ok(length < HEXDUMP_LINE_MAX && strlen(line) == length,
	    "the longest line, %zu, has room", length);
}
