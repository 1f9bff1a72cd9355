/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "serve/gather_state.h"

/* A line that has not ended by then is passed on as a piece. */
#define LINE_TIME	(1 * CLOCK_SECOND)

/* After so many bytes a larger pipe pays. */
#define LONG_TRANSFER	(256 * 1024)

/* --- the writer ---------------------------------------------------------- */

/* Nothing can be written any more: everything ends. */
static void
gather_fail(struct gather *g, int errnum)
{
	pthread_mutex_lock(&g->lock);
	g->failed = errnum;
	pthread_mutex_unlock(&g->lock);
	signals_abort(SIGPIPE);
}

/* The half is written: those who have waited for that may leave. */
static void
gather_written(struct gather *g)
{
	struct sender *s;

	pthread_mutex_lock(&g->lock);
	g->written += g->drain.length;
	g->drain.length = g->drained = 0;
	TAILQ_FOREACH (s, &g->leaving, in_queue) {
		if (s->last <= g->written)
			gather_signal(s);
	}
	pthread_mutex_unlock(&g->lock);
}

static void
gather_write(struct gather *g)
{
	struct stream *out = g->output;
	ssize_t n = stream_write(out, g->drain.data + g->drained,
	    g->drain.length - g->drained);

	ASSERT(g->drained < g->drain.length);
	g->blocked = n == -1 && errno == EAGAIN;
	if (n == -1 && !g->blocked)
		gather_fail(g, errno);
	if (n == -1)
		return;
	g->drained += (size_t)n;
	if (g->drained == g->drain.length)
		gather_written(g);
	if (g->written >= LONG_TRANSFER)
		fdio_grow_pipe(&out->out);
}

/* Whether it is not the sender's fault that its line goes on: it waits for us,
 * or what it has said was not read yet. */
static bool
sender_is_held(const struct sender *s)
{
	return s->place == SENDER_WAITS || s->place == SENDER_CALLED ||
	    (s->source_fd != -1 && wait_is_ready(s->source_fd, POLLIN));
}

/* Lines that have not ended in time.  Returns when the next one is late. */
static int64_t
gather_pass_late(struct gather *g)
{
	int64_t now = clock_now(), late;
	struct sender *s;

	while ((s = TAILQ_FIRST(&g->begun)) != NULL) {
		late = clock_after(s->kept_since, LINE_TIME);
		if (now < late)
			return late;
		if (sender_is_held(s)) {
			TAILQ_REMOVE(&g->begun, s, in_begun);
			TAILQ_INSERT_TAIL(&g->begun, s, in_begun);
			s->kept_since = now;
		} else if (!gather_put_kept(s, false)) {
			return late;
		}
	}
	return CLOCK_NEVER;
}

/* Take what was filled, if the other half is done with; with the lock held.
 * Returns whether there is something to write. */
static bool
gather_swap(struct gather *g)
{
	struct half full = g->fill;

	if (g->drain.length > 0)
		return true;
	if (full.length == 0)
		return false;
	g->fill = g->drain;
	g->drain = full;
	gather_call(g);
	return true;
}

/* Nobody says any more: the last line ends, if that is not done. */
static void
gather_end_last(struct gather *g)
{
	if (!g->ending || !g->unended || gather_room(g) == 0)
		return;
	g->fill.data[g->fill.length++] = '\n';
	g->put++;
	g->unended = false;
}

/* Sleep until there is something to write, the output takes more, or has
 * gone. */
static void
gather_sleep(struct gather *g, int64_t until)
{
	struct pollfd pfd[2] = {
		{ .fd = g->wake_fd, .events = POLLIN },
		{ .fd = g->output->out.fd, .events = g->blocked ? POLLOUT : 0 },
	};

	wait_for(pfd, 2, until, WAIT_NO_SIGNALS);
	if (pfd[0].revents != 0)
		wakeup_clear(g->wake_fd);
	if (g->blocked)
		g->blocked = pfd[1].revents == 0;
	else if ((pfd[1].revents & (POLLERR | POLLHUP)) != 0)
		gather_fail(g, EPIPE);
}

/* One turn of the writer.  False: it is over. */
static bool
gather_turn(struct gather *g)
{
	int64_t late;
	bool busy, over;

	pthread_mutex_lock(&g->lock);
	late = gather_pass_late(g);
	gather_end_last(g);
	busy = gather_swap(g);
	over = g->failed != 0 || (g->ending && (!busy ||
	    (g->hurry && g->blocked)));
	g->asleep = !busy && !over;
	pthread_mutex_unlock(&g->lock);
	if (over)
		return false;
	if (busy && !g->blocked)
		gather_write(g);
	else
		gather_sleep(g, g->blocked ? CLOCK_NEVER : late);
	return true;
}

static void *
gather_run(void *arg)
{
	struct gather *g = arg;

	while (gather_turn(g))
		;
	wakeup_set(g->done_fd);
	return NULL;
}

/* --- all together -------------------------------------------------------- */

static void
gather_free(struct gather *g)
{
	wakeup_close(g->wake_fd);
	wakeup_close(g->done_fd);
	free(g->fill.data);
	free(g->drain.data);
	pthread_mutex_destroy(&g->lock);
	stream_close(g->output, false);
	free(g);
}

struct gather *
gather_new(bool mark, bool as_is)
{
	struct gather *g = xcalloc(1, sizeof(*g));
	int errnum;

	pthread_mutex_init(&g->lock, NULL);
	g->mark = mark;
	g->as_is = as_is;
	TAILQ_INIT(&g->begun);
	TAILQ_INIT(&g->waiting);
	TAILQ_INIT(&g->leaving);
	g->fill.data = xpages(HALF_SIZE);
	g->drain.data = xpages(HALF_SIZE);
	g->output = stream_stdio(false);
	g->wake_fd = wakeup_open(WAKEUP_ONCE);
	g->done_fd = wakeup_open(WAKEUP_ONCE);
	errnum = errno;
	if (g->wake_fd != -1 && g->done_fd != -1)
		errnum = signals_thread(&g->writer, NULL, gather_run, g);
	if (g->wake_fd != -1 && g->done_fd != -1 && errnum == 0)
		return g;
	gather_free(g);
	errno = errnum;
	return NULL;
}

static void
gather_order(struct gather *g, bool hurry)
{
	pthread_mutex_lock(&g->lock);
	g->ending = true;
	g->hurry = g->hurry || hurry;
	pthread_mutex_unlock(&g->lock);
	wakeup_set(g->wake_fd);
}

enum result
gather_end(struct gather *g, int64_t deadline, enum result result,
    struct error *err)
{
	int failed;

	gather_order(g, false);
	/* The signal may be one that nobody was told of yet. */
	wait_fd(g->done_fd, POLLIN, deadline, WAIT_HELD_SIGNALS);
	gather_order(g, true);
	pthread_join(g->writer, NULL);
	failed = g->failed;
	if (failed == 0 && stream_shutdown(g->output) == -1)
		failed = errno;
	gather_free(g);
	if (failed == 0 || (result == RESULT_SIGNAL &&
	    signals_received() != SIGPIPE))
		return result;
	return error_set_errno(err, failed == EPIPE ? RESULT_PIPE :
	    RESULT_LOCAL, failed, "standard output");
}
