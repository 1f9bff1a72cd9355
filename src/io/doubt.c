/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "io/doubt.h"

/* A refusal takes as long as a question and its answer. */
#define DOUBT_TIME	CLOCK_SECOND

struct doubt_item {
	struct doubt_item	*next;
	int64_t			 sent_at;
	size_t			 length;
	unsigned char		 data[];
};

static size_t
doubt_size(size_t length)
{
	return sizeof(struct doubt_item) + length;
}

static void
doubt_append(struct doubt_list *list, struct doubt_item *item)
{
	item->next = NULL;
	if (list->first == NULL)
		list->last = &list->first;
	*list->last = item;
	list->last = &item->next;
}

static struct doubt_item *
doubt_shift(struct doubt_list *list)
{
	struct doubt_item *item = list->first;

	list->first = item->next;
	return item;
}

static void
doubt_forget(struct doubt *d, struct doubt_list *list)
{
	struct doubt_item *item = doubt_shift(list);

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
	while (d->sent.first != NULL &&
	    clock_after(d->sent.first->sent_at, DOUBT_TIME) < now)
		doubt_forget(d, &d->sent);
}

void
doubt_add(struct doubt *d, const struct dgram_piece *piece, int64_t now,
    size_t most)
{
	struct doubt_item *item = doubt_copy(d, piece);

	item->sent_at = now;
	doubt_append(&d->sent, item);
	doubt_expire(d, now);
	while (d->bytes > most && d->sent.first != NULL)
		doubt_forget(d, &d->sent);
}

bool
doubt_wait(struct doubt *d, const struct dgram_piece *piece, size_t most)
{
	if (d->bytes + doubt_size(piece->length) > most)
		return false;
	doubt_append(&d->again, doubt_copy(d, piece));
	return true;
}

void
doubt_refused(struct doubt *d, int64_t now)
{
	doubt_expire(d, now);
	if (d->sent.first == NULL)
		return;
	if (d->again.first == NULL)
		d->again.last = d->sent.last;
	*d->sent.last = d->again.first;
	d->again.first = d->sent.first;
	d->sent.first = NULL;
}

bool
doubt_waits(const struct doubt *d)
{
	return d->again.first != NULL;
}

size_t
doubt_get(const struct doubt *d, struct dgram_piece *piece)
{
	const struct doubt_item *item = d->again.first;
	size_t count = 0;

	for (; count < DGRAM_BATCH && item != NULL; item = item->next)
		piece[count++] = (struct dgram_piece){ item->data,
		    item->length };
	return count;
}

void
doubt_take(struct doubt *d, size_t n, int64_t now)
{
	while (n-- > 0) {
		struct doubt_item *item = doubt_shift(&d->again);

		item->sent_at = now;
		doubt_append(&d->sent, item);
	}
}

void
doubt_answered(struct doubt *d)
{
	while (d->sent.first != NULL)
		doubt_forget(d, &d->sent);
}

void
doubt_clear(struct doubt *d)
{
	doubt_answered(d);
	while (d->again.first != NULL)
		doubt_forget(d, &d->again);
}
