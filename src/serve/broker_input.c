/* SPDX-License-Identifier: ISC */
/* Standard input of a broker, and the person at the terminal of a chat. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "serve/broker_state.h"

/* Messages printed before the keyboard gets its turn. */
#define FAIR_CALLS	64

/* --- what is printed ----------------------------------------------------- */

static void
input_output_failed(struct broker *b, int errnum)
{
	error_set_errno(&b->err, errnum == EPIPE ? RESULT_PIPE : RESULT_LOCAL,
	    errnum, "%s", b->local->name);
}

/* Print what the others have said.  False: that failed. */
static bool
input_print(struct broker *b)
{
	struct iovec next;

	b->blocked = false;
	for (int i = 0; i < FAIR_CALLS && hub_peek(b->s.member, &next, 1) > 0;
	    i++) {
		ssize_t n = stream_write(b->local, next.iov_base, next.iov_len);

		if (n == -1 && errno != EAGAIN) {
			input_output_failed(b, errno);
			return false;
		}
		hub_took(b->s.member, n == -1 ? 0 : (size_t)n, n == -1);
		b->blocked = n == -1;
		if (b->blocked)
			break;
	}
	if (hub_cut_off(b->s.member)) {
		log_line(LOG_ERROR, "standard output takes too little: what "
		    "is said from now on is not printed");
		b->prints = false;
	}
	return true;
}

/* --- what is read -------------------------------------------------------- */

/* Whether standard input is to be read.  Who takes part may leave at any
 * time. */
static bool
input_wanted(struct broker *b)
{
	return !b->s.ended && (!sender_waits(&b->s) ||
	    (b->takes_part && sender_has_room(&b->s)));
}

/* Read and pass on what is there.  True: there may be more. */
static bool
input_read(struct broker *b)
{
	int got = 0;

	sender_flush(&b->s);
	if (input_wanted(b))
		got = sender_read(&b->s, b->local, false);
	if (got == -1) {
		log_line(LOG_ERROR, "standard input: %s", strerror(errno));
		b->s.ended = true;
	}
	/* Who leaves does not wait for somebody to come. */
	if (b->s.ended && b->takes_part)
		b->s.patient = false;
	return got == 1;
}

/* Sleep until there is something to do.  False: it is time to go. */
static bool
input_wait(struct broker *b)
{
	struct iovec next;
	struct pollfd pfd[3] = {
		{ .fd = input_wanted(b) ? b->local->in.fd : -1,
		    .events = POLLIN },
		{ .fd = hub_event_fd(b->s.member), .events = POLLIN },
		{ .fd = b->prints ? b->local->out.fd : -1,
		    .events = b->blocked ? POLLOUT : 0 },
	};
	/* More may have been queued since, when there was no need to wake. */
	bool more = b->prints && !b->blocked &&
	    hub_peek(b->s.member, &next, 1) > 0;
	enum wait_result how = wait_for(pfd, 3, more ? WAIT_NOW : CLOCK_NEVER,
	    0);

	if (pfd[1].revents != 0)
		hub_awake(b->s.member);
	if ((pfd[2].revents & (POLLERR | POLLHUP)) != 0) {
		input_output_failed(b, EPIPE);
		return false;
	}
	return how != WAIT_SIGNAL;
}

static void *
input_run(void *arg)
{
	struct broker *b = arg;

	for (;;) {
		if (b->prints && !input_print(b))
			break;
		if (input_read(b))
			continue;
		if (b->s.ended && sender_flush(&b->s))
			break;
		if (!input_wait(b))
			break;
	}
	if (b->prints && b->err.result == RESULT_OK)
		input_print(b);
	sender_free(&b->s);
	if (b->takes_part || b->closes)
		hub_close(b->hub);
	if (b->takes_part)
		wakeup_set(b->stop_fd);
	return NULL;
}

/* --- from beginning to end ----------------------------------------------- */

static int
input_start(struct broker *b)
{
	int errnum;

	b->stop_fd = wakeup_open(WAKEUP_ONCE);
	if (b->stop_fd == -1)
		return errno;
	b->s.member = hub_join(b->hub, b->prints, false);
	if (b->s.member == NULL)
		return errno;
	errnum = signals_thread(&b->thread, NULL, input_run, b);
	if (errnum != 0)
		sender_free(&b->s);
	return errnum;
}

bool
broker_start_input(struct broker *b)
{
	int errnum;

	b->local = stream_stdio(true);
	b->s.chat = b->o->broker.chat;
	b->s.patient = true;
	b->takes_part = b->o->broker.chat && b->o->pump.send &&
	    b->local->interactive;
	b->prints = b->takes_part;
	errnum = !b->o->pump.send ? 0 : input_start(b);
	if (errnum != 0)
		log_line(LOG_ERROR, "standard input is not read: %s",
		    strerror(errnum));
	return b->o->pump.send && errnum == 0;
}

void
broker_end_input(struct broker *b)
{
	stream_close(b->local, false);
	wakeup_close(b->stop_fd);
}
