/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/meter.h"

#define SECOND		INT64_C(1000000000)

/* Of a bar, with its brackets: less shows nothing. */
#define BAR_MIN		10

/* What a line may show, beside the bytes of the way that more went. */
enum part {
	PART_PERCENT = 1,
	PART_RATE = 2,
	PART_LEFT = 4,
	PART_ELAPSED = 8,
	PART_OTHER = 16,	/* the other way, and which is which */
	PART_OTHER_RATE = 32,
	PART_NAME = 64,		/* which way it is */
	PART_OPEN = 128,
};

struct text {
	char	*out;
	size_t	 n;
};

static void	text_add(struct text *t, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

static void
text_add(struct text *t, const char *fmt, ...)
{
	size_t room = METER_TEXT_MAX - t->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->out + t->n, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n += (size_t)n < room ? (size_t)n : room - 1;
}

char *
meter_bytes(uint64_t n, char buf[METER_BYTES_MAX])
{
	static const char units[] = "KMGTPE";
	unsigned shift = 10, unit = 0, whole, part;

	if (n < 1024) {
		snprintf(buf, METER_BYTES_MAX, "%uB", (unsigned)n);
		return buf;
	}
	for (; n >> shift >= 1024; shift += 10)
		unit++;
	whole = (unsigned)(n >> shift);
	part = (unsigned)(n >> (shift - 10)) & 1023;
	if (whole < 10)
		snprintf(buf, METER_BYTES_MAX, "%u.%02u%ciB", whole % 10,
		    part * 100 / 1024 % 100, units[unit]);
	else if (whole < 100)
		snprintf(buf, METER_BYTES_MAX, "%u.%u%ciB", whole % 100,
		    part * 10 / 1024 % 10, units[unit]);
	else
		snprintf(buf, METER_BYTES_MAX, "%u%ciB", whole % 1024,
		    units[unit]);
	return buf;
}

/* "1:02:03", or "2:03". */
static void
text_add_time(struct text *t, uint64_t seconds)
{
	unsigned long long s = seconds;

	if (s >= 3600)
		text_add(t, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60,
		    s % 60);
	else
		text_add(t, "%llu:%02llu", s / 60, s % 60);
}

char *
meter_time(int64_t span, char buf[METER_TIME_MAX])
{
	char out[METER_TEXT_MAX];
	struct text t = { out, 0 };

	text_add_time(&t, span > 0 ? (uint64_t)(span / SECOND) : 0);
	snprintf(buf, METER_TIME_MAX, "%.*s", (int)t.n, out);
	return buf;
}

static uint64_t
meter_seconds(const struct meter *m)
{
	return m->elapsed > 0 ? (uint64_t)(m->elapsed / SECOND) : 0;
}

/* Whether the way that is shown first is that of what is sent. */
static bool
meter_mostly_sent(const struct meter *m)
{
	return (m->size > 0 && m->size_of_sent) ||
	    m->sent.bytes >= m->received.bytes;
}

/* A size that was wrong is none. */
static bool
meter_knows_size(const struct meter *m, const struct meter_way *way)
{
	return m->size > 0 && way->bytes <= m->size;
}

static unsigned
meter_percent(const struct meter *m, uint64_t bytes)
{
	return m->size > UINT64_MAX / 100 ?
	    (unsigned)(bytes / (m->size / 100 + 1)) :
	    (unsigned)(bytes * 100 / m->size);
}

/* ... at the rate of now.  False: nothing moves. */
static bool
meter_left(const struct meter *m, const struct meter_way *way,
    uint64_t *seconds)
{
	uint64_t left = m->size - way->bytes;

	if (way->rate == 0)
		return false;
	*seconds = left / way->rate + (left % way->rate != 0);
	return true;
}

/* --- the line ------------------------------------------------------------ */

static void
meter_add_way(struct text *t, const struct meter_way *way, const char *name,
    bool rate)
{
	char bytes[METER_BYTES_MAX];

	if (name != NULL)
		text_add(t, "%s ", name);
	text_add(t, "%7s", meter_bytes(way->bytes, bytes));
	if (rate)
		text_add(t, " %7s/s", meter_bytes(way->rate, bytes));
}

/* What stands in front of the bar. */
static void
meter_add_head(const struct meter *m, unsigned parts, struct text *t)
{
	bool sent = meter_mostly_sent(m);
	const struct meter_way *way = sent ? &m->sent : &m->received;
	const struct meter_way *other = sent ? &m->received : &m->sent;
	const char *name = sent ? "sent" : "received";

	meter_add_way(t, way, (parts & (PART_NAME | PART_OTHER)) != 0 ? name :
	    NULL, (parts & PART_RATE) != 0);
	if ((parts & PART_OTHER) != 0) {
		text_add(t, "  ");
		meter_add_way(t, other, sent ? "received" : "sent",
		    (parts & PART_OTHER_RATE) != 0);
	}
	if ((parts & PART_OPEN) != 0)
		text_add(t, "  %zu open", m->open);
	if ((parts & PART_ELAPSED) != 0) {
		text_add(t, " ");
		text_add_time(t, meter_seconds(m));
	}
}

/* ... and behind it. */
static void
meter_add_tail(const struct meter *m, unsigned parts, struct text *t)
{
	const struct meter_way *way = meter_mostly_sent(m) ? &m->sent :
	    &m->received;
	uint64_t seconds;

	if ((parts & PART_PERCENT) != 0)
		text_add(t, " %3u%%", meter_percent(m, way->bytes));
	if ((parts & PART_LEFT) == 0)
		return;
	text_add(t, " ");
	if (meter_left(m, way, &seconds))
		text_add_time(t, seconds);
	else
		text_add(t, "-:--");
	text_add(t, " left");
}

/* `columns' with the blank in front. */
static void
meter_add_bar(const struct meter *m, size_t columns, struct text *t)
{
	const struct meter_way *way = meter_mostly_sent(m) ? &m->sent :
	    &m->received;
	size_t room = columns - 3, done;

	done = room * meter_percent(m, way->bytes) / 100;
	text_add(t, " [");
	for (size_t i = 0; i < room; i++)
		text_add(t, "%c", i < done ? '=' : i == done ? '>' : ' ');
	text_add(t, "]");
}

static size_t
meter_measure(const struct meter *m, unsigned parts)
{
	char out[METER_TEXT_MAX];
	struct text t = { out, 0 };

	meter_add_head(m, parts, &t);
	meter_add_tail(m, parts, &t);
	return t.n;
}

/* What m has to show. */
static unsigned
meter_parts(const struct meter *m)
{
	bool sent = meter_mostly_sent(m);
	const struct meter_way *way = sent ? &m->sent : &m->received;
	const struct meter_way *other = sent ? &m->received : &m->sent;
	unsigned parts = PART_RATE | PART_ELAPSED | PART_NAME;

	if (meter_knows_size(m, way))
		parts |= PART_PERCENT | (m->over ? 0 : PART_LEFT);
	if (other->bytes > 0)
		parts |= PART_OTHER | PART_OTHER_RATE;
	return parts | (m->many ? PART_OPEN : 0);
}

/* Where not even the bytes have room.  Half of a number would be another
 * one. */
static size_t
meter_format_narrow(const struct meter *m, size_t width,
    char out[METER_TEXT_MAX])
{
	const struct meter_way *way = meter_mostly_sent(m) ? &m->sent :
	    &m->received;
	char bytes[METER_BYTES_MAX];
	struct text t = { out, 0 };

	if (meter_knows_size(m, way))
		text_add(&t, "%u%%", meter_percent(m, way->bytes));
	else
		text_add(&t, "%s", meter_bytes(way->bytes, bytes));
	if (t.n > width)
		t.n = 0;
	out[t.n] = '\0';
	return t.n;
}

size_t
meter_format(const struct meter *m, size_t width, char out[METER_TEXT_MAX])
{
	unsigned wanted = meter_parts(m), parts = 0;
	struct text t = { out, 0 };
	size_t used;

	if (width > METER_TEXT_MAX - 1)
		width = METER_TEXT_MAX - 1;
	/* The first one matters most. */
	for (unsigned part = PART_PERCENT; part <= PART_OPEN; part <<= 1) {
		if ((wanted & part) == 0 || (part == PART_OTHER_RATE &&
		    (parts & PART_OTHER) == 0))
			continue;
		if (meter_measure(m, parts | part) <= width)
			parts |= part;
	}
	used = meter_measure(m, parts);
	if (used > width)
		return meter_format_narrow(m, width, out);
	meter_add_head(m, parts, &t);
	if ((parts & PART_PERCENT) != 0 && used + 1 + BAR_MIN <= width)
		meter_add_bar(m, width - used, &t);
	meter_add_tail(m, parts, &t);
	out[t.n] = '\0';
	return t.n;
}

/* --- for logs ------------------------------------------------------------ */

static void
meter_describe_way(struct text *t, const char *name,
    const struct meter_way *way)
{
	char rate[METER_BYTES_MAX];

	text_add(t, "%s %llu bytes (%s/s)", name,
	    (unsigned long long)way->bytes, meter_bytes(way->rate, rate));
}

size_t
meter_describe(const struct meter *m, char out[METER_TEXT_MAX])
{
	const struct meter_way *way = meter_mostly_sent(m) ? &m->sent :
	    &m->received;
	struct text t = { out, 0 };
	uint64_t seconds;

	meter_describe_way(&t, "sent", &m->sent);
	meter_describe_way(&t, ", received", &m->received);
	text_add(&t, " in ");
	text_add_time(&t, meter_seconds(m));
	if (m->many)
		text_add(&t, ", %zu open", m->open);
	if (!meter_knows_size(m, way))
		return t.n;
	text_add(&t, ", %u%% of %llu bytes", meter_percent(m, way->bytes),
	    (unsigned long long)m->size);
	if (!m->over && meter_left(m, way, &seconds)) {
		text_add(&t, ", ");
		text_add_time(&t, seconds);
		text_add(&t, " left");
	}
	return t.n;
}

/* --- the rate ------------------------------------------------------------ */

uint64_t
meter_rate_of(uint64_t bytes, int64_t span)
{
	uint64_t us = span > 0 ? (uint64_t)span / 1000 : 0;

	if (us == 0)
		return 0;
	if (bytes <= UINT64_MAX / 1000000)
		return bytes * 1000000 / us;
	return us < 1000000 ? UINT64_MAX : bytes / (us / 1000000);
}

uint64_t
meter_rate_add(struct meter_rate *r, int64_t now, uint64_t bytes)
{
	unsigned last = r->count - 1;

	if (r->count == 0) {
		r->count = 1;
		r->at[0] = now;
		r->bytes[0] = bytes;
		return 0;
	}
	if (now - r->at[last] >= SECOND) {
		if (r->count == METER_SAMPLES) {
			memmove(r->at, r->at + 1, last * sizeof(r->at[0]));
			memmove(r->bytes, r->bytes + 1,
			    last * sizeof(r->bytes[0]));
			r->count--;
		}
		r->at[r->count] = now;
		r->bytes[r->count++] = bytes;
	}
	return meter_rate_of(bytes - r->bytes[0], now - r->at[0]);
}
