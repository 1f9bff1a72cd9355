/* SPDX-License-Identifier: ISC */
#include "base/buffer.h"
#include "tap.h"

static void	test_fill_and_drain(void);
static void	test_move_down(void);
static void	test_free(void);
static void	test_stream(void);

int
main(void)
{
	test_fill_and_drain();
	test_move_down();
	test_free();
	test_stream();
	return tap_done();
}

static void
test_fill_and_drain(void)
{
	struct buffer b;

	buffer_init(&b, 8);
	is_int((int64_t)buffer_length(&b), 0, "a new buffer is empty");
	is_int((int64_t)buffer_room(&b), 8, "... and has room for its size");
	buffer_put(&b, "abcdefgh", 8);
	is_int((int64_t)buffer_length(&b), 8, "full: the length");
	is_int((int64_t)buffer_room(&b), 0, "full: no room");
	buffer_put(&b, "", 0);
	is_int((int64_t)buffer_length(&b), 8, "nothing fits a full buffer");
	buffer_take(&b, 0);
	is_mem(b.data + b.head, buffer_length(&b), "abcdefgh", 8,
	    "taking nothing takes nothing");
	buffer_take(&b, 8);
	is_int((int64_t)buffer_length(&b), 0, "drained: empty");
	is_int((int64_t)buffer_room(&b), 8, "drained: all the room again");
	buffer_free(&b);
}

static void
test_move_down(void)
{
	struct buffer b;

	buffer_init(&b, 8);
	buffer_put(&b, "abcdefgh", 8);
	buffer_take(&b, 3);
	is_mem(b.data + b.head, buffer_length(&b), "defgh", 5,
	    "what is left after a part was taken");
	is_int((int64_t)buffer_room(&b), 3, "the front becomes room");
	is_mem(b.data + b.head, buffer_length(&b), "defgh", 5,
	    "... and what is left moves down");
	buffer_put(&b, "ijk", 3);
	is_mem(b.data + b.head, buffer_length(&b), "defghijk", 8,
	    "... and goes on in order");
	buffer_free(&b);
}

static void
test_free(void)
{
	struct buffer b = { NULL, 0, 0, 0 };

	buffer_free(&b);
	is_int((int64_t)buffer_length(&b), 0, "freeing a zeroed buffer");
	buffer_init(&b, 4);
	buffer_put(&b, "x", 1);
	buffer_free(&b);
	ok(b.data == NULL && b.size == 0 && buffer_length(&b) == 0,
	    "freeing zeroes");
	buffer_free(&b);
	ok(true, "freeing twice");
}

/* A stream in uneven pieces comes out as it went in. */
static void
test_stream(void)
{
	struct buffer b;
	unsigned char byte, out = 0, in = 0;
	size_t step, n, i;
	bool good = true;

	buffer_init(&b, 13);
	for (step = 0; step < 5000; step++) {
		n = step * 7 % 11;
		for (i = 0; i < n && buffer_room(&b) > 0; i++) {
			byte = in++;
			buffer_put(&b, &byte, 1);
		}
		n = step * 5 % 9;
		for (i = 0; i < n && buffer_length(&b) > 0; i++) {
			good = good && b.data[b.head] == out++;
			buffer_take(&b, 1);
		}
	}
	ok(good, "a long stream in uneven pieces");
	is_int((int64_t)buffer_length(&b), (unsigned char)(in - out),
	    "... what is in it is what went in less what came out");
	buffer_free(&b);
}
