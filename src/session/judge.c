/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "net/life.h"
#include "report/report.h"
#include "session/judge.h"

static void
judge_report(const struct run *r, const struct connection *c)
{
	int64_t now = clock_now();
	struct error e;
	const struct record record = {
		.sink = report_sink(r->report),
		.number = run_number(r),
		.listener = true,
		.transport = record_transport(c->fd),
		.local = &c->local,
		.remote = &c->remote,
		.begun = now,
		.ended = now,
		.first = RECORD_LOCAL,
		.error = &e,
	};

	error_set(&e, RESULT_DENIED, JUDGE_DENIED);
	record_report(&record);
}

bool
judge_awaits_header(const struct run *r)
{
	return r->options->header.accept && r->access != NULL;
}

bool
judge_comer(const struct run *r, const struct connection *c)
{
	if (judge_awaits_header(r) || access_admits(r->access, &c->remote))
		return true;
	life_tell(&(struct life_event){ .kind = LIFE_DENIED, .type = c->type,
	    .local = &c->local, .remote = &c->remote });
	if (r->report != NULL)
		judge_report(r, c);
	return false;
}

bool
judge_client(const struct run *r, const struct addr *client)
{
	return access_admits(r->access, client);
}
