/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/dial.h"
#include "net/dial_race.h"
#include "net/dial_retry.h"
#include "net/resolve.h"

void
dial_log_resolved(const char *host, const struct addr_list *target)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < target->count; i++) {
		addr_format_host(&target->addr[i], text);
		if (strcmp(text, host) != 0)
			log_line(LOG_STEP, "resolved %s to %s", host, text);
	}
}

/* One try: look up and connect, under one limit. */
static enum result
dial_once(const struct dial_options *o, const char *host, uint16_t port,
    int64_t stop, struct connection *c, struct error *err)
{
	struct addr_list target = { NULL, 0 };
	struct resolve_query query = {
		.host = host,
		.port = port,
		.family = o->socket->family,
		.numeric = o->socket->numeric,
	};
	int64_t began = clock_now();
	int64_t deadline = clock_earlier(clock_after(began, o->timeout), stop);
	enum result result;

	c->times = (struct connection_times){ .begun = began };
	result = resolve(&query, deadline, &target, err);
	if (result == RESULT_OK) {
		c->times.resolved = clock_now();
		dial_log_resolved(host, &target);
		resolve_interleave(&target);
		result = dial_race(o, host, port, began, deadline,
		    &target, c, err);
	}
	if (result == RESULT_OK && o->socket->type == SOCK_DGRAM)
		c->targets = target;
	else
		addr_list_free(&target);
	return result;
}

enum result
dial_addresses(const struct dial_options *o, const char *host, uint16_t port,
    const struct addr_list *target, int64_t deadline, struct connection *c,
    struct error *err)
{
	int64_t began = clock_now();

	connection_init(c);
	c->times.begun = c->times.resolved = began;
	return dial_race(o, host, port, began, clock_earlier(deadline,
	    clock_after(began, o->timeout)), target, c, err);
}

enum result
dial(const struct dial_options *o, const char *host, uint16_t port,
    int64_t deadline, struct connection *c, struct error *err)
{
	int64_t until = o->retry > 0 ? clock_after(clock_now(), o->retry) :
	    CLOCK_NEVER;
	struct dial_retry retry = { .o = o, .deadline = deadline };
	struct error before;
	enum result result;

	connection_init(c);
	retry.stop = clock_earlier(until, deadline);
	do {
		before = *err;
		result = dial_once(o, host, port, retry.stop, c, err);
	} while (dial_retry_wanted(&retry, &result, err));
	/* The last try had no time: what the one before met says more. */
	if (result == RESULT_TIMEOUT && before.result != RESULT_OK &&
	    clock_now() >= until) {
		*err = before;
		result = before.result;
	}
	if (retry.over)
		dial_retry_over(o, err);
	return result;
}
