/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "datagram/events.h"
#include "datagram/peers_state.h"
#include "net/resolve.h"

/* What a look-up has found is good for so long: of a thousand newcomers in a
 * second not each needs its own. */
#define FOUND_TIME	CLOCK_SECOND

static struct resolve_query
peers_query(const struct peers *ps)
{
	return (struct resolve_query){
		.host = ps->o->forward.target.inet.host,
		.port = ps->o->forward.port,
		.family = ps->o->forward.socket.family,
		.numeric = ps->o->forward.socket.numeric,
	};
}

void
peers_init_target(struct peers *ps)
{
	struct resolve_query query;

	if (ps->o->forward.text == NULL ||
	    ps->o->forward.target.kind == ENDPOINT_UNIX)
		return;
	query = peers_query(ps);
	query.numeric = true;
	if (resolve(&query, CLOCK_NEVER, &ps->lookup.found, NULL) == RESULT_OK)
		ps->lookup.good_until = CLOCK_NEVER;
}

/* False: it can't begin. */
static bool
peers_look_up(struct peers *ps, struct error *err)
{
	struct resolve_query query = peers_query(ps);

	if (ps->lookup.lookup != NULL)
		return true;
	/* That it is no address, was seen at first. */
	if (query.numeric || strchr(query.host, '%') != NULL) {
		resolve(&query, CLOCK_NEVER, &ps->lookup.found, err);
		return false;
	}
	ps->lookup.lookup = resolve_begin(&query, err);
	if (ps->lookup.lookup == NULL)
		return false;
	ps->lookup.until = clock_after(clock_now(),
	    ps->o->forward.dial.timeout);
	events_add(ps->epoll_fd, resolve_fd(ps->lookup.lookup), EVENT_LOOKUP,
	    0);
	return true;
}

static enum result
peers_look_end(struct peers *ps, struct addr_list *list, struct error *err)
{
	struct lookup *lookup = ps->lookup.lookup;

	events_remove(ps->epoll_fd, resolve_fd(lookup));
	ps->lookup.lookup = NULL;
	return resolve_end(lookup, list, err);
}

/* --- for those who wait -------------------------------------------------- */

/* Its fate is known. */
static bool
peers_settle(struct peers *ps, struct association *a, enum result result,
    struct error *err)
{
	if (a->waiting)
		TAILQ_REMOVE(&ps->waiting, a, in_waiting);
	a->waiting = false;
	if (result == RESULT_OK)
		result = peers_dial(ps, a, err);
	/* Out of descriptors, perhaps. */
	if (result == RESULT_LOCAL && peers_make_room(ps, a))
		result = peers_dial(ps, a, err);
	if (result != RESULT_OK) {
		peers_fail(ps, a, err);
		return false;
	}
	events_add(ps->epoll_fd, a->c.fd, EVENT_PEER, a->peer.number);
	if (!peers_send_kept(ps, a))
		peers_target_failed(ps, a, errno);
	return true;
}

/* The look-up is over, for all who wait for it. */
static void
peers_look_done(struct peers *ps, enum result result, struct error *err)
{
	struct association *a;

	while ((a = TAILQ_FIRST(&ps->waiting)) != NULL)
		peers_settle(ps, a, result, err);
}

bool
peers_begin_target(struct peers *ps, struct association *a)
{
	struct error err;

	retarget_init(&a->retarget, &ps->o->forward.dial, ps->deadline, 0,
	    &a->c, 0);
	if (ps->o->forward.target.kind == ENDPOINT_UNIX ||
	    clock_now() < ps->lookup.good_until)
		return peers_settle(ps, a, RESULT_OK, &err);
	if (!peers_look_up(ps, &err)) {
		peers_fail(ps, a, &err);
		return false;
	}
	a->waiting = true;
	TAILQ_INSERT_TAIL(&ps->waiting, a, in_waiting);
	return true;
}

/* --- what comes of it ---------------------------------------------------- */

void
peers_found(struct peers *ps)
{
	struct addr_list found = { NULL, 0 };
	struct error err;
	enum result result = peers_look_end(ps, &found, &err);

	if (result == RESULT_OK) {
		dial_log_resolved(ps->o->forward.target.inet.host, &found);
		resolve_interleave(&found);
		addr_list_free(&ps->lookup.found);
		ps->lookup.found = found;
		ps->lookup.good_until = clock_after(clock_now(), FOUND_TIME);
	}
	peers_look_done(ps, result, &err);
}

int64_t
peers_look_until(const struct peers *ps)
{
	return ps->lookup.lookup == NULL ? CLOCK_NEVER : ps->lookup.until;
}

void
peers_look_late(struct peers *ps)
{
	struct error err;

	if (clock_now() < peers_look_until(ps))
		return;
	peers_look_end(ps, NULL, NULL);
	error_at(&err, RESULT_TIMEOUT, STEP_RESOLVE,
	    ps->o->forward.target.inet.host, "no answer in time");
	peers_look_done(ps, RESULT_TIMEOUT, &err);
}

void
peers_free_target(struct peers *ps)
{
	if (ps->lookup.lookup != NULL)
		peers_look_end(ps, NULL, NULL);
	addr_list_free(&ps->lookup.found);
}
