/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/assert.h"
#include "base/log.h"

void
assert_failed(const char *file, int line, const char *expression)
{
	log_line(LOG_ERROR, "%s:%d: it does not hold that %s", file, line,
	    expression);
	abort();
}
