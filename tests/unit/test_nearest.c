/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "tap.h"
#include "wire/nearest.h"

static void	test_distance(void);
static void	test_find(void);
static void	test_others(void);
static void	test_bounds(void);

int
main(void)
{
	test_distance();
	test_find();
	test_others();
	test_bounds();
	return tap_done();
}

static void
test_distance(void)
{
	static const struct {
		const char	*a, *b;
		size_t		 distance;
	} tests[] = {
		{ "", "", 0 },
		{ "a", "", 1 },
		{ "", "ab", 2 },
		{ "same", "same", 0 },
		{ "timout", "timeout", 1 },
		{ "keepalivee", "keepalive", 1 },
		{ "lisden", "listen", 1 },
		{ "tls-isnecure", "tls-insecure", 1 },
		{ "ba", "ab", 1 },
		{ "abcd", "badc", 2 },
		{ "ca", "abc", 3 },	/* what was swapped is left alone */
		{ "kitten", "sitting", 3 },
		{ "abcdefghijklmnopqrstuvwxyz012345", "", 32 },
		{ "abcdefghijklmnopqrstuvwxyz012345",
		    "bacdefghijklmnopqrstuvwxyz012354", 2 },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		size_t a = strlen(tests[i].a), b = strlen(tests[i].b);

		is_int((long long)nearest_distance(tests[i].a, a, tests[i].b,
		    b), (long long)tests[i].distance, "'%s' to '%s'",
		    tests[i].a, tests[i].b);
		is_int((long long)nearest_distance(tests[i].b, b, tests[i].a,
		    a), (long long)tests[i].distance, "... and back");
	}
}

static void
offer(struct nearest *n, const char *const *word)
{
	for (; *word != NULL; word++)
		nearest_offer(n, *word, true);
}

static void
test_find(void)
{
	static const char *const words[] = { "", "listen", "keep-open",
		"keepalive", "no-keepalive", "tls", "tls-cert", "tls-peer-cert",
		"tls-insecure", "timeout", "idle-timeout", "x", NULL };
	static const struct {
		const char	*text, *found;
		bool		 begun;
	} tests[] = {
		{ "lisden", "--listen", false },
		{ "lsiten", "--listen", false },
		{ "timout", "--timeout", false },
		{ "keepalve", "--keepalive", false },
		{ "insecure", "--tls-insecure", false },
		{ "cert", "--tls-cert or --tls-peer-cert", false },
		/* A part, but the whole is nearer. */
		{ "timeot", "--timeout", false },
		{ "ke", "--keep-open or --keepalive", true },
		{ "tls-", "--tls-cert, --tls-peer-cert or --tls-insecure",
		    true },
		{ "tls", "--tls, --tls-cert, --tls-peer-cert or --tls-insecure",
		    true },
		/* All of it would have to be changed. */
		{ "y", "", false },
		{ "", "", false },
		{ "-", "", false },
		{ "xyzzy", "", false },
	};
	char buf[128];

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct nearest n;

		nearest_init(&n, tests[i].text, strlen(tests[i].text));
		offer(&n, words);
		is_str(nearest_name(&n, buf, sizeof(buf)), tests[i].found,
		    "'%s'", tests[i].text);
		ok(nearest_is_begun(&n) == tests[i].begun, "... is short");
	}
}

static void
test_others(void)
{
	static const char *const words[] = { "tls", "tls-b", "tls-c", "tls-d",
		"tls-e", NULL };
	struct nearest n;
	char buf[128];

	nearest_init(&n, "tl=...", 2);
	offer(&n, words);
	is_str(nearest_name(&n, buf, sizeof(buf)),
	    "--tls, --tls-b, --tls-c, --tls-d or 1 other", "one more");
	nearest_offer(&n, "tl", true);
	is_str(nearest_name(&n, buf, sizeof(buf)),
	    "--tls, --tls-b, --tls-c, --tls-d or 2 others", "two more");
	nearest_init(&n, "d", 1);
	offer(&n, words);
	is_str(nearest_name(&n, buf, sizeof(buf)), "--tls-d", "a part");
	nearest_init(&n, "d", 1);
	nearest_offer(&n, "tls-d", false);
	is_str(nearest_name(&n, buf, sizeof(buf)), "", "parts don't count");
}

static void
test_bounds(void)
{
	char longer[NEAREST_LENGTH + 2], buf[8];
	struct nearest n;

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	nearest_init(&n, longer, strlen(longer));
	nearest_offer(&n, longer, true);
	is_int((long long)n.count, 0, "what is too long means nothing");
	nearest_init(&n, longer, NEAREST_LENGTH);
	nearest_offer(&n, longer, true);
	is_int((long long)n.count, 0, "nor is it meant");
	nearest_offer(&n, longer + 1, true);
	is_int((long long)n.count, 1, "the longest is");
	is_str(nearest_name(&n, buf, sizeof(buf)), "--aaaaa", "cut off");
}
