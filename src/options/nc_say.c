/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "options/nc_say.h"

/* --- with -v, as it happens ---------------------------------------------- */

static const char *
nc_protocol(const struct life_event *e)
{
	return e->type == SOCK_DGRAM ? "udp" : "tcp";
}

/* "HOST PORT" of an address, the host by its name unless -n is given. */
static bool
nc_name(const struct options *o, const struct addr *a, char *buf, size_t size)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	int flags = NI_NUMERICSERV | (o->socket.numeric ? NI_NUMERICHOST : 0);
	int error;

	if (a->sa.sa_family == AF_UNIX) {
		snprintf(buf, size, "%s", o->path);
		return true;
	}
	error = getnameinfo(&a->sa, a->len, host, sizeof(host), port,
	    sizeof(port), flags);
	if (error != 0)
		log_line(LOG_ERROR, "getnameinfo: %s", gai_strerror(error));
	else
		snprintf(buf, size, "%s %s", host, port);
	return error == 0;
}

static void
nc_say_local(const struct options *o, const char *what, const struct addr *a)
{
	char name[NI_MAXHOST + NI_MAXSERV];

	if (nc_name(o, a, name, sizeof(name)))
		fprintf(stderr, "%s on %s\n", what, name);
}

/* What was asked for, and the address where that is not the same. */
static const char *
nc_destination(const struct options *o, const struct life_event *e, char *buf,
    size_t size)
{
	const char *host = o->proxy.count > 0 ? o->proxy.hop[0].at.inet.host :
	    o->host;
	char number[NI_MAXHOST];

	if (getnameinfo(&e->remote->sa, e->remote->len, number, sizeof(number),
	    NULL, 0, NI_NUMERICHOST) != 0 || strcmp(number, host) == 0)
		snprintf(buf, size, "%s", host);
	else
		snprintf(buf, size, "%s (%s)", host, number);
	return buf;
}

#define DESTINATION_MAX	(2 * NI_MAXHOST + 4)

static void
nc_say_connected(const struct options *o, const struct life_event *e)
{
	unsigned port = e->remote == NULL ? o->ports.range[0].low :
	    addr_port(e->remote);
	struct servent *service = NULL;
	char to[DESTINATION_MAX];

	if (e->remote != NULL && o->proxy.count > 0)
		return;		/* it has not been asked yet */
	if (!o->socket.numeric)
		service = getservbyport(htons((uint16_t)port), nc_protocol(e));
	fprintf(stderr, "Connection to %s %u port [%s/%s] succeeded!\n",
	    e->remote == NULL ? o->host : nc_destination(o, e, to, sizeof(to)),
	    port, nc_protocol(e), service != NULL ? service->s_name : "*");
}

static void
nc_say_not_connected(const struct options *o, const struct life_event *e)
{
	char to[DESTINATION_MAX];

	log_line(LOG_ERROR, "connect to %s port %u (%s) %s: %s",
	    nc_destination(o, e, to, sizeof(to)), addr_port(e->remote),
	    nc_protocol(e), e->errnum == 0 ? "timed out" : "failed",
	    strerror(e->errnum == 0 ? EINPROGRESS : e->errnum));
}

void
nc_hear(const void *context, const struct life_event *e)
{
	const struct options *o = context;

	if (o->verbose == 0)
		return;
	switch (e->kind) {
	case LIFE_BOUND:
		nc_say_local(o, "Bound", e->local);
		break;
	case LIFE_LISTENING:
		if (o->path != NULL)
			nc_say_local(o, "Bound", e->local);
		nc_say_local(o, "Listening", e->local);
		break;
	case LIFE_ACCEPTED:
		if (e->type != SOCK_DGRAM || !o->server.keep_open)
			nc_say_local(o, "Connection received", e->remote);
		break;
	case LIFE_CONNECTED:
	case LIFE_THROUGH:
		if (o->path == NULL)
			nc_say_connected(o, e);
		break;
	case LIFE_REFUSED:
	case LIFE_DENIED:
	case LIFE_NEXT:
	case LIFE_ENDED:
		break;
	case LIFE_NOT_CONNECTED:
		if (o->path == NULL)
			nc_say_not_connected(o, e);
		break;
	}
}

/* --- failures ------------------------------------------------------------ */

/* What a failure is called there. */
static const struct phrase {
	const char	*says;		/* in front of the reason; NULL: it is
					 * called nothing */
	const char	*reason;	/* NULL: that of the failure */
} phrases[] = {
	[STEP_BIND_SOURCE] = { "bind failed: ", NULL },
	[STEP_BIND] = { "", NULL },
	[STEP_PASS_SOCKET] = { "sendmsg: ", NULL },
	[STEP_CHOOSE_SOURCE] = { "getaddrinfo: ", "Address family for "
	    "hostname not supported" },
};

#define PHRASES	(sizeof(phrases) / sizeof(phrases[0]))

/* The reason, without an advice in brackets. */
static const char *
nc_reason(const struct error *err, char buf[ERROR_TEXT_MAX])
{
	char *advice;

	strlcpy(buf, error_reason(err), ERROR_TEXT_MAX);
	advice = strstr(buf, " (");
	if (advice != NULL)
		*advice = '\0';
	return buf;
}

static void
nc_say_unresolved(const struct options *o, const struct error *err)
{
	char buf[ERROR_TEXT_MAX];
	const char *reason = o->socket.numeric ? gai_strerror(EAI_NONAME) :
	    nc_reason(err, buf);
	const struct proxy_hop *hop = o->proxy.count > 0 ? o->proxy.hop : NULL;
	const char *host = hop != NULL ? hop->at.inet.host : o->host;
	unsigned target = o->ports.count > 0 ? o->ports.range[0].low : 0;
	unsigned port = hop != NULL ? hop->port : target;

	if (!o->listening && error_is_about(err, host))
		log_line(LOG_ERROR, "getaddrinfo for host \"%s\" port %u: %s",
		    host, port, reason);
	else if (hop != NULL && error_is_about(err, o->host))
		log_line(LOG_ERROR, "getaddrinfo(\"%s\", \"%u\"): %s", o->host,
		    target, reason);
	else
		log_line(LOG_ERROR, "getaddrinfo: %s", reason);
}

bool
nc_say_failure(const struct options *o, enum result *result,
    const struct error *err)
{
	char buf[ERROR_TEXT_MAX];
	const struct phrase *f = *result == RESULT_LOCAL &&
	    err->step < PHRASES ? &phrases[err->step] : phrases;

	if (o->path != NULL && err->step == STEP_CONNECT) {
		log_line(LOG_ERROR, "%s: %s", o->path, nc_reason(err, buf));
		return true;
	}
	if (*result == RESULT_NAME) {
		nc_say_unresolved(o, err);
		return true;
	}
	if (f->says != NULL) {
		log_line(LOG_ERROR, "%s%s", f->says, f->reason != NULL ?
		    f->reason : nc_reason(err, buf));
		return true;
	}
	return *result == RESULT_REFUSED || *result == RESULT_UNREACHABLE ||
	    *result == RESULT_TIMEOUT;
}
