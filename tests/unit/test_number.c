/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/number.h"
#include "tap.h"

#define KEPT	INT64_C(-77)	/* a value that no failure may change */
#define BAD	INT64_C(-78)	/* in a table: to be rejected */

#define HUNDRED_YEARS	(INT64_C(876600) * 3600 * CLOCK_SECOND)

typedef bool	(*scale_parser)(const char *, int64_t *);

static void	test_integers(void);
static void	test_any_base(void);
static void	test_times(void);
static void	test_sizes(void);
static void	test_hex_digits(void);
static void	check_scaled(scale_parser, const char *, const char *, int64_t);

int
main(void)
{
	test_integers();
	test_any_base();
	test_times();
	test_sizes();
	test_hex_digits();
	is_str(number_behind_blanks(" \t+12"), "12", "blanks and a plus");
	is_str(number_behind_blanks("12 "), "12 ", "none in front");
	is_str(number_behind_blanks(" x"), " x", "what is no number");
	is_str(number_behind_blanks("+ 1"), "+ 1", "a plus without digits");
	is_str(number_behind_blanks(""), "", "nothing");
	return tap_done();
}

static void
test_hex_digits(void)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	for (int c = 0; c < 256; c++) {
		const char *found = c == 0 ? NULL : strchr(digits, c);

		is_int(number_hex_digit((char)c), found == NULL ? -1 :
		    (int)(found - digits) % 16, "hexadecimal digit %d", c);
	}
}

static void
test_integers(void)
{
	static const struct {
		const char	*text;
		int64_t		 min, max;
		bool		 good;
		int64_t		 value;
	} tests[] = {
		{ "0", 0, 65535, true, 0 },
		{ "65535", 0, 65535, true, 65535 },
		{ "65536", 0, 65535, false, 0 },
		{ "007", 0, 9, true, 7 },
		{ "0", 1, 10, false, 0 },
		{ "", 0, 10, false, 0 },
		{ " 1", 0, 10, false, 0 },
		{ "1 ", 0, 10, false, 0 },
		{ "\t1", 0, 10, false, 0 },
		{ "1\n", 0, 10, false, 0 },
		{ "+1", 0, 10, false, 0 },
		{ "+1", -10, 10, false, 0 },
		{ "-", -10, 10, false, 0 },
		{ "--1", -10, 10, false, 0 },
		{ "- 1", -10, 10, false, 0 },
		{ "-1", 0, 10, false, 0 },
		{ "-0", 0, 10, false, 0 },
		{ "-0", -1, 10, true, 0 },
		{ "-1", -1, 10, true, -1 },
		{ "-2", -1, 10, false, 0 },
		{ "1e3", 0, 10000, false, 0 },
		{ "0x", 0, 10, false, 0 },
		{ "0x1", 0, 10, false, 0 },
		{ "1.0", 0, 10, false, 0 },
		{ "1,0", 0, 10, false, 0 },
		{ "abc", 0, 10, false, 0 },
		{ "1a", 0, 100, false, 0 },
		{ "1:", 0, 100, false, 0 },
		{ "1/", 0, 100, false, 0 },
		{ "\xd9\xa1", 0, 10, false, 0 },	/* Arabic digit one */
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true,
		    INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true,
		    INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "18446744073709551616", 0, INT64_MAX, false, 0 },
		{ "18446744073709551617", 0, INT64_MAX, false, 0 },
		{ "99999999999999999999999999", 0, INT64_MAX, false, 0 },
		{ "00000000000000000000000000000000000012", 0, 99, true, 12 },
	};
	int64_t value;
	size_t i;
	bool good;

	for (i = 0; i < NITEMS(tests); i++) {
		value = KEPT;
		good = number_parse(tests[i].text, tests[i].min, tests[i].max,
		    &value);
		ok(good == tests[i].good &&
		    value == (good ? tests[i].value : KEPT),
		    "integer \"%s\" within %lld to %lld", tests[i].text,
		    (long long)tests[i].min, (long long)tests[i].max);
	}
}

static void
test_any_base(void)
{
	static const struct {
		const char	*text;
		bool		 good;
		int64_t		 value;
	} tests[] = {
		{ "16", true, 16 },
		{ "010", true, 10 },	/* no octal */
		{ "0x10", true, 16 },
		{ "0X1f", true, 31 },
		{ "0xaBcDeF", true, 0xabcdef },
		{ "0x00000000000000000000000000000001", true, 1 },
		{ "-0x10", true, -16 },
		{ "0x7fffffffffffffff", true, INT64_MAX },
		{ "0x8000000000000000", false, 0 },
		{ "-0x8000000000000000", true, INT64_MIN },
		{ "0x10000000000000001", false, 0 },
		{ "0x", false, 0 },
		{ "-0x", false, 0 },
		{ "0x-1", false, 0 },
		{ "0x+1", false, 0 },
		{ "0x 1", false, 0 },
		{ "0x1 ", false, 0 },
		{ "0xg", false, 0 },
		{ "0x0x1", false, 0 },
		{ "x1", false, 0 },
		{ "ff", false, 0 },
		{ "1x0", false, 0 },
		{ "", false, 0 },
	};
	int64_t value;
	size_t i;
	bool good;

	for (i = 0; i < NITEMS(tests); i++) {
		value = KEPT;
		good = number_parse_any_base(tests[i].text, INT64_MIN,
		    INT64_MAX, &value);
		ok(good == tests[i].good &&
		    value == (good ? tests[i].value : KEPT),
		    "any base \"%s\"", tests[i].text);
	}
	value = KEPT;
	ok(!number_parse_any_base("0x100", 0, 255, &value) && value == KEPT,
	    "any base: out of range");
	ok(!number_parse_any_base("-0x0", 0, 255, &value) && value == KEPT,
	    "any base: no sign where the least is 0");
}

static void
test_times(void)
{
	static const struct {
		const char	*text;
		int64_t		 value;
	} tests[] = {
		{ "0", 0 },
		{ "1", CLOCK_SECOND },
		{ "1s", CLOCK_SECOND },
		{ "250ms", 250 * CLOCK_MS },
		{ "2m", 120 * CLOCK_SECOND },
		{ "3h", 10800 * CLOCK_SECOND },
		{ "1.5", 1500 * CLOCK_MS },
		{ "0.1", 100 * CLOCK_MS },
		{ "0.3", 300 * CLOCK_MS },
		{ "1.000000001", CLOCK_SECOND + 1 },
		{ "0.000000001", 1 },
		{ "0.0000000009", 0 },
		{ "0.9999999999", CLOCK_SECOND - 1 },
		{ "0.5ms", CLOCK_MS / 2 },
		{ "0.000001ms", 1 },
		{ "1.25h", 4500 * CLOCK_SECOND },
		{ ".5", CLOCK_SECOND / 2 },
		{ "00.50", CLOCK_SECOND / 2 },
		{ "0.3333333333333333333333333333333333h",
		    INT64_C(1199999999999) },
		{ "876600h", HUNDRED_YEARS },
		{ "876600.0000000000h", HUNDRED_YEARS },
		{ "876599.9999999999999999999h", HUNDRED_YEARS - 1 },
		{ "876600.0000000000001h", HUNDRED_YEARS },
		{ "876600.000000000001h", BAD },
		{ "876600.001h", BAD },
		{ "876601h", BAD },
		{ "3155760000", HUNDRED_YEARS },
		{ "3155760000.000000001", BAD },
		{ "3155760001", BAD },
		{ "3155760000000ms", HUNDRED_YEARS },
		{ "18446744073709551616", BAD },
		{ "99999999999999999999999999999", BAD },
		{ "", BAD },
		{ " 1", BAD },
		{ "1 ", BAD },
		{ "+1", BAD },
		{ "-1", BAD },
		{ "-0", BAD },
		{ ".", BAD },
		{ "1.", BAD },
		{ "1.s", BAD },
		{ ".s", BAD },
		{ "s", BAD },
		{ "ms", BAD },
		{ "1 s", BAD },
		{ "1S", BAD },
		{ "1M", BAD },
		{ "1MS", BAD },
		{ "1ss", BAD },
		{ "1sm", BAD },
		{ "1m30s", BAD },
		{ "1us", BAD },
		{ "1d", BAD },
		{ "1,5", BAD },
		{ "1.5.5", BAD },
		{ "1e3", BAD },
		{ "0x", BAD },
		{ "0x1", BAD },
		{ "inf", BAD },
		{ "nan", BAD },
		{ "forever", BAD },
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check_scaled(number_parse_time, "time", tests[i].text,
		    tests[i].value);
}

static void
test_sizes(void)
{
	static const struct {
		const char	*text;
		int64_t		 value;
	} tests[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "1023", 1023 },
		{ "1k", 1024 },
		{ "1K", 1024 },
		{ "16k", 16384 },
		{ "1m", 1048576 },
		{ "1M", 1048576 },
		{ "2g", INT64_C(2147483648) },
		{ "2G", INT64_C(2147483648) },
		{ "1.5k", 1536 },
		{ ".5k", 512 },
		{ "0.1k", 102 },
		{ "0.1M", 104857 },
		{ "1.5", 1 },
		{ "0.9999999999999999999999999G", 1073741823 },
		{ "4611686018427387903", INT64_MAX / 2 },
		{ "4611686018427387904", BAD },
		{ "4294967295G", INT64_C(4294967295) << 30 },
		{ "4294967295.99999999999999G", INT64_MAX / 2 },
		{ "4294967296G", BAD },
		{ "18446744073709551617", BAD },
		{ "18014398509481985k", BAD },
		{ "", BAD },
		{ "k", BAD },
		{ ".", BAD },
		{ "1.", BAD },
		{ "1.k", BAD },
		{ ".k", BAD },
		{ " 1", BAD },
		{ "1 ", BAD },
		{ "1 k", BAD },
		{ "+1", BAD },
		{ "-1", BAD },
		{ "1kB", BAD },
		{ "1kk", BAD },
		{ "1KiB", BAD },
		{ "1b", BAD },
		{ "1T", BAD },
		{ "1e3", BAD },
		{ "0x", BAD },
		{ "0x10", BAD },
		{ "1,5k", BAD },
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check_scaled(number_parse_size, "size", tests[i].text,
		    tests[i].value);
}

static void
check_scaled(scale_parser parse, const char *what, const char *text,
    int64_t want)
{
	int64_t value = KEPT;
	bool good = parse(text, &value);

	ok(good == (want != BAD), "%s \"%s\" is %s", what, text,
	    want == BAD ? "rejected" : "accepted");
	is_int(value, want == BAD ? KEPT : want, "%s \"%s\": the value", what,
	    text);
}
