/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/hello.h"

/* What is told of the first bytes, of which there are n. */
int
main(void)
{
	static const struct {
		const char	*name;
		unsigned char	 data[HELLO_HEAD];
		size_t		 n;
		enum hello	 verdict;
		size_t		 need;
	} cases[] = {
		{ "nothing", { 0 }, 0, HELLO_MORE, 9 },
		{ "a byte", { 22 }, 1, HELLO_MORE, 9 },
		{ "no head", { 22, 3, 1, 0, 200, 1, 0, 0 }, 8, HELLO_MORE, 9 },
		{ "the head", { 22, 3, 1, 0, 200, 1, 0, 0, 196 }, 9,
		    HELLO_MORE, 205 },
		{ "almost all", { 22, 3, 1, 0, 200, 1, 0, 0, 196 }, 204,
		    HELLO_MORE, 205 },
		{ "all", { 22, 3, 1, 0, 200, 1, 0, 0, 196 }, 205, HELLO_WHOLE,
		    205 },
		{ "more than that", { 22, 3, 3, 0, 200, 1, 0, 0, 196 }, 999,
		    HELLO_WHOLE, 205 },
		{ "its first record", { 22, 3, 1, 0, 200, 1, 0, 4, 196 }, 205,
		    HELLO_WHOLE, 205 },
		{ "the longest", { 22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc }, 9,
		    HELLO_MORE, 16389 },
		{ "one byte more", { 22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfd }, 9,
		    HELLO_TOO_LONG, 9 },
		{ "a long one", { 22, 3, 1, 0, 200, 1, 1, 0, 0 }, 9,
		    HELLO_TOO_LONG, 9 },
		{ "a long record", { 22, 3, 1, 0x40, 1, 1, 0, 0, 196 }, 9,
		    HELLO_TOO_LONG, 9 },
		{ "a short record", { 22, 3, 1, 0, 3, 1, 0, 0, 196 }, 9,
		    HELLO_OTHER, 9 },
		{ "not a hello", { 22, 3, 1, 0, 200, 2, 0, 0, 196 }, 9,
		    HELLO_OTHER, 9 },
		{ "an alert", { 21, 3 }, 2, HELLO_OTHER, 9 },
		{ "a request", "GET / HT", 8, HELLO_OTHER, 9 },
		{ "something old", { 22, 2 }, 2, HELLO_OTHER, 9 },
	};
	size_t i, need;

	for (i = 0; i < NITEMS(cases); i++) {
		enum hello verdict = hello_look(cases[i].data, cases[i].n,
		    &need);

		ok(verdict == cases[i].verdict && need == cases[i].need, "%s",
		    cases[i].name);
	}
	return tap_done();
}
