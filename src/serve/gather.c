/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "serve/gather_state.h"

/* A line that has not ended by then is passed on as a piece. */
#define LINE_TIME	(1 * CLOCK_SECOND)

/* After so many bytes a larger pipe pays. */
#define LONG_TRANSFER	(256 * 1024)

static void
event_set(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) == -1) {
		/* it is set already */
	}
}

static void
event_clear(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) == -1) {
		/* it was not set */
	}
}

/* --- those who wait (all with the lock held) ----------------------------- */

static void
sender_signal(struct sender *s)
{
	if (!s->signalled)
		event_set(s->stream.out.fd);
	s->signalled = true;
}

static void
sender_awake(struct sender *s)
{
	if (s->signalled)
		event_clear(s->stream.out.fd);
	s->signalled = false;
}

/* Out of whatever queue it is in. */
static void
sender_leave_queue(struct sender *s)
{
	struct gather *g = s->gather;

	if (s->place == SENDER_WAITS)
		TAILQ_REMOVE(&g->waiting, s, in_queue);
	else if (s->place == SENDER_LEAVES)
		TAILQ_REMOVE(&g->leaving, s, in_queue);
	if (s->place == SENDER_CALLED) {
		ASSERT(g->called > 0 && s->need <= g->called_need);
		g->called--;
		g->called_need -= s->need;
	}
	s->place = SENDER_BUSY;
}

/* One that was called and found too little is the next again. */
static void
sender_wait(struct sender *s, bool first)
{
	struct gather *g = s->gather;

	s->place = SENDER_WAITS;
	s->need = gather_put_need(s);
	if (first)
		TAILQ_INSERT_HEAD(&g->waiting, s, in_queue);
	else
		TAILQ_INSERT_TAIL(&g->waiting, s, in_queue);
}

/* Call as many of those who wait as there is room for.  Until they have come,
 * nobody else takes it. */
static void
gather_call(struct gather *g)
{
	struct sender *s;

	while ((s = TAILQ_FIRST(&g->waiting)) != NULL &&
	    g->called_need + s->need <= gather_room(g)) {
		TAILQ_REMOVE(&g->waiting, s, in_queue);
		s->place = SENDER_CALLED;
		g->called++;
		g->called_need += s->need;
		sender_signal(s);
	}
}

/* Something was put, or a line has begun: the writer has to know. */
static void
gather_wake_writer(struct gather *g)
{
	if (!g->asleep)
		return;
	g->asleep = false;
	event_set(g->wake_fd);
}

/* Do one of the two things below, when it is s's turn.  Returns what was taken;
 * 0: s waits. */
static size_t
sender_try(struct sender *s, const unsigned char *data, size_t n)
{
	struct gather *g = s->gather;
	bool called = s->place == SENDER_CALLED;
	bool turn = called || (g->called == 0 && TAILQ_EMPTY(&g->waiting));
	size_t taken = 0;

	sender_awake(s);
	if (!turn && s->place == SENDER_WAITS)
		return 0;
	sender_leave_queue(s);
	if (turn)
		taken = data != NULL ? gather_put(s, data, n) :
		    gather_put_kept(s, true);
	if (taken == 0)
		sender_wait(s, called);
	gather_call(g);
	gather_wake_writer(g);
	return taken;
}

static bool
sender_has_begun(const struct sender *s)
{
	const struct gather *g = s->gather;

	return s->kept_length > 0 || (g->unended && g->open == s);
}

/* --- a sender's stream --------------------------------------------------- */

static ssize_t
sender_write(struct stream *stream, const void *data, size_t n)
{
	struct sender *s = (struct sender *)stream;
	struct gather *g = s->gather;
	size_t taken = 0;
	int failed;

	if (n == 0)
		return 0;
	pthread_mutex_lock(&g->lock);
	failed = g->failed;
	if (failed == 0)
		taken = sender_try(s, data, n);
	pthread_mutex_unlock(&g->lock);
	if (taken > 0)
		return (ssize_t)taken;
	errno = failed != 0 ? failed : EAGAIN;
	return -1;
}

/* Whether all that it has said is written; its last line ends with it. */
static bool
sender_is_done(struct sender *s)
{
	struct gather *g = s->gather;

	sender_awake(s);
	if (s->ended && sender_has_begun(s))
		sender_try(s, NULL, 0);
	if (sender_has_begun(s))
		return false;
	if (s->last <= g->written) {
		sender_leave_queue(s);
		return true;
	}
	if (s->ended && s->place == SENDER_BUSY) {
		s->place = SENDER_LEAVES;
		TAILQ_INSERT_TAIL(&g->leaving, s, in_queue);
	}
	return false;
}

static int
sender_flush(struct stream *stream)
{
	struct sender *s = (struct sender *)stream;
	struct gather *g = s->gather;
	bool done;
	int failed;

	pthread_mutex_lock(&g->lock);
	failed = g->failed;
	done = failed == 0 ? sender_is_done(s) :
	    !sender_has_begun(s) && s->last <= g->written;
	pthread_mutex_unlock(&g->lock);
	if (done) {
		stream->unflushed = false;
		return 0;
	}
	errno = failed != 0 ? failed : EAGAIN;
	return -1;
}

static int
sender_shutdown(struct stream *stream)
{
	struct sender *s = (struct sender *)stream;

	s->ended = true;
	stream->shut = true;
	stream->unflushed = true;
	return sender_flush(stream) == -1 && errno != EAGAIN ? -1 : 0;
}

/* There is nothing to be read. */
static ssize_t
sender_read(struct stream *stream, void *data, size_t n)
{
	(void)stream;
	(void)data;
	(void)n;
	return 0;
}

/* What came before a failure is not lost. */
static void
sender_pass_last(struct sender *s)
{
	struct gather *g = s->gather;

	while (g->failed == 0 && sender_has_begun(s) &&
	    sender_try(s, NULL, 0) == 0 && signals_caught() == 0) {
		pthread_mutex_unlock(&g->lock);
		blocking_begins();
		wait_fd(s->stream.out.fd, POLLIN, CLOCK_NEVER, 0);
		pthread_mutex_lock(&g->lock);
	}
}

static void
sender_close(struct stream *stream, bool abort)
{
	struct sender *s = (struct sender *)stream;
	struct gather *g = s->gather;

	(void)abort;
	pthread_mutex_lock(&g->lock);
	sender_pass_last(s);
	sender_leave_queue(s);
	gather_drop_kept(s);
	if (g->open == s)
		g->open = NULL;
	gather_call(g);
	pthread_mutex_unlock(&g->lock);
	close(stream->out.fd);
	free(s->mark);
	stream_release(stream);
	free(s);
}

static const struct stream_ops sender_ops = {
	.read = sender_read,
	.write = sender_write,
	.shutdown = sender_shutdown,
	.flush = sender_flush,
	.close = sender_close,
};

void
gather_change(struct stream *stream, const struct addr *from)
{
	struct sender *s = (struct sender *)stream;
	char text[ADDR_TEXT_MAX], mark[MARK_MAX];

	if (!s->gather->mark)
		return;
	free(s->mark);
	s->mark_length = mark_make(mark, addr_format(from, text));
	s->mark = xstrdup(mark);
}

struct stream *
gather_join(struct gather *g, const struct addr *from, int source_fd,
    bool messages)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct sender *s;

	if (fd == -1)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->gather = g;
	s->source_fd = source_fd;
	s->messages = messages;
	stream_init(&s->stream, &sender_ops, "standard output");
	s->stream.in_name = "nothing";
	s->stream.out = (struct fdio){ .fd = fd, .kind = FD_OTHER, .own = true,
	    .messages = messages, .reopened = -1, .expected = -1 };
	s->stream.in = s->stream.out;
	s->stream.write_events = POLLIN;	/* it is called */
	s->stream.no_input = true;
	gather_change(&s->stream, from);
	return &s->stream;
}

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
			sender_signal(s);
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
		event_clear(g->wake_fd);
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
	event_set(g->done_fd);
	return NULL;
}

/* --- all together -------------------------------------------------------- */

static void
gather_free(struct gather *g)
{
	if (g->wake_fd != -1)
		close(g->wake_fd);
	if (g->done_fd != -1)
		close(g->done_fd);
	free(g->fill.data);
	free(g->drain.data);
	pthread_mutex_destroy(&g->lock);
	stream_close(g->output, false);
	free(g);
}

struct gather *
gather_new(bool mark)
{
	struct gather *g = xcalloc(1, sizeof(*g));
	int errnum;

	pthread_mutex_init(&g->lock, NULL);
	g->mark = mark;
	TAILQ_INIT(&g->begun);
	TAILQ_INIT(&g->waiting);
	TAILQ_INIT(&g->leaving);
	g->fill.data = xpages(HALF_SIZE);
	g->drain.data = xpages(HALF_SIZE);
	g->output = stream_stdio(false);
	g->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
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
	event_set(g->wake_fd);
}

enum result
gather_end(struct gather *g, int64_t deadline, struct error *err)
{
	enum result result = RESULT_OK;
	int failed;

	gather_order(g, false);
	/* The signal may be one that nobody was told of yet. */
	wait_fd(g->done_fd, POLLIN, deadline, WAIT_HELD_SIGNALS);
	gather_order(g, true);
	pthread_join(g->writer, NULL);
	failed = g->failed;
	if (failed == 0 && stream_shutdown(g->output) == -1)
		failed = errno;
	if (failed != 0)
		result = error_set_errno(err, failed == EPIPE ? RESULT_PIPE :
		    RESULT_LOCAL, failed, "standard output");
	gather_free(g);
	return result;
}

enum result
gather_conclude(struct gather *g, int64_t deadline, enum result result,
    struct error *err)
{
	struct error e = { .result = RESULT_OK };

	if (gather_end(g, deadline, &e) == RESULT_OK ||
	    (result == RESULT_SIGNAL && signals_asked() != SIGPIPE))
		return result;
	*err = e;
	return e.result;
}
