/* SPDX-License-Identifier: ISC */
/* Allocation that never returns NULL: out of memory ends the process with 6. */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

/* The caller owns what these return and gives it back with free(3). */
void	*xcalloc(size_t count, size_t size);
void	*xmalloc(size_t size);
void	*xreallocarray(void *old, size_t count, size_t size);

/*
 * For buffers that bytes are copied through: as xmalloc(), at the beginning of
 * a page if it is one or more.  Where the target begins a few bytes further
 * into a page than the source does, as it would behind malloc's own words, some
 * processors copy at a sixth of their speed.
 */
void	*xpages(size_t size);

char	*xstrdup(const char *s);

/* As vasprintf(3). */
char	*xvasprintf(const char *fmt, va_list ap)
	    __attribute__((format(printf, 1, 0)));

#endif
