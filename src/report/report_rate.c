/* SPDX-License-Identifier: ISC */
/* How fast it was, as both forms say it. */
#include "base/clock.h"
#include "report/report_state.h"

int64_t
report_stood(const struct record_times *t, int64_t begun)
{
	int64_t at = t->dial.connected != 0 ? t->dial.connected : begun;

	at = t->proxied > at ? t->proxied : at;
	return t->secured > at ? t->secured : at;
}

uint64_t
report_rate(uint64_t bytes, int64_t span)
{
	return span <= 0 ? 0 :
	    (uint64_t)((double)bytes * CLOCK_SECOND / (double)span);
}
