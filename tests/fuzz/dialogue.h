/* SPDX-License-Identifier: ISC */
/* One way to feed an input to the codec of a dialogue, and what was answered:
 * however the input is cut, that has to be the same. */
#ifndef FUZZ_DIALOGUE_H
#define FUZZ_DIALOGUE_H

#include <stdbool.h>

#include "fuzz.h"
#include "wire/dialogue.h"

#define FUZZ_SENT_MAX	2048	/* room for all answers together, bytes */

struct fuzz_dialogue {
	const struct dialogue_codec	*codec;
	void				*state;	/* from fuzz_dialogue_begin() */
	bool				 mute;	/* it refuses without a word */
	size_t				 most;	/* bytes of all answers */
	enum dialogue_verdict		 verdict;
	size_t				 used;
	size_t				 sent_n;
	unsigned char			 sent[FUZZ_SENT_MAX];
};

/* A state of that size, with rubbish in it, for the caller to initialize; it is
 * released with free().  All answers together have `most' bytes at most. */
static inline void *
fuzz_dialogue_begin(struct fuzz_dialogue *d,
    const struct dialogue_codec *codec, size_t size, size_t most)
{
	CHECK(most <= FUZZ_SENT_MAX);
	memset(d, 0, sizeof(*d));
	d->codec = codec;
	d->most = most;
	d->state = fuzz_alloc(size);
	memset(d->state, 0xa5, size);
	return d->state;
}

/* Send all that there is. */
static inline void
fuzz_dialogue_send(struct fuzz_dialogue *d)
{
	const unsigned char *out;
	size_t n;

	out = d->codec->output(d->state, &n);
	CHECK(!d->mute || d->verdict != DIALOGUE_REFUSED || n == 0);
	CHECK(n <= d->most - d->sent_n);
	memcpy(d->sent + d->sent_n, out, n);
	d->sent_n += n;
	d->codec->sent(d->state, n);
	d->codec->output(d->state, &n);
	CHECK(n == 0);
}

static inline void
fuzz_dialogue_feed(struct fuzz_dialogue *d, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	size_t used = n + 1;

	d->verdict = d->codec->feed(d->state, copy, n, &used);
	free(copy);
	CHECK(used <= n);
	CHECK(used == n || d->verdict == DIALOGUE_DONE);
	d->used += used;
	fuzz_dialogue_send(d);
}

/* At once, cut at `at', and byte by byte. */
static inline void
fuzz_dialogue_feed_all(struct fuzz_dialogue *whole,
    struct fuzz_dialogue *halves, struct fuzz_dialogue *bytes,
    const uint8_t *in, size_t n, size_t at)
{
	fuzz_dialogue_feed(whole, in, n);
	fuzz_dialogue_feed(halves, in, at);
	fuzz_dialogue_feed(halves, in + at, n - at);
	for (size_t i = 0; i < n; i++)
		fuzz_dialogue_feed(bytes, in + i, 1);
}

/* Both refuse, for the same reason. */
static inline void
fuzz_dialogue_refused_same(struct fuzz_dialogue *a, struct fuzz_dialogue *b)
{
	struct error one, other;

	CHECK(a->codec->refuse(a->state, "x", &one) ==
	    b->codec->refuse(b->state, "x", &other));
	CHECK(strcmp(one.text, other.text) == 0);
}

/* A verdict stays, whatever is fed. */
static inline void
fuzz_dialogue_stays(struct fuzz_dialogue *d)
{
	enum dialogue_verdict before = d->verdict;
	size_t used = d->used;

	if (before == DIALOGUE_MORE)
		return;
	fuzz_dialogue_feed(d, (const uint8_t *)"", 0);
	fuzz_dialogue_feed(d, (const uint8_t *)"\x05", 1);
	CHECK(d->verdict == before);
	CHECK(before != DIALOGUE_DONE || d->used == used);
}

#endif
