/* SPDX-License-Identifier: ISC */
/*
 * The line that shows how a transfer goes: numbers in, text out.  ASCII alone,
 * with neither colours nor other sequences of a terminal.
 */
#ifndef WIRE_METER_H
#define WIRE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meter_way {
	uint64_t	 bytes;
	uint64_t	 rate;		/* bytes a second */
};

struct meter {
	struct meter_way sent;
	struct meter_way received;
	uint64_t	 size;		/* of all that will be sent, or come;
					 * 0: not known */
	bool		 size_of_sent;	/* false: of what more has gone of */
	int64_t		 elapsed;	/* ns */
	size_t		 open;		/* connections, now */
	bool		 many;		/* there may be several */
	bool		 over;		/* no time is left */
};

/* The longest text of either function, with its NUL. */
#define METER_TEXT_MAX	512

/*
 * A line of at most `width' columns, which are bytes: what matters least is
 * left out first, and a bar takes the room that there is.  Nothing is cut: what
 * does not fit is not there.  Returns its length, which may be 0.
 */
size_t	meter_format(const struct meter *m, size_t width,
	    char out[METER_TEXT_MAX]);

/* The same in words and whole numbers, for logs.  Returns its length. */
size_t	meter_describe(const struct meter *m, char out[METER_TEXT_MAX]);

/* "1:02:03", or "2:03"; ns.  Returns buf. */
#define METER_TIME_MAX	32
char	*meter_time(int64_t span, char buf[METER_TIME_MAX]);

/* "1.20GiB", "34.5KiB", "1023B"; 7 bytes at most, and NUL.  Returns buf. */
#define METER_BYTES_MAX	8
char	*meter_bytes(uint64_t n, char buf[METER_BYTES_MAX]);

/* --- the rate, smoothed -------------------------------------------------- */

/* What has gone in the last seconds. */
#define METER_SAMPLES	6
struct meter_rate {
	int64_t		 at[METER_SAMPLES];	/* ns; the last is the latest */
	uint64_t	 bytes[METER_SAMPLES];
	unsigned	 count;
};

/* So many bytes had gone at `now', which never goes back; zeroed at first.
 * Returns bytes a second since the oldest that is kept: about five seconds
 * before, or the first. */
uint64_t meter_rate_add(struct meter_rate *r, int64_t now, uint64_t bytes);

/* bytes a second; 0 without any time. */
uint64_t meter_rate_of(uint64_t bytes, int64_t span);

#endif
