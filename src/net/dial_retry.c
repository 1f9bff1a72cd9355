/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "net/dial.h"
#include "net/dial_retry.h"

/* Pauses of --retry, before jitter. */
#define RETRY_FIRST	(20 * CLOCK_MS)
#define RETRY_MOST	(1000 * CLOCK_MS)

enum result
dial_pause(int64_t span, struct error *err)
{
	return wait_error(wait_span(span), err);
}

int64_t
dial_retry_pause(int64_t *last)
{
	int64_t half;

	*last = *last == 0 ? RETRY_FIRST :
	    clock_earlier(2 * *last, RETRY_MOST);
	half = *last / 2;
	return half + (int64_t)arc4random_uniform((uint32_t)half);
}

void
dial_retry_over(const struct dial_options *o, struct error *err)
{
	size_t n = strlen(err->text);
	char span[32];

	snprintf(err->text + n, sizeof(err->text) - n, " (tried again for "
	    "%s)", clock_format(span, sizeof(span), o->retry));
}

/* Whether a later try may come to something else. */
static bool
retry_may_help(enum result result)
{
	return result == RESULT_REFUSED || result == RESULT_UNREACHABLE ||
	    result == RESULT_BROKEN || result == RESULT_TIMEOUT ||
	    result == RESULT_NAME;
}

bool
dial_retry_wanted(struct dial_retry *r, enum result *result, struct error *err)
{
	int64_t now, wait;

	if (*result == RESULT_OK)
		return false;
	now = clock_now();

	if (r->o->retry > 0 && now >= r->deadline) {
		*result = error_set(err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
		return false;
	}
	if (r->o->retry == 0 || !retry_may_help(*result))
		return false;
	r->over = now >= r->stop;
	if (r->over)
		return false;
	wait = dial_retry_pause(&r->pause);
	if (dial_pause(clock_earlier(wait, r->stop - now), err) != RESULT_OK) {
		*result = RESULT_SIGNAL;
		return false;
	}
	if (clock_now() >= r->stop)
		return dial_retry_wanted(r, result, err);
	log_line(LOG_STEP, "trying again");
	return true;
}
