/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "run/admission.h"

/* Whether all places are taken. */
static bool
admission_is_full(const struct admission *a)
{
	return (a->handshakes ? a->served : a->clients) >= a->most;
}

static bool
admission_has_room(const struct admission *a)
{
	return !a->closing && !a->exhausted && !admission_is_full(a) &&
	    (a->max_accepts == 0 ||
	    a->accepted + a->expected < a->max_accepts);
}

void
admission_begin(struct admission *a, int64_t now)
{
	a->waiting_since = now;
}

bool
admission_reserve(struct admission *a)
{
	if (!admission_has_room(a)) {
		a->shut = true;
		return false;
	}
	a->clients++;
	a->expected++;
	return true;
}

bool
admission_came(struct admission *a, int64_t now)
{
	bool room;

	if (!a->one_at_a_time)
		a->waiting_since = now;
	room = admission_has_room(a);
	a->shut = a->shut || !room;
	return room;
}

void
admission_count(struct admission *a)
{
	a->expected--;
	a->accepted++;
}

bool
admission_left(struct admission *a, bool served, int64_t now)
{
	a->clients--;
	a->expected -= !served;
	if (a->one_at_a_time && served)
		a->waiting_since = now;
	if (!a->shut || !admission_has_room(a))
		return false;
	a->shut = false;
	a->waiting_since = now;
	return true;
}

bool
admission_take(struct admission *a)
{
	if (a->served >= a->most)
		return false;
	a->served++;
	a->shut = a->shut || !admission_has_room(a);
	return true;
}

void
admission_give(struct admission *a)
{
	a->served--;
}

void
admission_exhaust(struct admission *a)
{
	a->exhausted = a->shut = true;
}

bool
admission_try_again(struct admission *a)
{
	bool room;

	a->exhausted = false;
	room = admission_has_room(a);
	a->shut = !room;
	return room;
}

void
admission_close(struct admission *a)
{
	a->closing = true;
}

bool
admission_enough(const struct admission *a)
{
	return a->max_accepts > 0 && a->accepted >= a->max_accepts;
}

size_t
admission_inside(const struct admission *a)
{
	return a->clients - (size_t)a->expected;
}

bool
admission_serves(const struct admission *a)
{
	return (a->handshakes ? a->served : a->clients) > 0;
}

int64_t
admission_give_up_at(const struct admission *a)
{
	if (admission_is_full(a) || a->exhausted)
		return CLOCK_NEVER;
	return clock_after(a->waiting_since, a->accept_timeout);
}
