/* SPDX-License-Identifier: ISC */
/* What is known of a pump from its members alone. */
#include "io/pump_state.h"

bool
pump_sends(const struct pump *p)
{
	return p->phase == PHASE_RUN && flow_busy(&p->out);
}

bool
pump_flows_are_over(const struct pump *p)
{
	return flow_is_over(&p->out) && flow_is_over(&p->in);
}

size_t
pump_in_doubt(const struct pump *p)
{
	size_t n = stream_unacked(p->net);

	return n > 0 && p->net->shut ? n - 1 : n;	/* the FIN is no data */
}

bool
pump_only_farewell(const struct pump *p)
{
	return p->net->layered && p->net->shut && flow_is_over(&p->in) &&
	    p->in.error == 0 && pump_in_doubt(p) == 0;
}
