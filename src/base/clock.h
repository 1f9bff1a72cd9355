/* SPDX-License-Identifier: ISC */
/*
 * Time.  Points in time and spans are int64_t nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_MS	INT64_C(1000000)
#define CLOCK_SECOND	INT64_C(1000000000)

/* A point in time that never comes; a span without end. */
#define CLOCK_NEVER	INT64_MAX

int64_t	clock_now(void);

/* The time of day, for others to read: ns since the Epoch, CLOCK_REALTIME. */
int64_t	clock_of_day(void);

struct timespec;

/* The point in time `at', for pthread_cond_clockwait(3) and the like. */
void	clock_timespec(int64_t at, struct timespec *ts);

/* now + span, CLOCK_NEVER if span is CLOCK_NEVER or the sum too large. */
int64_t	clock_after(int64_t now, int64_t span);

/*
 * The timeout for poll(2) that ends at `deadline`: -1 for CLOCK_NEVER, 0 when
 * it has passed, otherwise milliseconds rounded up.
 */
int	clock_poll_timeout(int64_t deadline, int64_t now);

static inline int64_t
clock_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A time of day (clock_of_day(), not negative) in UTC, RFC 3339 section 5.6
 * with microseconds, "2026-11-27T01:21:11.793764Z": CLOCK_UTC_LENGTH characters
 * and no NUL. */
#define CLOCK_UTC_LENGTH	27
void	clock_put_utc(char to[CLOCK_UTC_LENGTH], int64_t time);

/* Write a span for people, "1.25 ms" or "3.2 s", to buf; returns buf. */
char	*clock_format(char *buf, unsigned long size, int64_t span);

#endif
