/* SPDX-License-Identifier: ISC */
/* Names and addresses of hosts that can't be any. */
#include <string.h>

#include "base/clock.h"
#include "net/addr.h"
#include "net/resolve.h"
#include "options/check.h"
#include "wire/endpoint.h"
#include "wire/habit.h"

static enum result
parser_refuse_host(const struct parser *p, const char *host, const char *why)
{
	return error_set(p->err, RESULT_USAGE, "host '%s': %s", host, why);
}

/* What was copied from a browser, or a path without what makes it one. */
static enum result
parser_refuse_slash(const struct parser *p, const char *host,
    const char *paths)
{
	struct habit h;

	if (habit_recognize(host, &h) == HABIT_URL)
		return error_set(p->err, RESULT_USAGE, "host '%s': this is a "
		    "URL; what is wanted of it is the host alone%s%s%s", host,
		    h.host[0] != '\0' ? ": " : "", h.host, h.tls ?
		    ", with -c" : "");
	return error_set(p->err, RESULT_USAGE, "host '%s': no host has a '/' "
	    "in its name%s; %s is for paths", host, p->o->scan.on ?
	    ", and networks are not scanned" : "", paths);
}

/* Looking such a one up would only tell that there is no such name. */
static enum result
parser_check_name(const struct parser *p, const char *host, const char *paths)
{
	enum endpoint_verdict verdict;
	struct endpoint ep;

	if (host == NULL)
		return RESULT_OK;
	if (*host == '\0')
		return error_set(p->err, RESULT_USAGE, "the host is empty");
	if (strpbrk(host, "[]") != NULL)
		return parser_refuse_host(p, host,
		    endpoint_verdict_text(ENDPOINT_BRACKETS));
	if (strchr(host, '/') != NULL)
		return parser_refuse_slash(p, host, paths);
	if (strchr(host, '@') != NULL)
		return parser_refuse_host(p, host, "nobody logs in here; the "
		    "host is what stands behind the '@'");
	if (strcmp(host, "*") == 0 && host == p->o->host && p->o->listening)
		return parser_refuse_host(p, host, "leave the host out to "
		    "listen on every address");
	if (p->o->scan.on && strchr(host, '.') != NULL &&
	    strpbrk(host, "-,*") != NULL &&
	    host[strspn(host, "0123456789.-,*")] == '\0')
		return parser_refuse_host(p, host, "this is more than one "
		    "host, and one is scanned at a time");
	verdict = strchr(host, ':') != NULL ? endpoint_parse(host, &ep) :
	    ENDPOINT_BARE_V6;
	if (verdict == ENDPOINT_OK)
		return parser_refuse_host(p, host, "there is a port in it, and "
		    "another one behind it");
	if (verdict != ENDPOINT_BARE_V6)
		return parser_refuse_host(p, host, "no host has a ':' in its "
		    "name, and this is no IPv6 address");
	return RESULT_OK;
}

/* An address of our own has no port in it. */
static enum result
parser_check_source(const struct parser *p)
{
	const char *source = p->o->dial.source;
	struct endpoint ep;

	if (source == NULL || p->o->socket.family == AF_UNIX ||
	    endpoint_parse(source, &ep) != ENDPOINT_OK)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "-s (--source): '%s' is an "
	    "address and a port: -s %s -p %s", source, ep.host, ep.port);
}

enum result
options_check_names(struct parser *p)
{
	enum result result = parser_check_source(p);

	if (result == RESULT_OK)
		result = parser_check_name(p, p->o->host, "-U");
	if (result != RESULT_OK || *p->o->forward.target.inet.host == '\0')
		return result;
	return parser_check_name(p, p->o->forward.target.inet.host, "unix:");
}

/* RFC 6066, section 3: addresses are never asked for. */
enum result
options_check_server_name(struct parser *p)
{
	const char *name = p->o->tls.server_name;
	struct resolve_query query = { .host = name, .numeric = true };
	struct addr_list list = { NULL, 0 };
	enum result result;

	if (name == NULL)
		return RESULT_OK;
	result = resolve(&query, CLOCK_NEVER, &list, NULL);
	addr_list_free(&list);
	if (result != RESULT_OK)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--tls-servername: '%s' is an "
	    "address; only names can be asked for", name);
}
