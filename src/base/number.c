/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"

#define DIGITS		"0123456789"

/* 36525 days: a hundred years, leap days included. */
#define TIME_MAX	(INT64_C(36525) * 24 * 3600 * CLOCK_SECOND)
#define SIZE_LIMIT	(INT64_MAX / 2)

struct unit {
	const char	*suffix;
	int64_t		 factor;
};

static bool	number_scan(const char *, bool, int64_t, int64_t, int64_t *);
static bool	scan_digits(const char *, size_t, unsigned int, uint64_t,
		    uint64_t *);
static unsigned int	digit_value(char);
static bool	scan_scaled(const char *, const struct unit *, size_t, int64_t,
		    int64_t *);
static int64_t	unit_factor(const struct unit *, size_t, const char *);
static int64_t	scale_fraction(const char *, size_t, int64_t);

bool
number_parse(const char *text, int64_t min, int64_t max, int64_t *value)
{
	return number_scan(text, false, min, max, value);
}

bool
number_parse_any_base(const char *text, int64_t min, int64_t max,
    int64_t *value)
{
	return number_scan(text, true, min, max, value);
}

const char *
number_behind_blanks(const char *text)
{
	const char *digits = text + strspn(text, " \t\n\v\f\r");

	digits += *digits == '+';
	return strspn(digits, DIGITS) > 0 ? digits : text;
}

bool
number_parse_time(const char *text, int64_t *ns)
{
	static const struct unit units[] = {
		{ "", CLOCK_SECOND },
		{ "ms", CLOCK_MS },
		{ "s", CLOCK_SECOND },
		{ "m", 60 * CLOCK_SECOND },
		{ "h", 3600 * CLOCK_SECOND },
	};

	return scan_scaled(text, units, sizeof(units) / sizeof(units[0]),
	    TIME_MAX, ns);
}

bool
number_parse_size(const char *text, int64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "k", INT64_C(1) << 10 }, { "K", INT64_C(1) << 10 },
		{ "m", INT64_C(1) << 20 }, { "M", INT64_C(1) << 20 },
		{ "g", INT64_C(1) << 30 }, { "G", INT64_C(1) << 30 },
	};

	return scan_scaled(text, units, sizeof(units) / sizeof(units[0]),
	    SIZE_LIMIT, bytes);
}

/*
 * strtonum(3) and strtoll(3) skip blanks and take a plus, so the digits are
 * read here.
 */
static bool
number_scan(const char *text, bool hex, int64_t min, int64_t max,
    int64_t *value)
{
	bool negative = *text == '-';
	unsigned int base = 10;
	uint64_t size;
	int64_t n;

	if (negative && min >= 0)
		return false;
	text += negative;
	if (hex && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	/* INT64_MIN is one further from zero than INT64_MAX. */
	if (!scan_digits(text, strlen(text), base,
	    (uint64_t)INT64_MAX + negative, &size))
		return false;
	if (size > INT64_MAX)
		n = INT64_MIN;
	else
		n = negative ? -(int64_t)size : (int64_t)size;
	if (n < min || n > max)
		return false;
	*value = n;
	return true;
}

/* Read all n characters as a number of at most limit. */
static bool
scan_digits(const char *s, size_t n, unsigned int base, uint64_t limit,
    uint64_t *value)
{
	uint64_t total = 0;
	unsigned int digit;
	size_t i;

	if (n == 0)
		return false;
	for (i = 0; i < n; i++) {
		digit = digit_value(s[i]);
		if (digit >= base || digit > limit ||
		    total > (limit - digit) / base)
			return false;
		total = total * base + digit;
	}
	*value = total;
	return true;
}

/* 0 to 15, or more than any base when c is no digit. */
static unsigned int
digit_value(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *p;
	unsigned int value;

	if (c == '\0' || (p = strchr(digits, c)) == NULL)
		return 99;
	value = (unsigned int)(p - digits);
	return value < 16 ? value : value - 6;
}

/* A number with or without a fraction, then the suffix of one of the units. */
static bool
scan_scaled(const char *text, const struct unit *units, size_t count,
    int64_t limit, int64_t *value)
{
	size_t whole_len = strspn(text, DIGITS), fraction_len = 0;
	const char *fraction = text + whole_len;
	uint64_t whole = 0;
	int64_t factor, total;

	if (*fraction == '.') {
		fraction_len = strspn(++fraction, DIGITS);
		if (fraction_len == 0)
			return false;
	}
	if (whole_len + fraction_len == 0)
		return false;
	factor = unit_factor(units, count, fraction + fraction_len);
	if (factor == 0)
		return false;
	if (whole_len > 0 && !scan_digits(text, whole_len, 10,
	    (uint64_t)(limit / factor), &whole))
		return false;
	total = (int64_t)whole * factor +
	    scale_fraction(fraction, fraction_len, factor);
	if (total > limit)
		return false;
	*value = total;
	return true;
}

/* What the suffix multiplies by; 0 if it is no unit. */
static int64_t
unit_factor(const struct unit *units, size_t count, const char *suffix)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(units[i].suffix, suffix) == 0)
			return units[i].factor;
	return 0;
}

/*
 * factor times 0.DIGITS, rounded down.  Working from the last digit to the
 * first, what each division drops cannot matter to the next: the result is
 * exact for any number of digits, and never larger than factor.
 */
static int64_t
scale_fraction(const char *digits, size_t n, int64_t factor)
{
	int64_t part = 0;

	while (n-- > 0)
		part = ((digits[n] - '0') * factor + part) / 10;
	return part;
}

int
number_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}
