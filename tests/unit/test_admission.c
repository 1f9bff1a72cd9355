/* SPDX-License-Identifier: ISC */
/* The rules of the accept loop. */
#include "base/clock.h"
#include "run/admission.h"
#include "tap.h"

#define LATER	(5 * CLOCK_SECOND)

static struct admission
fresh(size_t most, int64_t max_accepts, bool handshakes)
{
	struct admission a = {
		.most = most,
		.max_accepts = max_accepts,
		.accept_timeout = CLOCK_SECOND,
		.handshakes = handshakes,
	};

	admission_begin(&a, 0);
	return a;
}

/* One comes: whether it was let in; *next is whether the next one may. */
static bool
come(struct admission *a, bool *next)
{
	if (!admission_reserve(a))
		return false;
	*next = admission_came(a, 0);
	admission_count(a);
	return true;
}

static void
check_places(void)
{
	struct admission a = fresh(2, 0, false);
	bool next;

	ok(come(&a, &next), "the first one comes");
	ok(next, "... and the next one may");
	ok(come(&a, &next), "the second one comes");
	ok(!next, "... and takes the last place");
	ok(!admission_reserve(&a), "the third one waits");
	is_int((int)a.clients, 2, "there are two");
	ok(admission_left(&a, true, 0), "one leaves: somebody may come");
	ok(come(&a, &next), "the third one comes");
	is_int((int)a.accepted, 3, "three in all");
}

/* Nobody was turned away: nobody has to be told that there is room. */
static void
check_nobody_waits(void)
{
	struct admission a = fresh(3, 0, false);
	bool next;

	ok(come(&a, &next) && next, "one of three comes");
	ok(!admission_left(&a, true, 0), "it leaves, and nobody has waited");
}

static void
check_enough(void)
{
	struct admission a = fresh(10, 2, false);
	bool next;

	ok(admission_reserve(&a), "the first of two is about to come");
	ok(admission_reserve(&a), "... and the second");
	ok(!admission_reserve(&a), "no third, not even for a moment");
	next = admission_came(&a, 0);
	admission_count(&a);
	ok(!next && !admission_enough(&a), "one has come, it is not enough");
	ok(admission_left(&a, false, 0), "the other has gone before it came: "
	    "somebody else may");
	ok(come(&a, &next), "who is the second one");
	ok(!next && admission_enough(&a), "it is enough");
	ok(!admission_left(&a, true, 0), "one leaves, and nobody may come");
}

/* Who is let in when its header is there counts from then on. */
static void
check_judged_later(void)
{
	struct admission a = fresh(10, 1, true);

	ok(admission_reserve(&a), "the only one is about to come");
	ok(!admission_came(&a, 0), "it has come, and nobody else may");
	ok(!admission_enough(&a), "it may be one that is not let in");
	ok(admission_left(&a, false, 0), "it was not: somebody else may come");
	ok(admission_reserve(&a) && !admission_came(&a, 0), "it does");
	admission_count(&a);
	ok(admission_enough(&a), "it is let in: that is enough");
	ok(!admission_left(&a, true, 0), "nobody may come when it has left");
	is_int((int)a.accepted, 1, "one has been let in");
}

/* A place is taken when the handshake is done. */
static void
check_handshakes(void)
{
	struct admission a = fresh(1, 0, true);
	bool next;

	ok(come(&a, &next) && next, "one in its handshake takes no place");
	ok(come(&a, &next) && next, "... nor do two");
	ok(admission_take(&a), "the first that is done has it");
	ok(!admission_reserve(&a), "nobody else is accepted");
	ok(!admission_take(&a), "the second that is done waits for it");
	ok(!admission_left(&a, true, 0), "the first has left; the place goes "
	    "to the second");
	ok(!admission_reserve(&a), "still nobody else");
	admission_give(&a);
	ok(admission_left(&a, true, 0), "the second has left, and nobody "
	    "waits: the next may come");
	ok(come(&a, &next) && next, "it comes");
}

static void
check_exhausted(void)
{
	struct admission a = fresh(10, 0, false);
	bool next;

	ok(come(&a, &next) && next, "one comes");
	admission_exhaust(&a);
	ok(!admission_reserve(&a), "no descriptors: nobody comes");
	ok(!admission_left(&a, true, 0), "... though one leaves");
	is_int(admission_give_up_at(&a) == CLOCK_NEVER, 1,
	    "nobody is waited for");
	ok(admission_try_again(&a), "after a pause somebody may");
	ok(come(&a, &next), "and comes");
}

static void
check_time(void)
{
	struct admission a = fresh(1, 0, false);
	bool next;

	is_int((int)(admission_give_up_at(&a) / CLOCK_SECOND), 1,
	    "the wait for the first one ends after a second");
	ok(come(&a, &next), "it comes");
	is_int(admission_give_up_at(&a) == CLOCK_NEVER, 1,
	    "while all places are taken nobody is waited for");
	ok(!admission_reserve(&a), "somebody knocks");
	ok(admission_left(&a, true, LATER), "it leaves");
	is_int((int)(admission_give_up_at(&a) / CLOCK_SECOND), 6,
	    "the wait for the next one begins then");
	a.accept_timeout = CLOCK_NEVER;
	is_int(admission_give_up_at(&a) == CLOCK_NEVER, 1,
	    "without a limit it has no end");
}

/* One after another: only who has been served ends the wait. */
static void
check_one_at_a_time(void)
{
	struct admission a = fresh(1, 0, true);

	a.one_at_a_time = true;
	ok(admission_reserve(&a), "one is about to come");
	admission_came(&a, LATER);
	admission_count(&a);
	is_int((int)(admission_give_up_at(&a) / CLOCK_SECOND), 1,
	    "its handshake does not prolong the wait");
	ok(!admission_serves(&a), "nobody is served");
	ok(admission_take(&a), "it is done");
	ok(admission_serves(&a), "it is served");
	is_int(admission_give_up_at(&a) == CLOCK_NEVER, 1,
	    "meanwhile nobody is waited for");
	admission_give(&a);
	admission_left(&a, true, LATER);
	is_int((int)(admission_give_up_at(&a) / CLOCK_SECOND), 6,
	    "the wait for the next one begins when it has gone");
}

static void
check_closed(void)
{
	struct admission a = fresh(2, 0, false);
	bool next;

	ok(come(&a, &next), "one comes");
	admission_close(&a);
	ok(!admission_reserve(&a), "nobody comes any more");
	ok(!admission_left(&a, true, 0), "not even when it has left");
	is_int((int)a.clients, 0, "nobody is there");
}

int
main(void)
{
	check_places();
	check_nobody_waits();
	check_enough();
	check_judged_later();
	check_handshakes();
	check_exhausted();
	check_time();
	check_one_at_a_time();
	check_closed();
	return tap_done();
}
