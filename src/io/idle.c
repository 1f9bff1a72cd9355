/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "io/idle.h"

/* In an idle time. */
#define LOOKS	8

void
idle_init(struct idle *i, int64_t span, struct stream *first,
    struct stream *second, int64_t now)
{
	*i = (struct idle){
		.span = span,
		.ends = { first, second },
		.active = now,
		.looked_at = now - 1,
	};
}

void
idle_moved(struct idle *i, int64_t now)
{
	i->active = now;
}

bool
idle_acknowledged(const struct idle *i, int end)
{
	return i->unacked[end] == 0;
}

/* Since the last move, has there been a look? */
static bool
idle_has_looked(const struct idle *i)
{
	return i->looked_at >= i->active;
}

static int64_t
idle_look_at(const struct idle *i)
{
	if (i->span == CLOCK_NEVER || (idle_has_looked(i) &&
	    idle_acknowledged(i, 0) && idle_acknowledged(i, 1)))
		return CLOCK_NEVER;
	return clock_after(idle_has_looked(i) ? i->looked_at : i->active,
	    i->span / LOOKS);
}

int64_t
idle_wake_at(const struct idle *i)
{
	return clock_earlier(idle_look_at(i), clock_after(i->active, i->span));
}

/* Only what shrinks without a move in between is known to be acknowledged: a
 * write makes it grow. */
static void
idle_look(struct idle *i, int64_t now)
{
	bool comparable = idle_has_looked(i), less = false;

	for (int end = 0; end < 2; end++) {
		struct stream *s = i->ends[end];
		size_t n = s == NULL ? 0 : stream_unacked(s);

		less = less || (comparable && n < i->unacked[end]);
		i->unacked[end] = n;
	}
	i->looked_at = now;
	if (less)
		i->active = now;
}

bool
idle_over(struct idle *i, int64_t now)
{
	bool first = !idle_has_looked(i);

	if (now >= idle_look_at(i)) {
		idle_look(i, now);
		/* However late it is: there is nothing to compare with. */
		if (first && idle_look_at(i) != CLOCK_NEVER)
			return false;
	}
	return now >= clock_after(i->active, i->span);
}
