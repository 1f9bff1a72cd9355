/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/xalloc.h"

#define PAGE	((size_t)4096)	/* the least there is; larger ones do no harm */

static void *
xalloc_check(void *p)
{
	if (p == NULL) {
		log_line(LOG_ERROR, "out of memory");
		_Exit(error_exit_status(RESULT_LOCAL));
	}
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	return xalloc_check(calloc(count, size));
}

void *
xmalloc(size_t size)
{
	return xalloc_check(malloc(size));
}

void *
xpages(size_t size)
{
	if (size < PAGE)
		return xmalloc(size);
	return xalloc_check(aligned_alloc(PAGE, (size + PAGE - 1) &
	    ~(PAGE - 1)));
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	return xalloc_check(reallocarray(old, count, size));
}

char *
xstrdup(const char *s)
{
	return xalloc_check(strdup(s));
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	return xalloc_check(s);
}
