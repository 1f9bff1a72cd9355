/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "options/ncat_say.h"

/* --- what happens, with -v ----------------------------------------------- */

/* A path, or an address and a port; without a name: of nobody. */
static const char *
ncat_place(const struct addr *a, char buf[ADDR_TEXT_MAX + 8])
{
	char host[ADDR_TEXT_MAX];

	if (a->sa.sa_family == AF_UNIX)
		snprintf(buf, ADDR_TEXT_MAX + 8, "%.*s", ADDR_TEXT_MAX,
		    addr_format(a, host));
	else
		snprintf(buf, ADDR_TEXT_MAX + 8, "%.*s:%u", ADDR_TEXT_MAX,
		    addr_format_host(a, host), addr_port(a));
	return buf;
}

static void
ncat_say_accepted(const struct life_event *e)
{
	char place[ADDR_TEXT_MAX + 8], host[ADDR_TEXT_MAX];

	if (e->remote->sa.sa_family == AF_UNIX) {
		log_line(LOG_ERROR, "Connection from a client on Unix domain "
		    "socket.");
		return;
	}
	log_line(LOG_ERROR, "Connection from %s.", addr_format_host(e->remote,
	    host));
	if (e->type != SOCK_DGRAM)
		log_line(LOG_ERROR, "Connection from %s.",
		    ncat_place(e->remote, place));
}

static void
ncat_say_next(const struct life_event *e)
{
	char host[ADDR_TEXT_MAX];

	log_line(LOG_ERROR, "Connection to %s failed: %s.",
	    addr_format_host(e->remote, host), strerror(e->errnum));
	log_line(LOG_ERROR, "Trying next address...");
}

static void
ncat_say_ended(const struct options *o, const struct life_event *e)
{
	double seconds = (double)(clock_now() - e->begun) / CLOCK_SECOND;

	if (!o->listening && !e->failed)
		log_line(LOG_ERROR, "%llu bytes sent, %llu bytes received in "
		    "%.2f seconds.", (unsigned long long)e->sent,
		    (unsigned long long)e->received, seconds);
}

static const char *
ncat_connected_to(const struct options *o, const struct addr *a,
    char buf[ADDR_TEXT_MAX + 8])
{
	return o->path != NULL ? o->path : ncat_place(a, buf);
}

void
ncat_hear(const void *context, const struct life_event *e)
{
	const struct options *o = context;
	char place[ADDR_TEXT_MAX + 8];

	if (o->verbose == 0)
		return;
	/* A proxy's clients are not spoken of. */
	if (o->proxy_server.types != NULL && e->kind != LIFE_LISTENING)
		return;
	switch (e->kind) {
	case LIFE_BOUND:
	case LIFE_LISTENING:
		log_line(LOG_ERROR, "Listening on %s", ncat_place(e->local,
		    place));
		break;
	case LIFE_ACCEPTED:
		ncat_say_accepted(e);
		break;
	case LIFE_CONNECTED:
		log_line(LOG_ERROR, "Connected to %s.", ncat_connected_to(o,
		    e->remote, place));
		break;
	case LIFE_NOT_CONNECTED:
		/* Of datagrams: it was asked. */
		if (o->scan.on)
			log_line(LOG_ERROR, "Connected to %s.",
			    ncat_connected_to(o, e->remote, place));
		break;
	case LIFE_NEXT:
		ncat_say_next(e);
		break;
	case LIFE_REFUSED:
		log_line(LOG_ERROR, "New connection denied: connection limit "
		    "reached (%lld)", (long long)o->server.max_conns);
		break;
	case LIFE_THROUGH:
		break;
	case LIFE_DENIED:
		log_line(LOG_ERROR, "New connection denied: not allowed");
		break;
	case LIFE_ENDED:
		ncat_say_ended(o, e);
		break;
	}
}

/* --- why it failed ------------------------------------------------------- */

/* A name is not known.  That of a proxy is a proxy that can't be reached. */
static void
ncat_say_name(const struct options *o, enum result *result,
    const struct error *err)
{
	const char *what = o->dial.source != NULL &&
	    error_is_about(err, o->dial.source) ? "source address" : "hostname";
	int length;
	const char *name = error_subject(err, &length);

	if (o->proxy.count > 0 &&
	    error_is_about(err, o->proxy.hop[0].at.inet.host)) {
		log_line(LOG_ERROR, "Could not resolve proxy \"%.*s\": %s.",
		    length, name, error_reason(err));
		*result = RESULT_REFUSED;
	} else {
		log_line(LOG_ERROR, "Could not resolve %s \"%.*s\": %s. "
		    "QUITTING.", what, length, name, error_reason(err));
	}
}

static void
ncat_say_timeout(const struct options *o, const struct error *err)
{
	if (err->step == STEP_IDLE)
		log_line(LOG_ERROR, "Idle timeout expired (%lld ms).",
		    (long long)(o->pump.idle_timeout / CLOCK_MS));
	else
		log_line(LOG_ERROR, "TIMEOUT.");
}

/* What a proxy has answered. */
static void
ncat_say_answer(const struct error *err)
{
	const char *answer = error_reason(err);
	unsigned code;

	if (sscanf(answer, "%3u", &code) == 1)
		log_line(LOG_ERROR, "Proxy returned status code %u.", code);
	else
		log_line(LOG_ERROR, "Error: %s.", answer);
}

static void
ncat_say_network(const struct options *o, enum result result,
    const struct error *err)
{
	if (err->step == STEP_PROXY_SAID)
		ncat_say_answer(err);
	else if (o->proxy.text.count > 0 && err->step == STEP_CONNECT)
		log_line(LOG_ERROR, "Proxy connection failed: %s.",
		    err->errnum != 0 ? strerror(err->errnum) :
		    error_reason(err));
	else if (result == RESULT_TIMEOUT && err->errnum == 0)
		ncat_say_timeout(o, err);
	else
		log_line(LOG_ERROR, "%s.", err->errnum != 0 ?
		    strerror(err->errnum) : err->text[0] != '\0' ? err->text :
		    strerror(result == RESULT_REFUSED ? ECONNREFUSED :
		    EHOSTUNREACH));
}

/* -z: that it fails is told by the status alone. */
static bool
ncat_only_looks(const struct options *o)
{
	return o->scan.on || (!o->pump.send && !o->pump.receive);
}

bool
ncat_say_failure(const struct options *o, enum result *result,
    const struct error *err)
{
	switch (*result) {
	case RESULT_USAGE:
	case RESULT_LOCAL:
		log_line(LOG_ERROR, "%s. QUITTING.", err->text);
		return true;
	case RESULT_NAME:
		ncat_say_name(o, result, err);
		return true;
	case RESULT_PIPE:
	case RESULT_SIGNAL:
	case RESULT_COMMAND:
		return false;
	default:
		if ((!o->listening && !ncat_only_looks(o)) || o->verbose > 0)
			ncat_say_network(o, *result, err);
		return true;
	}
}
