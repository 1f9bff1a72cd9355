/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/number.h"
#include "fuzz.h"

#define KEPT	INT64_C(-987654321)

struct factor {
	const char	*suffix;
	int64_t		 value;
};

static void	check_integer(const char *, int64_t, int64_t);
static void	check_any_base(const char *);
static void	check_scaled(const char *, bool, int64_t,
		    const struct factor *);

static const struct factor time_factors[] = {
	{ "", CLOCK_SECOND }, { "ms", CLOCK_MS }, { "s", CLOCK_SECOND },
	{ "m", 60 * CLOCK_SECOND }, { "h", 3600 * CLOCK_SECOND },
	{ NULL, 0 },
};

static const struct factor size_factors[] = {
	{ "", 1 }, { "k", 1024 }, { "K", 1024 }, { "m", 1 << 20 },
	{ "M", 1 << 20 }, { "g", 1 << 30 }, { "G", 1 << 30 }, { NULL, 0 },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	int64_t value = KEPT;
	bool good;

	check_integer(text, 0, 65535);
	check_integer(text, -1, 255);
	check_integer(text, 0, INT64_MAX);
	check_integer(text, INT64_MIN, INT64_MAX);
	check_any_base(text);
	good = number_parse_time(text, &value);
	check_scaled(text, good, value, time_factors);
	value = KEPT;
	good = number_parse_size(text, &value);
	check_scaled(text, good, value, size_factors);
	CHECK(value <= INT64_MAX / 2);
	free(text);
	return 0;
}

/* All that is good strtoll(3) takes, too; what it takes of ours is good. */
static void
check_integer(const char *text, int64_t min, int64_t max)
{
	const char *digits = text + (*text == '-' && min < 0);
	int64_t value = KEPT, want;
	bool good, strict;
	char *end;

	strict = *digits != '\0' &&
	    digits[strspn(digits, "0123456789")] == '\0';
	errno = 0;
	want = strtoll(text, &end, 10);
	good = strict && *end == '\0' && errno == 0 && want >= min &&
	    want <= max;
	CHECK(number_parse(text, min, max, &value) == good);
	CHECK(value == (good ? want : KEPT));
}

static void
check_any_base(const char *text)
{
	const char *digits = text + (*text == '-');
	bool good, hex, same;
	int64_t value = KEPT, decimal = KEPT, want;

	good = number_parse_any_base(text, INT64_MIN, INT64_MAX, &value);
	hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	if (!hex) {
		same = number_parse(text, INT64_MIN, INT64_MAX, &decimal);
		CHECK(good == same && value == decimal);
	} else if (good) {
		errno = 0;
		want = strtoll(text, NULL, 16);
		CHECK(errno == 0 && value == want);
		CHECK(strspn(digits + 2, "0123456789abcdefABCDEF") ==
		    strlen(digits + 2));
	} else
		CHECK(value == KEPT);
}

/* A float is good enough to see that a value is about right. */
static void
check_scaled(const char *text, bool good, int64_t value,
    const struct factor *factor)
{
	long double want;
	char *end;

	if (!good) {
		CHECK(value == KEPT);
		return;
	}
	CHECK(text[strspn(text, "0123456789.hkmsgKMG")] == '\0');
	want = strtold(text, &end);
	CHECK(end != text && end[-1] != '.');
	while (factor->suffix != NULL && strcmp(factor->suffix, end) != 0)
		factor++;
	CHECK(factor->suffix != NULL);
	want *= (long double)factor->value;
	CHECK(value >= 0);
	CHECK((long double)value <= want * (1 + 1e-15L) + 1);
	CHECK((long double)value >= want * (1 - 1e-15L) - 2);
}
