/* SPDX-License-Identifier: ISC */
/*
 * A linear byte buffer: bytes are put in at the end and taken from the front.
 * When the end is full, or half of the buffer is empty space at the front, what
 * is left moves down.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

struct buffer {
	unsigned char	*data;	/* NULL until buffer_init */
	size_t		 size;	/* allocated */
	size_t		 head;	/* first byte held */
	size_t		 tail;	/* behind the last byte held */
};

void	buffer_init(struct buffer *b, size_t size);
void	buffer_free(struct buffer *b);		/* also for a zeroed buffer */

static inline size_t
buffer_length(const struct buffer *b)
{
	return b->tail - b->head;
}

/* Make room at the end; returns how many bytes fit there now. */
size_t	buffer_room(struct buffer *b);

/* Append n bytes; n must fit (see buffer_room). */
void	buffer_put(struct buffer *b, const void *data, size_t n);

/* Drop n bytes from the front. */
void	buffer_take(struct buffer *b, size_t n);

#endif
