/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"

/* So many descriptors need no memory for the list that poll(2) gets. */
#define FEW	16

/* What poll(2) is given: the caller's descriptors, and those of signals. */
struct wait {
	struct pollfd	*fds;
	size_t		 n;		/* the caller's */
	size_t		 count;		/* and ours behind them */
	unsigned	 flags;
	bool		 reload;	/* a signal came that is not ours */
	struct pollfd	 few[FEW + 2];
};

static void
wait_begin(struct wait *w, struct pollfd *fds, size_t n, unsigned flags)
{
	ASSERT(fds != NULL || n == 0);
	w->fds = fds;
	w->n = w->count = n;
	w->flags = flags;
	w->reload = false;
	if ((flags & WAIT_NO_SIGNALS) != 0)
		return;
	w->fds = n <= FEW ? w->few : xcalloc(n + 2, sizeof(*w->fds));
	if (n > 0)
		memcpy(w->fds, fds, n * sizeof(*fds));
	w->fds[w->count++] = (struct pollfd){ .fd = signals_fd(),
	    .events = POLLIN };
	if ((flags & WAIT_HELD_SIGNALS) != 0)
		w->fds[w->count++] = (struct pollfd){
			.fd = signals_received_fd(), .events = POLLIN };
}

static void
wait_end(struct wait *w, struct pollfd *fds, enum wait_result how)
{
	int saved = errno;
	const uint64_t one = 1;

	for (size_t i = 0; i < w->n; i++) {
		fds[i].revents = how == WAIT_READY || how == WAIT_SIGNAL ?
		    w->fds[i].revents : 0;
	}
	if (w->fds != fds && w->fds != w->few)
		free(w->fds);
	/* Whose it is has still to be told. */
	if (w->reload &&
	    write(signals_received_fd(), &one, sizeof(one)) == -1) {
		/* it is readable already */
	}
	errno = saved;
}

/* Whether a signal asks us to leave. */
static bool
wait_signalled(struct wait *w)
{
	uint64_t times;

	if ((w->flags & WAIT_NO_SIGNALS) != 0)
		return false;
	if (w->fds[w->n].revents != 0)
		signals_woken();
	if (signals_are_stopping())
		return true;
	if ((w->flags & WAIT_HELD_SIGNALS) == 0)
		return false;
	/* Taken first, looked at then, or one that comes now would be lost. */
	if (w->fds[w->n + 1].revents != 0 &&
	    read(signals_received_fd(), &times, sizeof(times)) != -1)
		w->reload = true;
	return signals_received() != 0;
}

static size_t
wait_count_ready(const struct wait *w)
{
	size_t ready = 0;

	for (size_t i = 0; i < w->n; i++)
		ready += w->fds[i].revents != 0;
	return ready;
}

/* For poll(2). */
static int
wait_timeout(const struct wait *w, int64_t until)
{
	/* Somebody else may have taken what would wake us. */
	if (until == WAIT_NOW || ((w->flags & WAIT_HELD_SIGNALS) != 0 &&
	    signals_received() != 0))
		return 0;
	if (until == CLOCK_NEVER)
		return -1;
	return clock_poll_timeout(until, clock_now());
}

enum wait_result
wait_for(struct pollfd *fds, size_t n, int64_t until, unsigned flags)
{
	enum wait_result how;
	struct wait w;

	wait_begin(&w, fds, n, flags);
	for (;;) {
		int got = poll(w.fds, w.count, wait_timeout(&w, until));

		if (got == -1 && errno != EINTR) {
			how = WAIT_FAILED;
			break;
		}
		for (size_t i = 0; got == -1 && i < w.count; i++)
			w.fds[i].revents = 0;
		how = WAIT_SIGNAL;
		if (wait_signalled(&w))
			break;
		how = WAIT_READY;
		if (got > 0 && wait_count_ready(&w) > 0)
			break;
		how = WAIT_TIMEOUT;
		if (got == 0 && (until == WAIT_NOW || clock_now() >= until))
			break;
	}
	wait_end(&w, fds, how);
	return how;
}

enum wait_result
wait_fd(int fd, short events, int64_t until, unsigned flags)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return wait_for(&pfd, 1, until, flags);
}

enum wait_result
wait_span(int64_t span)
{
	return wait_for(NULL, 0, clock_after(clock_now(), span), 0);
}

bool
wait_is_ready(int fd, short events)
{
	return wait_fd(fd, events, WAIT_NOW, WAIT_NO_SIGNALS) == WAIT_READY;
}

enum result
wait_error(enum wait_result how, struct error *err)
{
	switch (how) {
	case WAIT_READY:
	case WAIT_TIMEOUT:
		break;
	case WAIT_SIGNAL:
		return error_interrupted(err);
	case WAIT_FAILED:
		return error_set_errno(err, RESULT_LOCAL, errno, "poll");
	}
	return RESULT_OK;
}
