/* SPDX-License-Identifier: ISC */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "options/nc_say.h"

static const char *
nc_protocol(const struct life_event *e)
{
	return e->type == SOCK_DGRAM ? "udp" : "tcp";
}

static void
nc_say_listening(const struct options *o, const struct life_event *e)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	int flags = NI_NUMERICSERV | (o->socket.numeric ? NI_NUMERICHOST : 0);

	if (getnameinfo(&e->local->sa, e->local->len, host, sizeof(host), port,
	    sizeof(port), flags) != 0)
		return;
	fprintf(stderr, "%s on %s %s\n", e->kind == LIFE_BOUND ? "Bound" :
	    "Listening", host, port);
}

static void
nc_say_accepted(const struct options *o, const struct life_event *e)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	int flags = NI_NUMERICSERV | (o->socket.numeric ? NI_NUMERICHOST : 0);

	if (getnameinfo(&e->remote->sa, e->remote->len, host, sizeof(host),
	    port, sizeof(port), flags) != 0)
		return;
	fprintf(stderr, "Connection received on %s %s\n", host, port);
}

static void
nc_say_connected(const struct options *o, const struct life_event *e)
{
	unsigned port = addr_port(e->remote);
	char service[NI_MAXSERV] = "*";

	if (!o->socket.numeric)
		getnameinfo(&e->remote->sa, e->remote->len, NULL, 0, service,
		    sizeof(service), e->type == SOCK_DGRAM ? NI_DGRAM : 0);
	fprintf(stderr, "Connection to %s %u port [%s/%s] succeeded!\n",
	    o->host, port, nc_protocol(e), service);
}

void
nc_hear(const void *context, const struct life_event *e)
{
	const struct options *o = context;

	if (o->verbose == 0 || o->path != NULL)
		return;
	switch (e->kind) {
	case LIFE_BOUND:
	case LIFE_LISTENING:
		nc_say_listening(o, e);
		break;
	case LIFE_ACCEPTED:
		nc_say_accepted(o, e);
		break;
	case LIFE_CONNECTED:
		nc_say_connected(o, e);
		break;
	case LIFE_REFUSED:
	case LIFE_DENIED:
	case LIFE_NEXT:
	case LIFE_ENDED:
		break;
	case LIFE_NOT_CONNECTED:
		log_line(LOG_ERROR, "connect to %s port %u (%s) failed: %s",
		    o->host, addr_port(e->remote), nc_protocol(e),
		    strerror(e->errnum));
		break;
	}
}

bool
nc_say_failure(const struct options *o, enum result result,
    const struct error *err)
{
	(void)o;
	(void)err;
	return result == RESULT_REFUSED || result == RESULT_UNREACHABLE ||
	    result == RESULT_TIMEOUT;
}
