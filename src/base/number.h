/* SPDX-License-Identifier: ISC */
/*
 * Numbers on the command line, parsed strictly: the whole text must be the
 * number, in range, with no blanks and no sign but where one makes sense.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* A decimal integer from min to max.  False leaves *value alone. */
bool	number_parse(const char *text, int64_t min, int64_t max,
	    int64_t *value);

/* The same, 0x in front of hexadecimal digits allowed. */
bool	number_parse_any_base(const char *text, int64_t min, int64_t max,
	    int64_t *value);

/* Where the digits of a number begin for strtol(3) and strtonum(3), which
 * take blanks and a plus in front of them; text itself if there are none. */
const char	*number_behind_blanks(const char *text);

/*
 * A span of time in nanoseconds: a decimal number with or without a fraction,
 * then ms, s (the default), m or h.  At most 100 years.
 */
bool	number_parse_time(const char *text, int64_t *ns);

/* A size in bytes: a number with or without a fraction, then k, M or G (powers
 * of 1024; either case).  At most INT64_MAX / 2. */
bool	number_parse_size(const char *text, int64_t *bytes);

/* The value of a hexadecimal digit, in either case; -1: it is none. */
int	number_hex_digit(char c);

#endif
