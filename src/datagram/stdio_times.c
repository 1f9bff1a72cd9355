/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/log.h"
#include "datagram/stdio_state.h"
#include "io/pump.h"

/* --- leaving in silence -------------------------------------------------- */

static int64_t
stdio_silence(const struct stdio *io)
{
	return clock_after(io->active, io->receiver.datagrams == 0 ?
	    io->o->pump.quit_unheard : io->o->pump.quit_after);
}

/* When the silence after the end of the input is long enough. */
static int64_t
stdio_quit_at(const struct stdio *io)
{
	/* Who waits for the reader of the output can't hear a silence. */
	if (io->many || io->output_waits)
		return CLOCK_NEVER;
	if (io->o->pump.reply && !io->peer.known)
		return CLOCK_NEVER;
	if (!io->o->pump.send && !(io->o->pump.at_once && io->peer.known))
		return io->o->pump.reply ? stdio_silence(io) : CLOCK_NEVER;
	if (stdio_is_behind(io) ? !stdio_is_nameless(io) : !io->input.ended)
		return CLOCK_NEVER;
	if (!io->o->pump.receive)
		return io->active;
	return stdio_silence(io);
}

/* That silence is over. */
static void
stdio_quit(struct stdio *io)
{
	char span[32];

	io->done = true;
	if (!input_empty(&io->input))
		io->result = error_set(io->err, RESULT_BROKEN,
		    "the peer has no address: nothing can be sent");
	else if (io->o->pump.wants_answer && io->receiver.datagrams == 0)
		io->result = error_set(io->err, RESULT_TIMEOUT,
		    "no answer within %s", clock_format(span, sizeof(span),
		    io->o->pump.quit_unheard));
}

/* -w 0: when the input has been silent for too long to be waited for. */
static int64_t
stdio_silent_at(const struct stdio *io)
{
	if (!io->o->pump.at_once || io->many || !io->peer.known ||
	    io->input.ended || io->send_waits)
		return CLOCK_NEVER;
	return clock_after(io->hold_until > io->heard ? io->hold_until :
	    io->heard, io->local->interactive ? 0 : PUMP_INPUT_SILENCE);
}

/* --- leaving, or forgetting the peer, for other reasons ------------------ */

/* A pause that we were asked for (-i) is none of the peer's. */
static int64_t
stdio_idle_at(const struct stdio *io)
{
	return clock_after(io->hold_until > io->active ? io->hold_until :
	    io->active, io->o->pump.idle_timeout);
}

static bool
stdio_is_idle(const struct stdio *io)
{
	return io->peer.known && !io->output_waits &&
	    io->now >= stdio_idle_at(io);
}

static void
stdio_end_idle(struct stdio *io)
{
	char span[32];

	clock_format(span, sizeof(span), io->o->pump.idle_timeout);
	if (io->many) {
		log_line(LOG_STEP, "nothing moved for %s", span);
		io->peer.known = false;
		return;
	}
	if (!io->o->pump.any_end)
		io->result = error_at(io->err, RESULT_TIMEOUT, STEP_IDLE, "",
		    "nothing moved for %s", span);
	io->done = true;
}

bool
stdio_is_late(struct stdio *io)
{
	if (io->now < io->deadline)
		return false;
	io->result = error_set(io->err, RESULT_TIMEOUT,
	    "the time for the whole run is over");
	return true;
}

/* --- all together -------------------------------------------------------- */

int64_t
stdio_wake_at(const struct stdio *io)
{
	int64_t at = clock_earlier(io->deadline, stdio_quit_at(io));

	if (!io->peer.known)
		return clock_earlier(at, io->accept_deadline);
	at = clock_earlier(at, stdio_idle_at(io));
	at = clock_earlier(at, stdio_silent_at(io));
	if (io->hold_until > io->now && stdio_is_behind(io))
		at = clock_earlier(at, io->hold_until);
	return at;
}

void
stdio_check_times(struct stdio *io)
{
	io->now = clock_now();
	if (io->now >= stdio_silent_at(io) && !io->input_waits) {
		log_line(LOG_STEP, "standard input is silent, and not waited "
		    "for");
		io->input.ended = true;
	} else if (io->now >= stdio_quit_at(io)) {
		stdio_quit(io);
	} else if (stdio_is_late(io)) {
		io->done = true;
	} else if (!io->peer.known && io->now >= io->accept_deadline) {
		io->result = error_set(io->err, RESULT_TIMEOUT,
		    "no client came in time");
		io->done = true;
	} else if (stdio_is_idle(io)) {
		stdio_end_idle(io);
	}
}
