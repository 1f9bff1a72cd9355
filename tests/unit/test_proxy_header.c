/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/proxy_header.h"

#define SIGNATURE	"\r\n\r\n\0\r\nQUIT\n"
#define LONGEST		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
#define LINE_LONGEST	"PROXY TCP6 " LONGEST LONGEST "65535 65535\r\n"
#define V4		"\xc0\0\2\1\xc6\x33\x64\7\x15\xb3\1\xbb"
#define P6		"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
#define V6		P6 "\1" P6 "\2" "\x15\xb3\1\xbb"
/* 20, 40, 80 bytes */
#define A20		"AAAAAAAAAAAAAAAAAAAA"
#define A80		A20 A20 A20 A20

struct result_of {
	enum dialogue_verdict	verdict;
	size_t			used;
};

/* Fed in pieces of that size, each in memory of its own. */
static struct result_of
feed(struct proxy_header *h, const char *in, size_t n, size_t piece)
{
	struct result_of r = { DIALOGUE_MORE, 0 };
	size_t i, length, used;
	unsigned char *copy;

	memset(h, 0, sizeof(*h));
	for (i = 0; i < n && r.verdict == DIALOGUE_MORE; i += length) {
		length = n - i < piece ? n - i : piece;
		copy = malloc(length);
		if (copy == NULL)
			abort();
		memcpy(copy, in + i, length);
		r.verdict = proxy_header_codec.feed(h, copy, length, &used);
		r.used += used;
		free(copy);
	}
	return r;
}

/* "192.0.2.1:5555 > 198.51.100.7:443", or why not. */
static const char *
text_of(struct proxy_header *h, char buf[512])
{
	const struct proxy_header_address *a[2] = { &h->source,
	    &h->destination };
	char ip[INET6_ADDRSTRLEN];
	struct error err;
	int n = 0, i;

	if (h->verdict == DIALOGUE_MORE)
		return "more";
	if (h->verdict == DIALOGUE_REFUSED) {
		proxy_header_codec.refuse(h, "x", &err);
		snprintf(buf, 512, "%d %.400s", err.result == RESULT_DENIED,
		    err.text);
		return buf;
	}
	if (!h->announced)
		return h->version == 1 ? "v1 none" : "v2 none";
	n = snprintf(buf, 512, "v%d ", h->version);
	for (i = 0; i < 2; i++) {
		if (a[i]->family == PROXY_HEADER_UNIX) {
			n += snprintf(buf + n, 512 - (size_t)n, "%s%.108s",
			    i > 0 ? " > " : "", a[i]->path);
			continue;
		}
		inet_ntop(a[i]->family == PROXY_HEADER_INET ? AF_INET :
		    AF_INET6, a[i]->ip, ip, sizeof(ip));
		n += snprintf(buf + n, 512 - (size_t)n, "%s%s %u",
		    i > 0 ? " > " : "", ip, a[i]->port);
	}
	return buf;
}

#define CASE(name, bytes, behind, want)					\
	{ name, bytes, sizeof(bytes) - 1, sizeof(behind) - 1, want }

static const struct {
	const char	*name;
	const char	*in;
	size_t		 n;
	size_t		 behind;	/* bytes that are data */
	const char	*want;
} cases[] = {
	/* version 1, as in section 2.1 */
	CASE("TCP4", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
	    "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n",
	    "v1 192.168.0.1 56324 > 192.168.0.11 443"),
	CASE("TCP4, the longest", "PROXY TCP4 255.255.255.255 "
	    "255.255.255.255 65535 65535\r\n", "",
	    "v1 255.255.255.255 65535 > 255.255.255.255 65535"),
	CASE("TCP6, the longest", LINE_LONGEST, "",
	    "v1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 > "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535"),
	CASE("UNKNOWN, short", "PROXY UNKNOWN\r\n", "", "v1 none"),
	CASE("UNKNOWN, the longest of all", "PROXY UNKNOWN "
	    "ffff:f...f:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff 65535 65535\r\n\r\n", "\r\n", "v1 none"),
	CASE("port 0", "PROXY TCP4 0.0.0.0 1.2.3.4 0 0\r\n", "",
	    "v1 0.0.0.0 0 > 1.2.3.4 0"),
	CASE("TCP6, short forms", "PROXY TCP6 ::1 2001:DB8::a 1 2\r\nx", "x",
	    "v1 ::1 1 > 2001:db8::a 2"),
	CASE("TCP6, mapped", "PROXY TCP6 ::ffff:1.2.3.4 ::ffff:102:304 1 2\r\n",
	    "", "v1 ::ffff:1.2.3.4 1 > ::ffff:1.2.3.4 2"),
	CASE("nothing", "", "", "more"),
	CASE("a part", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r", "", "more"),
	/* what is none */
	CASE("something else", "GET / HTTP/1.1\r\n", "",
	    "1 x: not a PROXY header"),
	CASE("TLS", "\x16\3\1", "", "1 x: not a PROXY header"),
	CASE("almost the word", "PROXX", "", "1 x: not a PROXY header"),
	CASE("in lower case", "p", "", "1 x: not a PROXY header"),
	CASE("no blank", "PROXY\t", "", "1 x: not a PROXY header"),
	CASE("almost the signature", "\r\n\r\n\r", "",
	    "1 x: not a PROXY header"),
	/* bad lines */
	CASE("107 bytes, and no end", "PROXY UNKNOWN " A80
	    "AAAAAAAAAAAAA", "", "1 x: the line of the PROXY header has no "
	    "end"),
	CASE("106 bytes", "PROXY UNKNOWN " A80 "AAAAAAAAAAAA", "",
	    "more"),
	CASE("LF alone", "PROXY UNKNOWN\n", "", "1 x: the line of the PROXY "
	    "header does not end with CR LF"),
	CASE("CR alone", "PROXY UNKNOWN \r\r\n", "", "1 x: the line of the "
	    "PROXY header does not end with CR LF"),
	CASE("no protocol", "PROXY \r\n", "",
	    "1 x: the PROXY header is not of TCP4, TCP6 or UNKNOWN"),
	CASE("another one", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", "",
	    "1 x: the PROXY header is not of TCP4, TCP6 or UNKNOWN"),
	CASE("UNKNOWN and more", "PROXY UNKNOWNS\r\n", "",
	    "1 x: the PROXY header is not of TCP4, TCP6 or UNKNOWN"),
	CASE("a NUL", "PROXY UNKNOWN\0\r\n", "",
	    "1 x: the PROXY header has a NUL in it"),
	CASE("no addresses", "PROXY TCP4\r\n", "",
	    "1 x: the PROXY header has no good source address"),
	CASE("two blanks", "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", "",
	    "1 x: the PROXY header has no good source address"),
	CASE("a number too great", "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n", "",
	    "1 x: the PROXY header has no good source address"),
	CASE("a zero in front", "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n", "",
	    "1 x: the PROXY header has no good source address"),
	CASE("the other family", "PROXY TCP4 ::1 1.2.3.4 1 2\r\n", "",
	    "1 x: the PROXY header has no good source address"),
	CASE("the other family, too", "PROXY TCP6 ::1 1.2.3.4 1 2\r\n", "",
	    "1 x: the PROXY header has no good destination address"),
	CASE("a zone", "PROXY TCP6 ::1 fe80::1%lo 1 2\r\n", "",
	    "1 x: the PROXY header has no good destination address"),
	CASE("one address", "PROXY TCP4 1.2.3.4\r\n", "",
	    "1 x: the PROXY header has no good destination address"),
	CASE("no ports", "PROXY TCP4 1.2.3.4 1.2.3.4\r\n", "",
	    "1 x: the PROXY header has no good source port"),
	CASE("an empty port", "PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n", "",
	    "1 x: the PROXY header has no good source port"),
	CASE("a port too great", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", "",
	    "1 x: the PROXY header has no good source port"),
	CASE("a port too long", "PROXY TCP4 1.2.3.4 1.2.3.4 100000 2\r\n", "",
	    "1 x: the PROXY header has no good source port"),
	CASE("a sign", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", "",
	    "1 x: the PROXY header has no good source port"),
	CASE("a port with a zero", "PROXY TCP4 1.2.3.4 1.2.3.4 1 02\r\n", "",
	    "1 x: the PROXY header has no good destination port"),
	CASE("one port", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "",
	    "1 x: the PROXY header has no good destination port"),
	CASE("a blank at the end", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "",
	    "1 x: the PROXY header has something behind its ports"),
	/* version 2, section 2.2 */
	CASE("INET", SIGNATURE "\x21\x11\0\x0c" V4 "data", "data",
	    "v2 192.0.2.1 5555 > 198.51.100.7 443"),
	CASE("INET6", SIGNATURE "\x21\x21\0\x24" V6 "\r\n", "\r\n",
	    "v2 2001:db8::1 5555 > 2001:db8::2 443"),
	CASE("LOCAL", SIGNATURE "\x20\0\0\0x", "x", "v2 none"),
	CASE("LOCAL, all else is ignored", SIGNATURE "\x20\xff\0\x03" "abcx",
	    "x", "v2 none"),
	CASE("UNSPEC", SIGNATURE "\x21\0\0\5abcdex", "x", "v2 none"),
	CASE("TLVs", SIGNATURE "\x21\x11\0\x18" V4
	    "\1\0\2h2" "\4\0\0" "\xe0\0\1\0" "x", "x",
	    "v2 192.0.2.1 5555 > 198.51.100.7 443"),
	CASE("a checksum", SIGNATURE "\x21\x11\0\x17" V4
	    "\3\0\4\xde\x81Zh" "\2\0\1y" "x", "x",
	    "v2 192.0.2.1 5555 > 198.51.100.7 443"),
	CASE("a wrong checksum", SIGNATURE "\x21\x11\0\x13" V4
	    "\3\0\4\xde\x81Zh", "",
	    "1 x: the checksum of the PROXY header is wrong"),
	CASE("a short checksum", SIGNATURE "\x21\x11\0\x12" V4 "\3\0\3abc", "",
	    "1 x: the checksum of the PROXY header is wrong"),
	CASE("an empty checksum", SIGNATURE "\x21\x11\0\x0f" V4 "\3\0\0", "",
	    "1 x: the checksum of the PROXY header is wrong"),
	CASE("two checksums", SIGNATURE "\x21\x11\0\x1a" V4
	    "\3\0\4abcd\3\0\4abcd", "",
	    "1 x: the checksum of the PROXY header is wrong"),
	CASE("a TLV too long", SIGNATURE "\x21\x11\0\x10" V4 "\1\0\2h2", "",
	    "1 x: a part of the PROXY header (TLV) is cut off"),
	CASE("half a TLV", SIGNATURE "\x21\x11\0\x0e" V4 "\1\0", "",
	    "1 x: a part of the PROXY header (TLV) is cut off"),
	CASE("a part of version 2", SIGNATURE "\x21\x11\0\x0d" V4, "",
	    "more"),
	CASE("version 1, in binary", SIGNATURE "\x11", "",
	    "1 x: the PROXY header is of an unknown version"),
	CASE("version 3", SIGNATURE "\x31", "",
	    "1 x: the PROXY header is of an unknown version"),
	CASE("another command", SIGNATURE "\x22", "",
	    "1 x: the PROXY header has an unknown command"),
	CASE("another family", SIGNATURE "\x21\x41", "",
	    "1 x: the PROXY header is of an unknown family or protocol"),
	CASE("another protocol", SIGNATURE "\x21\x13", "",
	    "1 x: the PROXY header is of an unknown family or protocol"),
	CASE("datagrams", SIGNATURE "\x21\x12", "",
	    "1 x: the PROXY header is that of datagrams"),
	CASE("datagrams, UNIX", SIGNATURE "\x21\x32", "",
	    "1 x: the PROXY header is that of datagrams"),
	CASE("no protocol, binary", SIGNATURE "\x21\x10", "",
	    "1 x: the PROXY header is of no family or protocol"),
	CASE("no family", SIGNATURE "\x21\1", "",
	    "1 x: the PROXY header is of no family or protocol"),
	CASE("too short", SIGNATURE "\x21\x11\0\x0b", "",
	    "1 x: the PROXY header is too short for its addresses"),
	CASE("too short, INET6", SIGNATURE "\x21\x21\0\x23", "",
	    "1 x: the PROXY header is too short for its addresses"),
	CASE("too short, UNIX", SIGNATURE "\x21\x31\0\xd7", "",
	    "1 x: the PROXY header is too short for its addresses"),
};

static void
test_cases(void)
{
	static const size_t pieces[] = { 70000, 1, 2, 7, 13 };
	struct proxy_header h;
	char text[512];
	size_t i, j;

	for (i = 0; i < NITEMS(cases); i++) {
		size_t want = cases[i].n - cases[i].behind;
		bool good = true;

		for (j = 0; j < NITEMS(pieces); j++) {
			struct result_of r = feed(&h, cases[i].in, cases[i].n,
			    pieces[j]);

			if (strcmp(text_of(&h, text), cases[i].want) == 0 &&
			    (r.verdict != DIALOGUE_DONE || r.used == want))
				continue;
			good = false;
			printf("# pieces of %zu: %zu used: %s\n", pieces[j],
			    r.used, text_of(&h, text));
		}
		ok(good, "%s: %s", cases[i].name, cases[i].want);
	}
}

/* A verdict stays, and what comes then is not its own. */
static void
test_stays(void)
{
	struct proxy_header h;
	size_t used = 99, n = 99;

	feed(&h, BYTES("PROXY UNKNOWN\r\n"), 100);
	ok(proxy_header_codec.feed(&h, (const unsigned char *)"x", 1, &used) ==
	    DIALOGUE_DONE && used == 0, "what comes later is data");
	ok(proxy_header_codec.feed(&h, NULL, 0, &used) == DIALOGUE_DONE,
	    "it stays done");
	feed(&h, BYTES("x"), 100);
	ok(proxy_header_codec.feed(&h, (const unsigned char *)"PROXY ", 6,
	    &used) == DIALOGUE_REFUSED, "it stays refused");
	proxy_header_codec.sent(&h, 0);
	proxy_header_codec.output(&h, &n);
	is_int((int64_t)n, 0, "nothing is answered");
}

static char long_one[PROXY_HEADER_FIXED + 65535 + 1];

static void
test_long(void)
{
	struct proxy_header h;
	char text[512];
	struct result_of r;

	memcpy(long_one, SIGNATURE "\x21\x11\xff\xff" V4 "\x04\xff\xf0", 31);
	r = feed(&h, long_one, sizeof(long_one), 999);
	is_str(text_of(&h, text), "v2 192.0.2.1 5555 > 198.51.100.7 443",
	    "64 KiB");
	is_int((int64_t)r.used, PROXY_HEADER_FIXED + 65535,
	    "all of them, and no more");
	r = feed(&h, long_one, sizeof(long_one) - 2, 1 << 17);
	ok(r.verdict == DIALOGUE_MORE, "one byte is missing");
}

static struct proxy_header_address
address(enum proxy_header_family family, const char *text, uint16_t port)
{
	struct proxy_header_address a = { .family = family, .port = port };

	if (family == PROXY_HEADER_UNIX)
		snprintf(a.path, sizeof(a.path), "%s", text);
	else if (inet_pton(family == PROXY_HEADER_INET ? AF_INET : AF_INET6,
	    text, a.ip) != 1)
		abort();
	return a;
}

static void
test_make(void)
{
	const struct proxy_header_address v4 = address(PROXY_HEADER_INET,
	    "192.0.2.1", 5555), w4 = address(PROXY_HEADER_INET, "198.51.100.7",
	    443), v6 = address(PROXY_HEADER_INET6, "2001:db8::1", 5555),
	    w6 = address(PROXY_HEADER_INET6, "2001:db8::2", 443),
	    m4 = address(PROXY_HEADER_INET6, "::ffff:192.0.2.1", 5555),
	    n4 = address(PROXY_HEADER_INET6, "::ffff:198.51.100.7", 443),
	    from = address(PROXY_HEADER_UNIX, "/from", 0),
	    to = address(PROXY_HEADER_UNIX, "/to", 0),
	    odd = address(PROXY_HEADER_INET6, "::192.0.2.1", 5555);
	const struct proxy_header_address none = { 0 };
	const struct {
		const char			*name;
		const struct proxy_header_address *source, *destination;
		const char			*line, *binary;
		size_t				 binary_n;
	} made[] = {
		{ "IPv4", &v4, &w4,
		    "PROXY TCP4 192.0.2.1 198.51.100.7 5555 443\r\n",
		    BYTES(SIGNATURE "\x21\x11\0\x0c" V4) },
		{ "IPv4 as IPv6", &m4, &n4,
		    "PROXY TCP4 192.0.2.1 198.51.100.7 5555 443\r\n",
		    BYTES(SIGNATURE "\x21\x11\0\x0c" V4) },
		{ "IPv4, one as IPv6", &m4, &w4,
		    "PROXY TCP4 192.0.2.1 198.51.100.7 5555 443\r\n",
		    BYTES(SIGNATURE "\x21\x11\0\x0c" V4) },
		{ "IPv6", &v6, &w6,
		    "PROXY TCP6 2001:db8::1 2001:db8::2 5555 443\r\n",
		    BYTES(SIGNATURE "\x21\x21\0\x24" V6) },
		{ "both", &v4, &w6, "PROXY TCP6 0:0:0:0:0:ffff:c000:201 "
		    "2001:db8::2 5555 443\r\n", BYTES(SIGNATURE "\x21\x21\0"
		    "\x24\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1\x20\1\x0d\xb8"
		    "\0\0\0\0\0\0\0\0\0\0\0\2\x15\xb3\1\xbb") },
		{ "both, the other way round", &v6, &n4, "PROXY TCP6 "
		    "2001:db8::1 0:0:0:0:0:ffff:c633:6407 5555 443\r\n",
		    NULL, 0 },
		{ "dots", &odd, &w6, "PROXY TCP6 0:0:0:0:0:0:c000:201 "
		    "2001:db8::2 5555 443\r\n", NULL, 0 },
		{ "no source", NULL, &w4, "PROXY UNKNOWN\r\n",
		    BYTES(SIGNATURE "\x20\0\0\0") },
		{ "no destination", &v4, NULL, "PROXY UNKNOWN\r\n",
		    BYTES(SIGNATURE "\x20\0\0\0") },
		{ "UNIX and IPv4", &from, &w4, "PROXY UNKNOWN\r\n",
		    BYTES(SIGNATURE "\x20\0\0\0") },
		{ "IPv6 and UNIX", &v6, &to, "PROXY UNKNOWN\r\n",
		    BYTES(SIGNATURE "\x20\0\0\0") },
		{ "no family", &none, &w4, "PROXY UNKNOWN\r\n",
		    BYTES(SIGNATURE "\x20\0\0\0") },
		{ "UNIX", &from, &to, "PROXY UNKNOWN\r\n", NULL, 0 },
	};
	unsigned char out[PROXY_HEADER_MAX];
	struct proxy_header h;
	char text[512];
	size_t i, n;

	for (i = 0; i < NITEMS(made); i++) {
		n = proxy_header_make(1, made[i].source, made[i].destination,
		    out);
		is_mem(out, n, made[i].line, strlen(made[i].line), "%s: line",
		    made[i].name);
		if (made[i].binary == NULL)
			continue;
		n = proxy_header_make(2, made[i].source, made[i].destination,
		    out);
		is_mem(out, n, made[i].binary, made[i].binary_n, "%s: binary",
		    made[i].name);
	}
	ok(!proxy_header_can_tell(1, &from, &to) &&
	    proxy_header_can_tell(2, &from, &to), "version 2 knows of paths");
	n = proxy_header_make(2, &from, &to, out);
	is_int((int64_t)n, 16 + 216, "UNIX: all bytes of both paths");
	is_mem(out, 22, SIGNATURE "\x21\x31\0\xd8/from\0", 22, "its head");
	feed(&h, (const char *)out, n, 9);
	is_str(text_of(&h, text), "v2 /from > /to", "as it is read");
}

int
main(void)
{
	test_cases();
	test_stays();
	test_long();
	test_make();
	return tap_done();
}
