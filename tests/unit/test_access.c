/* SPDX-License-Identifier: ISC */
/* Items of a list: what each means, and where it ends. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/access.h"

static void	test_ranges(void);
static void	test_equal(void);
static void	test_others(void);
static void	test_name_length(void);
static void	test_next(void);
static void	test_next_nothing(void);
static void	test_address(void);
static void	test_verdict_text(void);
static enum access_verdict	parse(const char *, size_t,
				    struct access_range *);

int
main(void)
{
	test_ranges();
	test_equal();
	test_others();
	test_name_length();
	test_next();
	test_next_nothing();
	test_address();
	test_verdict_text();
	return tap_done();
}

static void
test_ranges(void)
{
	static const struct {
		const char	*text, *low, *high;
	} tests[] = {
		{ "192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "0.0.0.0", "::ffff:0.0.0.0", "::ffff:0.0.0.0" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::1" },
		{ "2001:DB8::A", "2001:db8::a", "2001:db8::a" },
		{ "[2001:db8::1]", "2001:db8::1", "2001:db8::1" },
		{ "::", "::", "::" },
		{ "[::]", "::", "::" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		/* Blocks */
		{ "192.0.2.0/24", "::ffff:192.0.2.0", "::ffff:192.0.2.255" },
		{ "192.0.2.77/24", "::ffff:192.0.2.0", "::ffff:192.0.2.255" },
		{ "192.0.2.77/31", "::ffff:192.0.2.76", "::ffff:192.0.2.77" },
		{ "192.0.2.77/32", "::ffff:192.0.2.77", "::ffff:192.0.2.77" },
		{ "192.0.2.77/9", "::ffff:192.0.0.0",
		    "::ffff:192.127.255.255" },
		{ "10.0.0.0/8", "::ffff:10.0.0.0", "::ffff:10.255.255.255" },
		{ "0.0.0.0/0", "::ffff:0.0.0.0", "::ffff:255.255.255.255" },
		{ "192.0.2.1/1", "::ffff:128.0.0.0", "::ffff:255.255.255.255" },
		{ "2001:db8::/32", "2001:db8::",
		    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "2001:db8::1/32", "2001:db8::",
		    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "[2001:db8::]/32", "2001:db8::",
		    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "2001:db8::/29", "2001:db8::",
		    "2001:dbf:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::1/128", "::1", "::1" },
		{ "::1/127", "::", "::1" },
		{ "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "ffff::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::/1", "::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		/* Ranges */
		{ "192.0.2.1-192.0.2.9", "::ffff:192.0.2.1",
		    "::ffff:192.0.2.9" },
		{ "192.0.2.1-192.0.2.1", "::ffff:192.0.2.1",
		    "::ffff:192.0.2.1" },
		{ "9.0.0.0-10.0.0.0", "::ffff:9.0.0.0", "::ffff:10.0.0.0" },
		{ "0.0.0.0-255.255.255.255", "::ffff:0.0.0.0",
		    "::ffff:255.255.255.255" },
		{ "192.0.2.1-9", "::ffff:192.0.2.1", "::ffff:192.0.2.9" },
		{ "192.0.2.1-1", "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "192.0.2.0-0", "::ffff:192.0.2.0", "::ffff:192.0.2.0" },
		{ "192.0.2.0-255", "::ffff:192.0.2.0", "::ffff:192.0.2.255" },
		{ "2001:db8::1-2001:db8::9", "2001:db8::1", "2001:db8::9" },
		{ "[2001:db8::1]-[2001:db8::9]", "2001:db8::1",
		    "2001:db8::9" },
		{ "::-::ffff:192.0.2.1", "::", "::ffff:192.0.2.1" },
	};
	uint8_t low[ACCESS_LENGTH], high[ACCESS_LENGTH];
	struct access_range r;
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		memset(&r, 0xa5, sizeof(r));
		is_int(parse(tests[i].text, strlen(tests[i].text), &r),
		    ACCESS_OK, "\"%s\" is a range", tests[i].text);
		inet_pton(AF_INET6, tests[i].low, low);
		inet_pton(AF_INET6, tests[i].high, high);
		is_mem(r.low, sizeof(r.low), low, sizeof(low), "\"%s\": low",
		    tests[i].text);
		is_mem(r.high, sizeof(r.high), high, sizeof(high),
		    "\"%s\": high", tests[i].text);
	}
}

static void
test_equal(void)
{
	static const char *const tests[][2] = {
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8" },
		{ "::ffff:a00:0/104", "10.0.0.0/8" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "::ffff:192.0.2.1/128", "192.0.2.1" },
		{ "192.0.2.0/24", "192.0.2.0-255" },
		{ "::ffff:192.0.2.1-::ffff:192.0.2.9", "192.0.2.1-9" },
	};
	struct access_range a, b;
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		memset(&a, 0, sizeof(a));
		memset(&b, 1, sizeof(b));
		parse(tests[i][0], strlen(tests[i][0]), &a);
		parse(tests[i][1], strlen(tests[i][1]), &b);
		ok(memcmp(&a, &b, sizeof(a)) == 0, "\"%s\" is \"%s\"",
		    tests[i][0], tests[i][1]);
	}
}

static void
test_others(void)
{
	static const struct {
		const char		*text;
		size_t			 n;
		enum access_verdict	 verdict;
	} tests[] = {
		{ BYTES(""), ACCESS_EMPTY },
		/* Names */
		{ BYTES("host.example"), ACCESS_NAME },
		{ BYTES("host"), ACCESS_NAME },
		{ BYTES("my-host.example"), ACCESS_NAME },
		{ BYTES("my_host"), ACCESS_NAME },
		{ BYTES("HOST.Example."), ACCESS_NAME },
		{ BYTES("a-b-c"), ACCESS_NAME },
		{ BYTES("3com.example"), ACCESS_NAME },
		{ BYTES("192-0-2-1.example"), ACCESS_NAME },
		{ BYTES("host-192.0.2.1"), ACCESS_NAME },
		{ BYTES("192.0.2.1.example"), ACCESS_NAME },
		{ BYTES("dead.beef"), ACCESS_NAME },
		{ BYTES("0xy"), ACCESS_NAME },
		{ BYTES("x"), ACCESS_NAME },
		/* Lengths of prefixes */
		{ BYTES("192.0.2.0/"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/33"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/128"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/-1"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/+8"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/ 8"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/8 "), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/08"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/00"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/0x8"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/8/8"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0//8"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/255.255.255.0"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/8-9"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/4294967304"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/18446744073709551624"), ACCESS_PREFIX },
		{ BYTES("192.0.2.0/8\0"), ACCESS_PREFIX },
		{ BYTES("::/129"), ACCESS_PREFIX },
		{ BYTES("::/999"), ACCESS_PREFIX },
		{ BYTES("::/"), ACCESS_PREFIX },
		{ BYTES("::/ffff::"), ACCESS_PREFIX },
		{ BYTES("::/\xd9\xa1"), ACCESS_PREFIX },
		/* Ranges */
		{ BYTES("192.0.2.9-192.0.2.1"), ACCESS_ORDER },
		{ BYTES("192.0.2.9-8"), ACCESS_ORDER },
		{ BYTES("10.0.0.0-9.255.255.255"), ACCESS_ORDER },
		{ BYTES("2001:db8::9-2001:db8::1"), ACCESS_ORDER },
		{ BYTES("::ffff:192.0.2.1-::1"), ACCESS_ORDER },
		{ BYTES("192.0.2.1-2001:db8::1"), ACCESS_FAMILIES },
		{ BYTES("::1-192.0.2.1"), ACCESS_FAMILIES },
		{ BYTES("192.0.2.1-::ffff:192.0.2.9"), ACCESS_FAMILIES },
		{ BYTES("::ffff:192.0.2.1-192.0.2.9"), ACCESS_FAMILIES },
		{ BYTES("192.0.2.1-"), ACCESS_BAD },
		{ BYTES("192.0.2.1-256"), ACCESS_BAD },
		{ BYTES("192.0.2.1-09"), ACCESS_BAD },
		{ BYTES("192.0.2.1-+9"), ACCESS_BAD },
		{ BYTES("192.0.2.1--9"), ACCESS_BAD },
		{ BYTES("192.0.2.1-2.9"), ACCESS_BAD },
		{ BYTES("192.0.2.1-5-9"), ACCESS_BAD },
		{ BYTES("192.0.2.1-host"), ACCESS_BAD },
		{ BYTES("192.0.2.1 - 192.0.2.9"), ACCESS_BAD },
		{ BYTES("192.0.2.1-192.0.2.9/24"), ACCESS_BAD },
		{ BYTES("2001:db8::1-9"), ACCESS_BAD },
		{ BYTES("::ffff:192.0.2.1-9"), ACCESS_BAD },
		/* Neither */
		{ BYTES("192.0.2"), ACCESS_BAD },
		{ BYTES("192.0.2.256"), ACCESS_BAD },
		{ BYTES("192.0.2.1.1"), ACCESS_BAD },
		{ BYTES("192.0.2.01"), ACCESS_BAD },
		{ BYTES("192.0.2."), ACCESS_BAD },
		{ BYTES("127.1"), ACCESS_BAD },
		{ BYTES("2130706433"), ACCESS_BAD },
		{ BYTES("0x7f.1"), ACCESS_BAD },
		{ BYTES("0x7f000001"), ACCESS_BAD },
		{ BYTES("."), ACCESS_BAD },
		{ BYTES("/"), ACCESS_BAD },
		{ BYTES("/24"), ACCESS_BAD },
		{ BYTES("host/24"), ACCESS_BAD },
		{ BYTES("192.0.2/24"), ACCESS_BAD },
		{ BYTES("192.0.2.0\0/24"), ACCESS_BAD },
		{ BYTES("192.0.2.1\0"), ACCESS_BAD },
		{ BYTES("192.0.2.1\0host"), ACCESS_BAD },
		{ BYTES("host\0"), ACCESS_BAD },
		{ BYTES("\0"), ACCESS_BAD },
		{ BYTES(" "), ACCESS_BAD },
		{ BYTES(" 192.0.2.1"), ACCESS_BAD },
		{ BYTES("192.0.2.1 "), ACCESS_BAD },
		{ BYTES("host example"), ACCESS_BAD },
		{ BYTES("192.0.2.1:80"), ACCESS_BAD },
		{ BYTES("host:80"), ACCESS_BAD },
		{ BYTES("h\xc3\xb6st"), ACCESS_BAD },
		{ BYTES("*.example"), ACCESS_BAD },
		{ BYTES("!192.0.2.1"), ACCESS_BAD },
		{ BYTES(":"), ACCESS_BAD },
		{ BYTES(":::"), ACCESS_BAD },
		{ BYTES("1::2::3"), ACCESS_BAD },
		{ BYTES("2001:db8::12345"), ACCESS_BAD },
		{ BYTES("1:2:3:4:5:6:7:8:9"), ACCESS_BAD },
		{ BYTES("fe80::1%eth0"), ACCESS_BAD },
		{ BYTES("[fe80::1%eth0]"), ACCESS_BAD },
		{ BYTES("fe80::1%1/64"), ACCESS_BAD },
		{ BYTES("[192.0.2.1]"), ACCESS_BAD },
		{ BYTES("[host]"), ACCESS_BAD },
		{ BYTES("[]"), ACCESS_BAD },
		{ BYTES("["), ACCESS_BAD },
		{ BYTES("]"), ACCESS_BAD },
		{ BYTES("[::1"), ACCESS_BAD },
		{ BYTES("::1]"), ACCESS_BAD },
		{ BYTES("[[::1]]"), ACCESS_BAD },
		{ BYTES("[::1]:80"), ACCESS_BAD },
		{ BYTES("[2001:db8::/32]"), ACCESS_BAD },
		{ BYTES("[::1-::2]"), ACCESS_BAD },
		{ BYTES("0000:0000:0000:0000:0000:0000:255.255.255.2550"),
		    ACCESS_BAD },
	};
	struct access_range r, kept;
	size_t i;

	memset(&kept, 0xa5, sizeof(kept));
	for (i = 0; i < NITEMS(tests); i++) {
		r = kept;
		is_int(parse(tests[i].text, tests[i].n, &r), tests[i].verdict,
		    "\"%s\": the verdict", tests[i].text);
		ok(memcmp(&r, &kept, sizeof(r)) == 0,
		    "\"%s\": nothing is written", tests[i].text);
	}
}

static void
test_name_length(void)
{
	char text[4096];
	struct access_range r;

	memset(text, 'a', sizeof(text));
	is_int(parse(text, 253, &r), ACCESS_NAME, "a name of 253 characters");
	is_int(parse(text, 254, &r), ACCESS_BAD, "a name of 254 characters");
	is_int(parse(text, sizeof(text), &r), ACCESS_BAD,
	    "a name of 4096 characters");
	memset(text, '1', sizeof(text));
	is_int(parse(text, sizeof(text), &r), ACCESS_BAD, "4096 digits");
}

static void
test_next(void)
{
	static const struct {
		const char	*text;
		size_t		 n;
		const char	*items;
	} tests[] = {
		{ BYTES(""), "" },
		{ BYTES(" ,\t\r\n, ,"), "" },
		{ BYTES("a"), "<a>" },
		{ BYTES("a,b"), "<a><b>" },
		{ BYTES(",a,,b,"), "<a><b>" },
		{ BYTES("a b\tc\nd\re\r\nf , g"), "<a><b><c><d><e><f><g>" },
		{ BYTES("192.0.2.0/24,::1-::9\n"), "<192.0.2.0/24><::1-::9>" },
		{ BYTES("#"), "" },
		{ BYTES("# a"), "" },
		{ BYTES("# a\n"), "" },
		{ BYTES("# a\nb"), "<b>" },
		{ BYTES("# a\r\nb"), "<b>" },
		{ BYTES("# a, b # c\nd"), "<d>" },
		{ BYTES("a # b\nc"), "<a><c>" },
		{ BYTES("a#b\nc"), "<a><c>" },
		{ BYTES("a,#b\n#c\n\n #d\ne"), "<a><e>" },
		{ BYTES("##\n#\n"), "" },
		{ BYTES("#\n#\na#"), "<a>" },
		{ BYTES("a\vb\fc;d"), "<a\vb\fc;d>" },
		{ BYTES("\xff,\xc3\xa4"), "<\xff><\xc3\xa4>" },
	};
	const char *text, *item;
	char *copy, got[256];
	size_t i, n, length, left;

	for (i = 0; i < NITEMS(tests); i++) {
		copy = malloc(tests[i].n + 1);
		memcpy(copy, tests[i].text, tests[i].n);
		copy[tests[i].n] = '!';
		text = copy;
		left = tests[i].n;
		n = 0;
		got[0] = '\0';
		while ((length = access_next(&text, &left, &item)) > 0)
			n += (size_t)snprintf(got + n, sizeof(got) - n,
			    "<%.*s>", (int)length, item);
		is_str(got, tests[i].items, "\"%s\": the items",
		    tests[i].text);
		ok(left == 0 && text == copy + tests[i].n,
		    "\"%s\": nothing is left", tests[i].text);
		free(copy);
	}
}

static void
test_next_nothing(void)
{
	const char *text, *item;
	size_t left = 3;

	text = "a\0b, c";
	is_int((int64_t)access_next(&text, &left, &item), 3,
	    "a NUL is part of an item");
	is_mem(item, 3, BYTES("a\0b"), "... which is there");
	is_int((int64_t)access_next(&text, &left, &item), 0,
	    "what is behind the end is not looked at");
	is_int((int64_t)access_next(&text, &left, &item), 0,
	    "the end stays the end");
	text = NULL;
	left = 0;
	is_int((int64_t)access_next(&text, &left, &item), 0,
	    "no text has no items");
}

static void
test_address(void)
{
	uint8_t got[ACCESS_LENGTH];

	access_address(got, "\xc0\0\2\1", 4);
	is_mem(got, sizeof(got),
	    BYTES("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1"),
	    "an IPv4 address is kept mapped");
	access_address(got, "0123456789abcdef", ACCESS_LENGTH);
	is_mem(got, sizeof(got), BYTES("0123456789abcdef"),
	    "an IPv6 address is kept as it is");
}

static void
test_verdict_text(void)
{
	int v;

	for (v = ACCESS_OK; v <= ACCESS_BAD; v++)
		ok(access_verdict_text((enum access_verdict)v)[0] != '\0',
		    "verdict %d has a text", v);
	is_str(access_verdict_text(ACCESS_ORDER),
	    "the range ends before it starts", "the text for a wrong order");
}

/* The text has memory of its own, with nothing behind it. */
static enum access_verdict
parse(const char *text, size_t n, struct access_range *r)
{
	char *copy = malloc(n > 0 ? n : 1);
	enum access_verdict verdict;

	memcpy(copy, text, n);
	verdict = access_parse(copy, n, r);
	free(copy);
	return verdict;
}
