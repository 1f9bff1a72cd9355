/* SPDX-License-Identifier: ISC */
/* Those who say something, and wait for room; see gather.h. */
#include <errno.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "serve/gather_state.h"

/* --- those who wait (all with the lock held) ----------------------------- */

void
gather_signal(struct sender *s)
{
	if (!s->signalled)
		wakeup_set(s->stream.out.fd);
	s->signalled = true;
}

static void
sender_awake(struct sender *s)
{
	if (s->signalled)
		wakeup_clear(s->stream.out.fd);
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

void
gather_call(struct gather *g)
{
	struct sender *s;

	while ((s = TAILQ_FIRST(&g->waiting)) != NULL &&
	    g->called_need + s->need <= gather_room(g)) {
		TAILQ_REMOVE(&g->waiting, s, in_queue);
		s->place = SENDER_CALLED;
		g->called++;
		g->called_need += s->need;
		gather_signal(s);
	}
}

/* Something was put, or a line has begun: the writer has to know. */
static void
gather_wake_writer(struct gather *g)
{
	if (!g->asleep)
		return;
	g->asleep = false;
	wakeup_set(g->wake_fd);
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
	    sender_try(s, NULL, 0) == 0 && signals_terminating() == 0) {
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
	wakeup_close(stream->out.fd);
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
	int fd = wakeup_open(WAKEUP_ONCE);
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
