/* SPDX-License-Identifier: ISC */
/* A layer that nobody needs, as an example: each letter is that three places
 * further (Suetonius, Divus Julius, 56).  MADE_UP=caesar asks for it. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "session/layers.h"
#include "session/session.h"

#define PLACES		3
#define LETTERS		26
#define PIECE		4096	/* bytes written at once */

static void
caesar_turn(unsigned char *data, size_t n, int places)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char first = data[i] >= 'a' ? 'a' : 'A';

		if ((data[i] >= 'a' && data[i] <= 'z') ||
		    (data[i] >= 'A' && data[i] <= 'Z'))
			data[i] = (unsigned char)(first + (data[i] - first +
			    places) % LETTERS);
	}
}

static ssize_t
caesar_read(struct stream *s, void *data, size_t n)
{
	ssize_t got = stream_read(s->below, data, n);

	if (got > 0)
		caesar_turn(data, (size_t)got, LETTERS - PLACES);
	return got;
}

static ssize_t
caesar_write(struct stream *s, const void *data, size_t n)
{
	unsigned char piece[PIECE];

	n = n < PIECE ? n : PIECE;
	memcpy(piece, data, n);
	caesar_turn(piece, n, PLACES);
	return stream_write(s->below, piece, n);
}

static const struct stream_ops caesar_ops = {
	.read = caesar_read,
	.write = caesar_write,
};

static bool
layer_caesar_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)hop;
	const char *wanted = getenv("MADE_UP");

	(void)r;
	(void)side;
	return wanted != NULL && strstr(wanted, "caesar") != NULL;
}

static enum result
layer_caesar_begin(struct session *s, struct error *err)
{
	struct stream *layer = xcalloc(1, sizeof(*layer));

	(void)err;
	stream_layer_init(layer, &caesar_ops, s->net);
	s->net = layer;
	return RESULT_OK;
}

extern const struct layer layer_caesar;
const struct layer layer_caesar = {
	.name = "Caesar",
	.sides = SIDE_ACCEPTED | SIDE_DIALLED | SIDE_TARGET,
	.wanted = layer_caesar_wanted,
	.begin = layer_caesar_begin,
};
