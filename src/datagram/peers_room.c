/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "datagram/peers_state.h"

/* Between two messages that the table is full. */
#define TELL_PAUSE	(10 * CLOCK_SECOND)

struct association *
peers_find(struct peers *ps, const struct addr *remote, size_t socket)
{
	return (struct association *)peer_table_find(&ps->table, remote,
	    socket);
}

void
peers_touch(struct peers *ps, struct association *a)
{
	peer_table_touch(&ps->table, &a->peer, clock_now());
}

/* Not more often than somebody can read.  Returns when there is more to say. */
static int64_t
peers_tell_full(struct peers *ps, int64_t now)
{
	if (ps->dropped == 0)
		return CLOCK_NEVER;
	if (now < ps->tell_at)
		return ps->tell_at;
	log_line(LOG_ERROR, "more than %zu peers: %zu, silent longest, made "
	    "room for others", ps->most, ps->dropped);
	ps->dropped = 0;
	ps->tell_at = clock_after(now, TELL_PAUSE);
	return CLOCK_NEVER;
}

static struct association *
peers_longest_silent(const struct peers *ps)
{
	return (struct association *)peer_table_first(&ps->table);
}

bool
peers_make_room(struct peers *ps, const struct association *but)
{
	struct association *a = peers_longest_silent(ps);
	int64_t now = clock_now();

	if (a == NULL || a == but)
		return false;
	ps->dropped++;
	peers_tell_full(ps, now);
	/* Its command has the end of its input, and a while. */
	a->signal = SIGTERM;
	a->signal_at = clock_after(now, COMMAND_GRACE);
	peers_end(ps, a, "another one needs its place");
	return true;
}

struct association *
peers_insert(struct peers *ps, const struct dgram *d, size_t socket)
{
	struct association *a = xcalloc(1, sizeof(*a));

	while (ps->table.count >= ps->most && peers_make_room(ps, NULL))
		continue;
	a->peer.remote = d->from;
	a->peer.local = d->to;
	a->peer.socket = socket;
	connection_init(&a->c);
	a->signal = SIGTERM;
	a->signal_at = CLOCK_NEVER;
	peer_table_insert(&ps->table, &a->peer, clock_now());
	progress_enter(ps->run->progress, &a->served, &a->peer.remote);
	return a;
}

int64_t
peers_expire(struct peers *ps)
{
	int64_t now = clock_now(), next;
	struct association *a;

	while ((a = peers_longest_silent(ps)) != NULL &&
	    clock_after(a->peer.active, ps->idle) <= now) {
		if (a->command.pid == 0 || a->finishing) {
			/* A command that has not ended with its input. */
			peers_give_up(ps, a, "silent for too long");
			continue;
		}
		/* What it still has to say is passed on. */
		a->finishing = true;
		shutdown(a->c.fd, SHUT_WR);
		peers_touch(ps, a);
	}
	next = clock_earlier(peers_tell_full(ps, now), peers_urge(ps, now));
	return a == NULL ? next :
	    clock_earlier(next, clock_after(a->peer.active, ps->idle));
}
