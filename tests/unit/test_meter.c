/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/meter.h"

#define SECOND	INT64_C(1000000000)
#define MIB	(UINT64_C(1024) * 1024)

static void
test_bytes(void)
{
	static const struct {
		uint64_t	 n;
		const char	*text;
	} tests[] = {
		{ 0, "0B" },
		{ 1, "1B" },
		{ 1023, "1023B" },
		{ 1024, "1.00KiB" },
		{ 1536, "1.50KiB" },
		{ 10239, "9.99KiB" },
		{ 10240, "10.0KiB" },
		{ 102399, "99.9KiB" },
		{ 102400, "100KiB" },
		{ MIB - 1, "1023KiB" },
		{ MIB, "1.00MiB" },
		{ 1024 * MIB, "1.00GiB" },
		{ 5 * 1024 * MIB, "5.00GiB" },
		{ MIB * MIB, "1.00TiB" },
		{ 1024 * MIB * MIB, "1.00PiB" },
		{ UINT64_MAX, "15.9EiB" },
	};
	char buf[METER_BYTES_MAX];

	for (size_t i = 0; i < NITEMS(tests); i++)
		is_str(meter_bytes(tests[i].n, buf), tests[i].text,
		    "%llu bytes", (unsigned long long)tests[i].n);
}

static const struct meter half = {
	.sent = { 512 * MIB, 64 * MIB },
	.size = 1024 * MIB,
	.size_of_sent = true,
	.elapsed = 8 * SECOND,
};

static void
test_widths(void)
{
	static const struct {
		size_t		 width;
		const char	*text;
	} tests[] = {
		{ 79, "sent  512MiB 64.0MiB/s 0:08 "
		      "[=================>                ]  50% 0:08 left" },
		{ 60, "sent  512MiB 64.0MiB/s 0:08 [=======>       ]  50% "
		      "0:08 left" },
		{ 55, "sent  512MiB 64.0MiB/s 0:08 [=====>    ]  50% "
		      "0:08 left" },
		{ 50, "sent  512MiB 64.0MiB/s 0:08  50% 0:08 left" },
		{ 40, " 512MiB 64.0MiB/s 0:08  50% 0:08 left" },
		{ 32, " 512MiB 64.0MiB/s  50% 0:08 left" },
		{ 31, " 512MiB 64.0MiB/s 0:08  50%" },
		{ 19, " 512MiB 0:08  50%" },
		{ 12, " 512MiB  50%" },
		{ 7, " 512MiB" },
		{ 6, "50%" },
		{ 3, "50%" },
		{ 2, "" },
		{ 0, "" },
	};
	char out[METER_TEXT_MAX];

	for (size_t i = 0; i < NITEMS(tests); i++) {
		size_t n = meter_format(&half, tests[i].width, out);

		is_str(out, tests[i].text, "%zu columns", tests[i].width);
		ok(n == strlen(out), "its length");
	}
}

static void
check(const struct meter *m, const char *line, const char *words,
    const char *what)
{
	char out[METER_TEXT_MAX];

	meter_format(m, 79, out);
	is_str(out, line, "%s", what);
	meter_describe(m, out);
	is_str(out, words, "%s, in words", what);
}

static void
test_kinds(void)
{
	struct meter m = { .received = { 3000, 1000 }, .elapsed = 3 * SECOND };

	check(&m, "received 2.92KiB   1000B/s 0:03",
	    "sent 0 bytes (0B/s), received 3000 bytes (1000B/s) in 0:03",
	    "one way, of unknown size");
	m.sent = (struct meter_way){ 80, 0 };
	check(&m, "received 2.92KiB   1000B/s  sent     80B      0B/s 0:03",
	    "sent 80 bytes (0B/s), received 3000 bytes (1000B/s) in 0:03",
	    "both ways");
	m.size = 6000;
	check(&m, "received 2.92KiB   1000B/s  sent     80B      0B/s 0:03 "
	    " 50% 0:03 left",
	    "sent 80 bytes (0B/s), received 3000 bytes (1000B/s) in 0:03, "
	    "50% of 6000 bytes, 0:03 left", "a size that is told");
	m.over = true;
	check(&m, "received 2.92KiB   1000B/s  sent     80B      0B/s 0:03 "
	    "[========>       ]  50%",
	    "sent 80 bytes (0B/s), received 3000 bytes (1000B/s) in 0:03, "
	    "50% of 6000 bytes", "it is over");
	m.size = 2999;
	check(&m, "received 2.92KiB   1000B/s  sent     80B      0B/s 0:03",
	    "sent 80 bytes (0B/s), received 3000 bytes (1000B/s) in 0:03",
	    "a size that is wrong");
	m = (struct meter){ .size = 100, .size_of_sent = true, .many = true,
	    .open = 3, .elapsed = 3723 * SECOND, .received = { 1, 1 } };
	check(&m, "sent      0B      0B/s  received      1B      1B/s "
	    "1:02:03   0% -:-- left",
	    "sent 0 bytes (0B/s), received 1 bytes (1B/s) in 1:02:03, "
	    "3 open, 0% of 100 bytes", "nothing moves");
	m = (struct meter){ .sent = { 100, 50 }, .size = 100, .over = true };
	check(&m, "sent    100B     50B/s 0:00 "
	    "[============================================] 100%",
	    "sent 100 bytes (50B/s), received 0 bytes (0B/s) in 0:00, "
	    "100% of 100 bytes", "all of it");
	m = (struct meter){ .sent = { UINT64_MAX, UINT64_MAX },
	    .received = { UINT64_MAX, UINT64_MAX }, .size = UINT64_MAX,
	    .elapsed = INT64_MAX, .many = true, .open = SIZE_MAX };
	check(&m, "sent 15.9EiB 15.9EiB/s  received 15.9EiB 15.9EiB/s "
	    "2562047:47:16  99% 0:00 left",
	    "sent 18446744073709551615 bytes (15.9EiB/s), received "
	    "18446744073709551615 bytes (15.9EiB/s) in 2562047:47:16, "
	    "18446744073709551615 open, 99% of 18446744073709551615 bytes, "
	    "0:00 left", "numbers without end");
}

static void
test_rate(void)
{
	struct meter_rate r = { .count = 0 };

	is_int((int64_t)meter_rate_of(1000, 0), 0, "no time, no rate");
	is_int((int64_t)meter_rate_of(1000, SECOND / 2), 2000, "half a second");
	ok(meter_rate_of(UINT64_MAX, 1000 * SECOND) == UINT64_MAX / 1000,
	    "many bytes");
	ok(meter_rate_of(UINT64_MAX, SECOND / 2) == UINT64_MAX, "too many");
	is_int((int64_t)meter_rate_add(&r, 0, 0), 0, "the first look");
	is_int((int64_t)meter_rate_add(&r, SECOND / 4, 250), 1000, "at once");
	for (int i = 1; i <= 10; i++)
		is_int((int64_t)meter_rate_add(&r, i * SECOND,
		    (uint64_t)i * 1000), 1000, "as before, after %d s", i);
	is_int((int64_t)meter_rate_add(&r, 11 * SECOND, 15000), 1800,
	    "faster, smoothed");
	for (int i = 12; i < 17; i++)
		meter_rate_add(&r, i * SECOND, 15000);
	is_int((int64_t)meter_rate_add(&r, 17 * SECOND, 15000), 0,
	    "it has stopped");
}

int
main(void)
{
	test_bytes();
	test_widths();
	test_kinds();
	test_rate();
	return tap_done();
}
