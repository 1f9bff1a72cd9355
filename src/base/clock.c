/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * CLOCK_SECOND + ts.tv_nsec;
}

int64_t
clock_of_day(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * CLOCK_SECOND + ts.tv_nsec;
}

void
clock_timespec(int64_t at, struct timespec *ts)
{
	ts->tv_sec = (time_t)(at / CLOCK_SECOND);
	ts->tv_nsec = (long)(at % CLOCK_SECOND);
}

int64_t
clock_after(int64_t now, int64_t span)
{
	if (span == CLOCK_NEVER || span > CLOCK_NEVER - now)
		return CLOCK_NEVER;
	return now + span;
}

int
clock_poll_timeout(int64_t deadline, int64_t now)
{
	int64_t ms;

	if (deadline == CLOCK_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	ms = (deadline - now - 1) / CLOCK_MS + 1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* The last n digits of value. */
static void
clock_put_digits(char *to, int64_t value, int n)
{
	while (n-- > 0) {
		to[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

void
clock_put_utc(char to[CLOCK_UTC_LENGTH], int64_t time)
{
	static const char blank[] = "0000-00-00T00:00:00.000000Z";
	time_t seconds = (time_t)(time / CLOCK_SECOND);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	memcpy(to, blank, CLOCK_UTC_LENGTH);
	clock_put_digits(to, tm.tm_year + 1900, 4);
	clock_put_digits(to + 5, tm.tm_mon + 1, 2);
	clock_put_digits(to + 8, tm.tm_mday, 2);
	clock_put_digits(to + 11, tm.tm_hour, 2);
	clock_put_digits(to + 14, tm.tm_min, 2);
	clock_put_digits(to + 17, tm.tm_sec, 2);
	clock_put_digits(to + 20, time % CLOCK_SECOND / 1000, 6);
}

char *
clock_format(char *buf, unsigned long size, int64_t span)
{
	if (span < CLOCK_MS)
		snprintf(buf, size, "%.3f ms", (double)span / CLOCK_MS);
	else if (span < CLOCK_SECOND)
		snprintf(buf, size, "%.1f ms", (double)span / CLOCK_MS);
	else
		snprintf(buf, size, "%.1f s", (double)span / CLOCK_SECOND);
	return buf;
}
