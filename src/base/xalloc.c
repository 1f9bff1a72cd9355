/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/xalloc.h"

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
xreallocarray(void *old, size_t count, size_t size)
{
	return xalloc_check(reallocarray(old, count, size));
}

char *
xstrdup(const char *s)
{
	return xalloc_check(strdup(s));
}
