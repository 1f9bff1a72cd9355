/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/resolve.h"
#include "session/proxy_place.h"

/* What is told is the address. */
static enum result
place_set_address(struct proxy_place *p, const struct addr *a,
    struct error *err)
{
	char host[ADDR_TEXT_MAX];

	if (a->sa.sa_family == AF_INET6 && a->in6.sin6_scope_id != 0)
		return error_set(err, RESULT_USAGE, "host '%s': a zone means "
		    "nothing to a proxy", p->host);
	p->address = *a;
	addr_format_host(a, host);
	if (strcmp(host, p->host) == 0)
		snprintf(p->text, sizeof(p->text), "%s", host);
	else
		snprintf(p->text, sizeof(p->text), "%.200s (%.200s)", p->host,
		    host);
	return RESULT_OK;
}

/* Whether the host is an address already. */
static bool
place_is_address(const struct proxy_place *p, struct addr *a)
{
	const struct resolve_query query = { .host = p->host, .port = p->port,
		.numeric = true };
	struct addr_list list = { NULL, 0 };
	struct error err;

	if (resolve(&query, CLOCK_NEVER, &list, &err) != RESULT_OK)
		return false;
	*a = list.addr[0];
	addr_list_free(&list);
	return true;
}

static enum result
place_look_up(const struct run *r, bool ipv4, const struct proxy_place *p,
    struct proxy_places *several, struct error *err)
{
	const struct options *o = r->options;
	const struct resolve_query query = {
		.host = p->host,
		.port = p->port,
		.family = ipv4 ? AF_INET : o->socket.family,
		.numeric = o->socket.numeric,
	};
	int64_t until = clock_earlier(r->deadline, clock_after(clock_now(),
	    o->dial.timeout));

	if (several->list.count > 0)
		return RESULT_OK;
	return resolve(&query, until, &several->list, err);
}

enum result
proxy_place_find(const struct run *r, bool ipv4, bool local,
    struct proxy_places *several, struct proxy_place *p, struct error *err)
{
	enum result result;
	struct addr a;

	if (place_is_address(p, &a))
		return place_set_address(p, &a, err);
	snprintf(p->text, sizeof(p->text), "%.200s", p->host);
	if (!local)
		return RESULT_OK;
	result = place_look_up(r, ipv4, p, several, err);
	return result == RESULT_OK ? place_set_address(p,
	    &several->list.addr[several->next], err) : result;
}

bool
proxy_places_next(struct proxy_places *several)
{
	if (several->next + 1 >= several->list.count)
		return false;
	several->next++;
	return true;
}

void
proxy_places_free(struct proxy_places *several)
{
	addr_list_free(&several->list);
	several->next = 0;
}
