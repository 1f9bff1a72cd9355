/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "io/pump_state.h"

static void
pump_fail(struct pump *p, enum result result, const char *what, int errnum,
    const struct error *fault)
{
	size_t doubt;

	if (p->failure.result != RESULT_OK)
		return;		/* the first one is the cause */
	doubt = pump_in_doubt(p);
	if (fault != NULL)
		p->failure = *fault;
	else
		error_set_errno(&p->failure, result, errnum, "%s", what);
	if (result == RESULT_PIPE)
		return;
	p->unacked = doubt;
}

void
pump_unanswered(struct pump *p)
{
	error_set(&p->failure, RESULT_BROKEN, "the peer ended without an "
	    "answer");
	p->unacked = pump_in_doubt(p);
	p->phase = PHASE_DONE;
}

void
pump_net_failed(struct pump *p, int errnum)
{
	enum result result = error_network_result(errnum);

	pump_fail(p, result, "the connection broke", errnum,
	    stream_fault(p->net));
	flow_abandon(&p->out);
	p->phase = flow_is_over(&p->in) || p->local_state == LOCAL_GONE ||
	    !p->o->receive ? PHASE_DONE : PHASE_BROKEN;
	p->in.wants_in = false;		/* is there something left? */
}

void
pump_local_failed(struct pump *p, const char *what, int errnum)
{
	pump_fail(p, p->local->duplex ? error_network_result(errnum) :
	    RESULT_LOCAL, what, errnum, stream_fault(p->local));
	p->phase = PHASE_DONE;
	p->local_state = LOCAL_FAILED;
	p->abort = true;
}

/* A duplex local end reads no more.  What comes for it is read and forgotten,
 * and what it still has to say is sent. */
static void
pump_local_gone(struct pump *p)
{
	uint64_t bytes = p->in.bytes;

	p->undelivered = flow_pending(&p->in) > 0;
	flow_free(&p->in);
	flow_init_discard(&p->in, p->net);
	p->in.bytes = bytes;
	p->local_state = LOCAL_GONE;
	if (p->phase != PHASE_RUN)
		p->phase = PHASE_DONE;
}

void
pump_output_failed(struct pump *p, int errnum)
{
	if (p->local->duplex) {
		pump_local_gone(p);
	} else if (errnum == EPIPE) {
		pump_fail(p, RESULT_PIPE, p->local->name, errnum, NULL);
		p->phase = PHASE_DONE;
	} else {
		pump_local_failed(p, p->local->name, errnum);
	}
}

void
pump_timed_out(struct pump *p, const char *what)
{
	error_set(&p->failure, RESULT_TIMEOUT, "%s", what);
	p->unacked = pump_in_doubt(p);
	p->phase = PHASE_DONE;
}

bool
pump_is_cut(const struct pump *p)
{
	struct stream *local = p->local;

	if (local->duplex)
		return !pump_flows_are_over(p);
	/* A person at a terminal has said what was typed. */
	if (!flow_is_over(&p->out) && (!local->interactive ||
	    flow_pending(&p->out) > 0))
		return true;
	return flow_pending(&p->in) > 0 || stream_flush(local) == -1;
}
