/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/lines.h"

int
main(void)
{
	static const struct {
		const char	*name;
		const char	*data;
		size_t		 n;
		bool		 at_end;
		bool		 found;
		size_t		 length, used;
	} tests[] = {
		{ "nothing", BYTES(""), false, false, 0, 0 },
		{ "nothing at the end", BYTES(""), true, false, 0, 0 },
		{ "a line", BYTES("abc\n"), false, true, 3, 4 },
		{ "a line at the end", BYTES("abc\n"), true, true, 3, 4 },
		{ "two lines", BYTES("abc\ndef\n"), false, true, 3, 4 },
		{ "an empty line", BYTES("\n"), false, true, 0, 1 },
		{ "an empty line first", BYTES("\nabc\n"), true, true, 0, 1 },
		{ "no LF yet", BYTES("abc"), false, false, 0, 0 },
		{ "no LF at the end", BYTES("abc"), true, true, 3, 3 },
		{ "CR is data", BYTES("abc\r\n"), false, true, 4, 5 },
		{ "CR alone ends no line", BYTES("abc\r"), false, false, 0, 0 },
		{ "NUL is data", BYTES("a\0b\nc"), false, true, 3, 4 },
		{ "NUL alone", BYTES("\0"), true, true, 1, 1 },
	};
	size_t i, length, used;
	bool found;

	for (i = 0; i < NITEMS(tests); i++) {
		length = used = 0;
		found = lines_next((const unsigned char *)tests[i].data,
		    tests[i].n, tests[i].at_end, &length, &used);
		ok(found == tests[i].found && length == tests[i].length &&
		    used == tests[i].used, "%s", tests[i].name);
	}
	ok(!lines_next(NULL, 0, true, &length, &used), "no data at all");
	return tap_done();
}
