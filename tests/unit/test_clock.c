/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

static void	test_after(void);
static void	test_poll_timeout(void);
static void	test_now(void);
static void	test_utc(void);

int
main(void)
{
	test_after();
	test_poll_timeout();
	test_now();
	test_utc();
	return tap_done();
}

static void
test_after(void)
{
	static const struct {
		const char	*name;
		int64_t		 now, span, want;
	} tests[] = {
		{ "no span", 5, 0, 5 },
		{ "a second", 5, CLOCK_SECOND, CLOCK_SECOND + 5 },
		{ "a span without end", 5, CLOCK_NEVER, CLOCK_NEVER },
		{ "a span without end at 0", 0, CLOCK_NEVER, CLOCK_NEVER },
		{ "the last point that comes", 1, CLOCK_NEVER - 2,
		    CLOCK_NEVER - 1 },
		{ "just too far", 1, CLOCK_NEVER - 1, CLOCK_NEVER },
		{ "too far", CLOCK_NEVER - 1, CLOCK_NEVER - 1, CLOCK_NEVER },
		{ "after never", CLOCK_NEVER, 0, CLOCK_NEVER },
		{ "a second after never", CLOCK_NEVER, CLOCK_SECOND,
		    CLOCK_NEVER },
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		is_int(clock_after(tests[i].now, tests[i].span), tests[i].want,
		    "clock_after: %s", tests[i].name);
	is_int(clock_earlier(3, 4), 3, "clock_earlier: the first");
	is_int(clock_earlier(CLOCK_NEVER, 4), 4, "clock_earlier: the second");
}

static void
test_poll_timeout(void)
{
	static const struct {
		const char	*name;
		int64_t		 deadline, now;
		int		 want;
	} tests[] = {
		{ "never", CLOCK_NEVER, 5, -1 },
		{ "never, at the end of time", CLOCK_NEVER, CLOCK_NEVER, -1 },
		{ "past", 5, 6, 0 },
		{ "long past", 0, CLOCK_NEVER, 0 },
		{ "now", 5, 5, 0 },
		{ "in a nanosecond", 6, 5, 1 },
		{ "in a millisecond", CLOCK_MS, 0, 1 },
		{ "in a little more", CLOCK_MS + 1, 0, 2 },
		{ "in a second", 7 + CLOCK_SECOND, 7, 1000 },
		{ "the longest", INT_MAX * CLOCK_MS, 0, INT_MAX },
		{ "longer", INT_MAX * CLOCK_MS + 1, 0, INT_MAX },
		{ "just before never", CLOCK_NEVER - 1, 0, INT_MAX },
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		is_int(clock_poll_timeout(tests[i].deadline, tests[i].now),
		    tests[i].want, "clock_poll_timeout: %s", tests[i].name);
}

static void
test_now(void)
{
	int64_t first = clock_now();

	ok(first >= 0 && clock_now() >= first, "the clock never goes back");
}

static void
test_utc(void)
{
	static const struct {
		int64_t		 time;
		const char	*text;
	} tests[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 999, "1970-01-01T00:00:00.000000Z" },
		{ 1000, "1970-01-01T00:00:00.000001Z" },
		{ 951827696 * CLOCK_SECOND + 999999999,
		    "2000-02-29T12:34:56.999999Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775Z" },
	};
	char text[CLOCK_UTC_LENGTH + 2];

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		memset(text, '~', sizeof(text));
		text[CLOCK_UTC_LENGTH + 1] = '\0';
		clock_put_utc(text, tests[i].time);
		ok(text[CLOCK_UTC_LENGTH] == '~', "it has its length");
		text[CLOCK_UTC_LENGTH] = '\0';
		is_mem(text, CLOCK_UTC_LENGTH, tests[i].text,
		    CLOCK_UTC_LENGTH, "%s", tests[i].text);
	}
}
