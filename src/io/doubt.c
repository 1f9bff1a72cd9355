/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "io/doubt.h"

/* A refusal takes as long as a question and its answer. */
#define DOUBT_TIME	CLOCK_SECOND

struct doubt_item {
	STAILQ_ENTRY(doubt_item) in_list;
	int64_t			 sent_at;
	size_t			 length;
	unsigned char		 data[];
};

void
doubt_init(struct doubt *d)
{
	STAILQ_INIT(&d->sent);
	STAILQ_INIT(&d->again);
	d->bytes = 0;
}

static size_t
doubt_size(size_t length)
{
	return sizeof(struct doubt_item) + length;
}

static void
doubt_forget(struct doubt *d, struct doubt_list *list)
{
	struct doubt_item *item = STAILQ_FIRST(list);

	ASSERT(item != NULL && doubt_size(item->length) <= d->bytes);
	STAILQ_REMOVE_HEAD(list, in_list);
	d->bytes -= doubt_size(item->length);
	free(item);
}

static struct doubt_item *
doubt_copy(struct doubt *d, const struct dgram_piece *piece)
{
	struct doubt_item *item = xmalloc(doubt_size(piece->length));

	item->length = piece->length;
	item->sent_at = 0;
	memcpy(item->data, piece->data, piece->length);
	d->bytes += doubt_size(piece->length);
	return item;
}

static void
doubt_expire(struct doubt *d, int64_t now)
{
	struct doubt_item *first;

	while ((first = STAILQ_FIRST(&d->sent)) != NULL &&
	    clock_after(first->sent_at, DOUBT_TIME) < now)
		doubt_forget(d, &d->sent);
}

void
doubt_add(struct doubt *d, const struct dgram_piece *piece, int64_t now,
    size_t most)
{
	struct doubt_item *item = doubt_copy(d, piece);

	item->sent_at = now;
	STAILQ_INSERT_TAIL(&d->sent, item, in_list);
	doubt_expire(d, now);
	while (d->bytes > most && !STAILQ_EMPTY(&d->sent))
		doubt_forget(d, &d->sent);
}

bool
doubt_wait(struct doubt *d, const struct dgram_piece *piece, size_t most)
{
	struct doubt_item *item;

	if (d->bytes + doubt_size(piece->length) > most)
		return false;
	item = doubt_copy(d, piece);
	STAILQ_INSERT_TAIL(&d->again, item, in_list);
	return true;
}

void
doubt_refused(struct doubt *d, int64_t now)
{
	doubt_expire(d, now);
	/* In front of the rest, which comes behind it. */
	STAILQ_CONCAT(&d->sent, &d->again);
	STAILQ_CONCAT(&d->again, &d->sent);
}

bool
doubt_waits(const struct doubt *d)
{
	return !STAILQ_EMPTY(&d->again);
}

size_t
doubt_get(const struct doubt *d, struct dgram_piece *piece)
{
	const struct doubt_item *item = STAILQ_FIRST(&d->again);
	size_t count = 0;

	for (; count < DGRAM_BATCH && item != NULL;
	    item = STAILQ_NEXT(item, in_list))
		piece[count++] = (struct dgram_piece){ item->data,
		    item->length };
	return count;
}

void
doubt_take(struct doubt *d, size_t n, int64_t now)
{
	while (n-- > 0) {
		struct doubt_item *item = STAILQ_FIRST(&d->again);

		STAILQ_REMOVE_HEAD(&d->again, in_list);
		item->sent_at = now;
		STAILQ_INSERT_TAIL(&d->sent, item, in_list);
	}
}

void
doubt_answered(struct doubt *d)
{
	while (!STAILQ_EMPTY(&d->sent))
		doubt_forget(d, &d->sent);
}

void
doubt_clear(struct doubt *d)
{
	doubt_answered(d);
	while (!STAILQ_EMPTY(&d->again))
		doubt_forget(d, &d->again);
	ASSERT(d->bytes == 0);
}
