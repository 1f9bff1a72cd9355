/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/wakeup.h"
#include "datagram/demux_state.h"

/* Of the descriptors that are not needed for anything else, those who wait may
 * have one in FDS_SHARE / 2. */
#define RESERVED_FDS	64
#define FDS_SHARE	8

size_t
demux_backlog_limit(void)
{
	struct rlimit limit;
	size_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur < RESERVED_FDS)
		return 1;
	most = (size_t)(limit.rlim_cur - RESERVED_FDS) / FDS_SHARE;
	return most < 1 ? 1 : most > BACKLOG_MOST ? BACKLOG_MOST : most;
}

/* Take one out, for what becomes of it.  With the lock held. */
static struct connection
demux_backlog_take(struct demux *d, size_t i)
{
	struct connection c = d->backlog[i].c;

	if (!wakeup_clear(d->backlog_fd))
		abort();	/* it counts them */
	d->backlog_count--;
	memmove(d->backlog + i, d->backlog + i + 1, (d->backlog_count - i) *
	    sizeof(d->backlog[0]));
	return c;
}

/* Where the session is; the count: nowhere.  With the lock held. */
static size_t
demux_backlog_find(const struct demux *d, const struct demux_session *session)
{
	size_t i = 0;

	while (i < d->backlog_count && d->backlog[i].session != session)
		i++;
	return i;
}

enum admission
demux_admission(struct demux *d)
{
	enum admission admission;

	pthread_mutex_lock(&d->lock);
	admission = d->closed ? ADMIT_NOBODY :
	    d->backlog_count == d->backlog_most ? ADMIT_LATER : ADMIT_ONE;
	pthread_mutex_unlock(&d->lock);
	return admission;
}

void
demux_backlog_add(struct demux *d, struct connection *c,
    const struct demux_session *session)
{
	bool taken = false;

	pthread_mutex_lock(&d->lock);
	if (!d->closed) {
		wakeup_set(d->backlog_fd);
		d->backlog[d->backlog_count++] = (struct demux_pending){ *c,
		    session, clock_now() };
		taken = true;
		d->closed = !d->o->server.keep_open;
	}
	pthread_mutex_unlock(&d->lock);
	if (!taken)
		connection_close(c);
}

void
demux_backlog_drop(struct demux *d, const struct demux_session *session)
{
	struct connection c;
	size_t i;

	pthread_mutex_lock(&d->lock);
	i = demux_backlog_find(d, session);
	if (i < d->backlog_count) {
		c = demux_backlog_take(d, i);
		connection_close(&c);
	}
	pthread_mutex_unlock(&d->lock);
}

bool
demux_backlog_has(struct demux *d, const struct demux_session *session)
{
	bool has;

	pthread_mutex_lock(&d->lock);
	has = demux_backlog_find(d, session) < d->backlog_count;
	pthread_mutex_unlock(&d->lock);
	return has;
}

int64_t
demux_backlog_waits(struct demux *d, int64_t now)
{
	int64_t waits;

	pthread_mutex_lock(&d->lock);
	waits = d->backlog_count > 0 ? now - d->backlog[0].since : -1;
	pthread_mutex_unlock(&d->lock);
	return waits;
}

/* --- as listen.h says of a source ---------------------------------------- */

bool
demux_backlog_accept(void *context, struct connection *c)
{
	struct demux *d = context;
	bool taken;

	pthread_mutex_lock(&d->lock);
	taken = d->backlog_count > 0;
	if (taken)
		*c = demux_backlog_take(d, 0);
	pthread_mutex_unlock(&d->lock);
	return taken;
}

void
demux_backlog_close(void *context)
{
	struct demux *d = context;

	pthread_mutex_lock(&d->lock);
	d->closed = true;
	while (d->backlog_count > 0)
		connection_close(&d->backlog[--d->backlog_count].c);
	pthread_mutex_unlock(&d->lock);
}
