/* SPDX-License-Identifier: ISC */
/* What a scan says. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "report/report.h"
#include "serve/scan_state.h"

const char *
scan_verdict_text(const struct options *o, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_OPEN:
		return "open";
	case VERDICT_CLOSED:
		return "closed";
	case VERDICT_UNREACHABLE:
		return "unreachable";
	default:
		return options_datagrams(o) ? "no-answer" : "silent";
	}
}

static void
scan_report(const struct scan *s, const struct port_state *p)
{
	const struct record record = {
		.sink = report_sink(s->report),
		.kind = RECORD_PORT,
		.transport = options_transport(s->o),
		.name = s->o->host,
		.port = p->port,
		.state = scan_verdict_text(s->o, p->verdict),
	};

	record_report(&record);
}

void
scan_print(struct scan *s)
{
	while (s->printed < s->count && s->port[s->printed].finished) {
		const struct port_state *p = &s->port[s->printed++];

		scan_report(s, p);
		if (s->print)
			printf("%s %u %s\n", s->o->host, p->port,
			    scan_verdict_text(s->o, p->verdict));
	}
}

void
scan_report_rest(const struct scan *s)
{
	for (size_t i = s->printed; i < s->count; i++)
		scan_report(s, &s->port[i]);
}

enum result
scan_conclude(const struct scan *s)
{
	size_t seen[VERDICT_OPEN + 1] = { 0 };

	for (size_t i = 0; i < s->count; i++)
		seen[s->port[i].verdict]++;
	if (seen[VERDICT_OPEN] > 0 || (s->o->scan.silent_is_open &&
	    options_datagrams(s->o) && seen[VERDICT_SILENT] > 0))
		return RESULT_OK;
	if (!s->print)
		return error_set(s->err, seen[VERDICT_CLOSED] > 0 ?
		    RESULT_REFUSED : seen[VERDICT_UNREACHABLE] > 0 ?
		    RESULT_UNREACHABLE : RESULT_TIMEOUT, "%s", "");
	if (seen[VERDICT_CLOSED] > 0)
		return error_set(s->err, RESULT_REFUSED, s->count == 1 ?
		    "%s port %u: closed" : "%s: no port is open", s->o->host,
		    s->port[0].port);
	if (seen[VERDICT_UNREACHABLE] > 0)
		return error_set(s->err, RESULT_UNREACHABLE, "%s: unreachable",
		    s->o->host);
	return error_set(s->err, RESULT_TIMEOUT, s->count == 1 ?
	    "%s port %u: no answer" : "%s: no port answers", s->o->host,
	    s->port[0].port);
}

/* The last that was heard of it, or nothing. */
static void
missing_settle(struct port_state *p)
{
	if (p->finished)
		return;
	p->finished = true;
	if (p->verdict == VERDICT_NONE)
		p->verdict = p->before;
	if (p->verdict == VERDICT_NONE)
		p->verdict = VERDICT_SILENT;
}

enum result
scan_missing(struct scan *s)
{
	char text[600] = "", span[32];
	size_t named = 0, n = 0;
	bool asked = s->target.count > 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct port_state *p = &s->port[i];

		missing_settle(&s->port[i]);
		if (p->verdict == VERDICT_OPEN || n > sizeof(text) - 40)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, asked ?
		    "%s%u (%s)" : "%s%u", named++ > 0 ? ", " : "", p->port,
		    scan_verdict_text(s->o, p->verdict));
	}
	if (named < s->missing)
		snprintf(text + n, sizeof(text) - n, ", and %zu more",
		    s->missing - named);
	if (asked)
		scan_print(s);
	return error_set(s->err, RESULT_TIMEOUT, "%s port%s %s: not open after "
	    "%s", s->o->host, s->missing > 1 ? "s" : "", text,
	    clock_format(span, sizeof(span), s->now >= s->deadline ?
	    s->o->timeout : s->o->dial.retry));
}
