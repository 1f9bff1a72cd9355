/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/name.h"

static void	test_names(void);
static void	test_lengths(void);
static void	test_every_byte(void);

int
main(void)
{
	test_names();
	test_lengths();
	test_every_byte();
	return tap_done();
}

static void
test_names(void)
{
	static const struct {
		const char	*text;
		size_t		 n;
		bool		 host, pattern;
	} tests[] = {
		{ BYTES("localhost"), true, true },
		{ BYTES("host.example"), true, true },
		{ BYTES("HOST.Example"), true, true },
		{ BYTES("a.b.c"), true, true },
		{ BYTES("xn--bcher-kva.example"), true, true },
		{ BYTES("my_host.example"), true, true },
		{ BYTES("_sip._tcp.example"), true, true },
		{ BYTES("r3---x.example"), true, true },
		{ BYTES("3com.example"), true, true },
		{ BYTES("1.2.example"), true, true },
		{ BYTES("0x7f.1a"), true, true },
		{ BYTES("*.example"), false, true },
		{ BYTES("*."), false, false },
		{ BYTES("*"), false, false },
		{ BYTES("*.*.example"), false, false },
		{ BYTES("a.*.example"), false, false },
		{ BYTES("w*.example"), false, false },
		{ BYTES(""), false, false },
		{ BYTES("."), false, false },
		{ BYTES("host."), false, false },
		{ BYTES(".host"), false, false },
		{ BYTES("a..b"), false, false },
		{ BYTES("-rf"), false, false },
		{ BYTES("a.-b"), false, false },
		{ BYTES("a-.b"), false, false },
		/* addresses */
		{ BYTES("127.0.0.1"), false, false },
		{ BYTES("2130706433"), false, false },
		{ BYTES("host.1"), false, false },
		{ BYTES("::1"), false, false },
		{ BYTES("[::1]"), false, false },
		/* what would be more than a name */
		{ BYTES("a b"), false, false },
		{ BYTES("a\n"), false, false },
		{ BYTES("a\nLD_PRELOAD=b"), false, false },
		{ BYTES("a\0b"), false, false },
		{ BYTES("a\x1b[2J"), false, false },
		{ BYTES("\xc2\x9b"), false, false },
		{ BYTES("h\xc3\xb6st"), false, false },
		{ BYTES("$(id)"), false, false },
		{ BYTES("../etc"), false, false },
		{ BYTES("a/b"), false, false },
		{ BYTES("a,b"), false, false },
		{ BYTES("a:80"), false, false },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		is_int(name_is_host(tests[i].text, tests[i].n), tests[i].host,
		    "\"%s\": a host", tests[i].text);
		is_int(name_is_pattern(tests[i].text, tests[i].n),
		    tests[i].pattern, "\"%s\": a pattern", tests[i].text);
	}
}

static void
test_lengths(void)
{
	char text[NAME_HOST_MOST + 3];

	memset(text, 'a', sizeof(text));
	ok(name_is_host(text, 63), "a label of 63 bytes");
	ok(!name_is_host(text, 64), "a label of 64 bytes");
	for (size_t i = 63; i < sizeof(text); i += 64)
		text[i] = '.';
	ok(name_is_host(text, 253), "a name of 253 bytes");
	ok(!name_is_host(text, 254), "a name of 254 bytes");
}

/* In the middle of a label. */
static void
test_every_byte(void)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	char text[] = "a?b";
	bool all = true;

	for (int c = 0; c < 256; c++) {
		text[1] = (char)c;
		all = all && name_is_host(text, 3) ==
		    (memchr(good, c, sizeof(good) - 1) != NULL);
	}
	ok(all, "each byte of its own");
}
