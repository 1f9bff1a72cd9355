/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/xalloc.h"

void
buffer_init(struct buffer *b, size_t size)
{
	b->data = xpages(size);
	b->size = size;
	b->head = b->tail = 0;
}

void
buffer_free(struct buffer *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

size_t
buffer_room(struct buffer *b)
{
	ASSERT(b->head <= b->tail && b->tail <= b->size);
	/* Half the buffer at the front pays for moving the other half. */
	if (b->head > 0 && (b->tail == b->size || b->head >= b->size / 2)) {
		memmove(b->data, b->data + b->head, b->tail - b->head);
		b->tail -= b->head;
		b->head = 0;
	}
	return b->size - b->tail;
}

void
buffer_put(struct buffer *b, const void *data, size_t n)
{
	ASSERT(n <= b->size - b->tail);
	memcpy(b->data + b->tail, data, n);
	b->tail += n;
}

void
buffer_take(struct buffer *b, size_t n)
{
	ASSERT(n <= buffer_length(b));
	b->head += n;
	if (b->head == b->tail)
		b->head = b->tail = 0;
}
