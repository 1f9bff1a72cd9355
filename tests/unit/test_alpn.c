/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/alpn.h"

struct test {
	const char		*text;
	enum alpn_verdict	 verdict;
	const char		*want;
	size_t			 want_n;
};

static void	check(const struct test *);
static void	check_room(void);
static void	check_names(void);
static void	check_longest(void);

static const struct test tests[] = {
	{ "h2", ALPN_OK, BYTES("\002h2") },
	{ "h2,http/1.1", ALPN_OK, BYTES("\002h2\010http/1.1") },
	{ "x,y,z", ALPN_OK, BYTES("\001x\001y\001z") },
	{ "h2,h2", ALPN_OK, BYTES("\002h2\002h2") },
	{ " a b", ALPN_OK, BYTES("\004 a b") },
	{ "\xca\xca", ALPN_OK, BYTES("\002\xca\xca") },
	{ "", ALPN_EMPTY, BYTES("") },
	{ ",", ALPN_EMPTY, BYTES("") },
	{ "h2,", ALPN_EMPTY, BYTES("") },
	{ ",h2", ALPN_EMPTY, BYTES("") },
	{ "h2,,x", ALPN_EMPTY, BYTES("") },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check(&tests[i]);
	check_room();
	check_names();
	check_longest();
	for (i = 0; i <= ALPN_LIST_TOO_LONG; i++)
		ok(alpn_verdict_text((enum alpn_verdict)i)[0] != '\0',
		    "verdict %zu has a text", i);
	return tap_done();
}

static void
check(const struct test *t)
{
	unsigned char out[64];
	size_t n = 99;

	is_int(alpn_parse(t->text, out, sizeof(out), &n), t->verdict,
	    "\"%s\"", t->text);
	if (t->verdict == ALPN_OK)
		is_mem(out, n, t->want, t->want_n, "\"%s\": the list",
		    t->text);
	else
		is_int((int)n, 99, "\"%s\": no length", t->text);
}

static void
check_room(void)
{
	unsigned char out[8];
	size_t n, size;

	for (size = 0; size < 6; size++)
		is_int(alpn_parse("h2,ab", out, size, &n), ALPN_LIST_TOO_LONG,
		    "no room in %zu bytes", size);
	is_int(alpn_parse("h2,ab", out, 6, &n), ALPN_OK, "6 bytes are enough");
	is_int((int)n, 6, "they are all used");
}

static void
check_names(void)
{
	char name[ALPN_NAME_MAX + 2];
	unsigned char out[ALPN_NAME_MAX + 2];
	size_t n = 0;

	memset(name, 'x', sizeof(name));
	name[ALPN_NAME_MAX] = '\0';
	is_int(alpn_parse(name, out, sizeof(out), &n), ALPN_OK,
	    "a name of 255 bytes");
	is_int((int)n, 256, "its length");
	is_int(out[0], 255, "the length in front of it");
	name[ALPN_NAME_MAX] = 'x';
	name[ALPN_NAME_MAX + 1] = '\0';
	is_int(alpn_parse(name, out, sizeof(out), &n), ALPN_NAME_TOO_LONG,
	    "a name of 256 bytes");
}

/* 255 names of 256 bytes with their length, and one of 255. */
static void
check_longest(void)
{
	static char text[ALPN_LIST_MAX + 2];
	static unsigned char out[ALPN_LIST_MAX + 2];
	size_t i, n = 0;

	memset(text, 'x', ALPN_LIST_MAX - 1);
	for (i = ALPN_NAME_MAX; i < ALPN_LIST_MAX; i += ALPN_NAME_MAX + 1)
		text[i] = ',';
	text[ALPN_LIST_MAX - 1] = '\0';
	is_int(alpn_parse(text, out, sizeof(out), &n), ALPN_OK,
	    "the longest list");
	is_int((int)n, ALPN_LIST_MAX, "its length");
	text[ALPN_LIST_MAX - 1] = 'x';
	is_int(alpn_parse(text, out, sizeof(out), &n), ALPN_LIST_TOO_LONG,
	    "a longer one, however much room there is");
}
