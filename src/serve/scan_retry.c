/* SPDX-License-Identifier: ISC */
/* -z --retry: look again and again, until all are open. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "net/dial_retry.h"
#include "net/resolve.h"
#include "serve/scan_state.h"

/* How old addresses may be, and how long the name is looked up for others. */
#define RESOLVE_AFTER	(1 * CLOCK_SECOND)
#define RESOLVE_TIME	(2 * CLOCK_SECOND)

/* The addresses of the host.  The old ones are kept where there are no new
 * ones. */
static enum result
scan_resolve(struct scan *s, int64_t deadline)
{
	struct resolve_query query = { .host = s->o->host,
	    .family = s->o->socket.family, .numeric = s->o->socket.numeric };
	struct addr_list list = { NULL, 0 };
	enum result result = resolve(&query, deadline, &list, s->err);

	s->now = s->resolved_at = clock_now();
	if (result != RESULT_OK) {
		addr_list_free(&list);
		return result;
	}
	addr_list_free(&s->target);
	free(s->way);
	s->target = list;
	s->way = xcalloc(list.count + 1, sizeof(*s->way));
	return result;
}

enum result
scan_look_up(struct scan *s)
{
	int64_t deadline;
	enum result result;

	for (;;) {
		deadline = clock_earlier(s->deadline, clock_after(s->now,
		    s->o->dial.timeout));
		if (s->until != 0)
			deadline = clock_earlier(deadline, s->until);
		result = scan_resolve(s, deadline);
		if (s->until == 0 || s->o->socket.numeric ||
		    (result != RESULT_NAME && result != RESULT_TIMEOUT) ||
		    s->now >= s->deadline || s->now >= s->until)
			return result;
		log_line(LOG_STEP, "%s; trying again", s->err->text);
		result = dial_pause(clock_earlier(dial_retry_pause(&s->pause),
		    clock_earlier(s->until, s->deadline) - s->now), s->err);
		s->now = clock_now();
		if (result != RESULT_OK || s->now >= s->until)
			return result != RESULT_OK ? result : RESULT_NAME;
	}
}

enum result
scan_again(struct scan *s)
{
	enum result result = RESULT_OK;

	if (s->round_at == 0) {		/* the first one has just ended */
		s->round_at = clock_after(s->now, dial_retry_pause(&s->pause));
		return result;
	}
	if (s->now >= clock_after(s->resolved_at, RESOLVE_AFTER))
		result = scan_resolve(s, clock_earlier(clock_earlier(s->until,
		    s->deadline), clock_after(s->now, RESOLVE_TIME)));
	log_line(LOG_STEP, "trying again");
	s->next = 0;
	s->round_at = 0;
	return result == RESULT_NAME || result == RESULT_TIMEOUT ? RESULT_OK :
	    result;
}

enum result
scan_time_over(struct scan *s, enum result result)
{
	char why[400], what[600];

	if (s->until == 0 || s->missing == 0 ||
	    s->now < clock_earlier(s->until, s->deadline) ||
	    (result != RESULT_OK && result != RESULT_NAME &&
	    result != RESULT_TIMEOUT))
		return result;
	snprintf(why, sizeof(why), "%.390s", s->err->text);
	result = scan_missing(s);
	if (s->target.count > 0)
		return result;
	snprintf(what, sizeof(what), "%.590s", s->err->text);
	return error_set(s->err, result, "%s; %s", what, why);
}
