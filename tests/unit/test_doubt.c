/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "io/doubt.h"
#include "tap.h"

#define MOST	4096

static struct dgram_piece
piece(const char *text)
{
	return (struct dgram_piece){ (const unsigned char *)text,
	    strlen(text) };
}

static void
add(struct doubt *d, const char *text, int64_t now)
{
	struct dgram_piece p = piece(text);

	doubt_add(d, &p, now, MOST);
}

/* What is to be sent, in this order. */
static const char *
waiting(const struct doubt *d)
{
	static char text[1024];
	struct dgram_piece p[DGRAM_BATCH];
	size_t count = doubt_get(d, p), n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s",
		    i == 0 ? "" : " ", (int)p[i].length,
		    (const char *)p[i].data);
	return text;
}

static void
test_refused(void)
{
	struct doubt d;
	struct dgram_piece p = piece("later");

	doubt_init(&d);
	ok(!doubt_waits(&d), "at first nothing is to be sent");
	doubt_refused(&d, 1);
	ok(!doubt_waits(&d), "... nor after a refusal of nothing");
	add(&d, "a", 1);
	add(&d, "b", 2);
	ok(!doubt_waits(&d), "what was sent is not sent again");
	ok(doubt_wait(&d, &p, MOST), "one more has to wait");
	doubt_refused(&d, 3);
	is_str(waiting(&d), "a b later", "what was refused comes first");
	doubt_take(&d, 2, 4);
	is_str(waiting(&d), "later", "two of them were sent");
	doubt_refused(&d, 5);
	is_str(waiting(&d), "a b later", "... and refused again");
	doubt_take(&d, 3, 6);
	doubt_answered(&d);
	doubt_refused(&d, 7);
	ok(!doubt_waits(&d), "after an answer nothing is in doubt");
	is_int((int64_t)d.bytes, 0, "... and nothing is kept");
	doubt_clear(&d);
}

static void
test_time(void)
{
	struct doubt d;

	doubt_init(&d);
	add(&d, "old", 0);
	add(&d, "young", CLOCK_SECOND);
	doubt_refused(&d, CLOCK_SECOND + 1);
	is_str(waiting(&d), "young", "a refusal is not of long ago");
	doubt_clear(&d);
	ok(!doubt_waits(&d) && d.bytes == 0, "all can be forgotten");
}

static void
test_room(void)
{
	struct doubt d;
	struct dgram_piece p = piece("x");
	size_t one;
	int waits = 0;

	doubt_init(&d);
	doubt_add(&d, &p, 0, MOST);
	one = d.bytes;
	for (int i = 0; i < MOST; i++)
		doubt_add(&d, &p, 0, 3 * one);
	is_int((int64_t)d.bytes, (int64_t)(3 * one),
	    "no more is kept than there is room for");
	doubt_clear(&d);
	while (doubt_wait(&d, &p, 3 * one))
		waits++;
	is_int(waits, 3, "... nor has to wait");
	doubt_clear(&d);
}

int
main(void)
{
	test_refused();
	test_time();
	test_room();
	return tap_done();
}
