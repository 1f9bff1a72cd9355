/* SPDX-License-Identifier: ISC */
/*
 * Memory for the two kinds of blocks that the library takes for each handshake,
 * and fills in part or not at all: one of a page, and some of 16 to 24 KiB.
 *
 * Each has pages of its own, so that what is not used costs nothing; malloc
 * would put others into the same pages, and into the holes that those leave
 * that are only needed for a moment.  It is address space, reserved once; the
 * pages of a block that has been given back go to the kernel, but for a few.
 * Several threads may call these at once.
 */
#ifndef TLS_BLOCKS_H
#define TLS_BLOCKS_H

#include <stddef.h>

/* From now on there are some, if address space can be had. */
void	 blocks_begin(void);

/* n bytes that begin `offset' bytes into a page.  NULL: not of these kinds, or
 * there is none left. */
void	*blocks_take(size_t n, size_t offset);

/* The bytes from p, which may be NULL, to the end of its block; 0: it is in
 * none of these. */
size_t	 blocks_room(const void *p);

/* p came from blocks_take(). */
void	 blocks_give(void *p);

#endif
