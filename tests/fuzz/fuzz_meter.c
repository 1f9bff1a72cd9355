/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/meter.h"

/* Any number: the next bytes, or 0. */
static uint64_t
take(const uint8_t **data, size_t *size)
{
	uint64_t n = 0;
	size_t length = *size < sizeof(n) ? *size : sizeof(n);

	if (length > 0)
		memcpy(&n, *data, length);
	*data += length;
	*size -= length;
	return n;
}

static void
check_text(const char *out, size_t n)
{
	CHECK(n < METER_TEXT_MAX && strlen(out) == n);
	for (size_t i = 0; i < n; i++)
		CHECK(out[i] >= ' ' && out[i] <= '~');
}

static void
check_line(const struct meter *m, size_t width)
{
	char *out = fuzz_alloc(METER_TEXT_MAX);
	size_t n = meter_format(m, width, out);

	check_text(out, n);
	CHECK(n <= width);
	free(out);
}

static void
check_rate(const uint8_t *data, size_t size)
{
	struct meter_rate r = { .count = 0 };
	uint64_t bytes = 0;
	int64_t now = 0;

	while (size > 0) {
		now += (int64_t)(take(&data, &size) >> 24);
		bytes += take(&data, &size) >> 8;
		meter_rate_add(&r, now, bytes);
		CHECK(r.count >= 1 && r.count <= METER_SAMPLES);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *rest = data;
	size_t left = size, width = (size_t)take(&rest, &left);
	unsigned flags = (unsigned)take(&rest, &left);
	char *out = fuzz_alloc(METER_TEXT_MAX);
	struct meter m = {
		.size_of_sent = (flags & 1) != 0,
		.many = (flags & 2) != 0,
		.over = (flags & 4) != 0,
	};

	m.sent.bytes = take(&rest, &left);
	m.sent.rate = take(&rest, &left);
	m.received.bytes = take(&rest, &left);
	m.received.rate = take(&rest, &left);
	m.size = take(&rest, &left);
	m.elapsed = (int64_t)take(&rest, &left);
	m.open = (size_t)take(&rest, &left);
	check_line(&m, width);
	check_line(&m, width % 128);
	check_line(&m, 20);
	check_text(out, meter_describe(&m, out));
	free(out);
	check_rate(data, size);
	return 0;
}
