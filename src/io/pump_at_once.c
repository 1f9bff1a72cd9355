/* SPDX-License-Identifier: ISC */
/*
 * Nothing is waited for: what our input has is sent, what the peer has said is
 * taken.  That what was sent arrives is part of sending it.
 */
#include "base/clock.h"
#include "base/log.h"
#include "io/pump_state.h"

/* Pauses between looks whether all is acknowledged. */
#define LOOK_FIRST	(2 * CLOCK_MS)
#define LOOK_MOST	(200 * CLOCK_MS)

static bool
at_once_concerns(const struct pump *p)
{
	return p->o->at_once && p->phase == PHASE_RUN;
}

/* When our input has been silent for too long. */
static int64_t
at_once_silent_at(const struct pump *p)
{
	if (p->out.state != FLOW_OPEN || !p->out.wants_in || p->out.wants_out ||
	    flow_pending(&p->out) > 0)
		return CLOCK_NEVER;
	return clock_after(p->heard, p->local->interactive ? 0 :
	    PUMP_INPUT_SILENCE);
}

int64_t
pump_at_once_at(const struct pump *p)
{
	if (!at_once_concerns(p) || (flow_is_over(&p->out) &&
	    stream_unflushed(p->net)))
		return CLOCK_NEVER;
	return flow_is_over(&p->out) ? p->look_at : at_once_silent_at(p);
}

bool
pump_check_at_once(struct pump *p)
{
	if (p->now < pump_at_once_at(p))
		return false;
	if (!flow_is_over(&p->out)) {
		if (p->pfd[SLOT_OUT_SOURCE].revents != 0)
			return false;
		log_line(LOG_STEP, "standard input is silent, and not waited "
		    "for");
		flow_stop_reading(&p->out);
		return false;
	}
	if (!p->o->wait_acknowledged || pump_in_doubt(p) == 0)
		return true;
	p->look_pause = p->look_pause == 0 ? LOOK_FIRST :
	    clock_earlier(2 * p->look_pause, LOOK_MOST);
	p->look_at = clock_after(p->now, p->look_pause);
	return false;
}
