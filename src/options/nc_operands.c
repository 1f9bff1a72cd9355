/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/socket.h>

#include "base/number.h"
#include "net/resolve.h"
#include "options/nc_read.h"
#include "options/personality.h"

/* --- operands ------------------------------------------------------------ */

static enum result
nc_show_usage(struct parser *p)
{
	p->o->show_usage = true;
	return error_set(p->err, RESULT_USAGE, "%s", "");
}

static enum result
nc_missing_port(struct parser *p)
{
	return error_set(p->err, RESULT_USAGE, "missing port number");
}

/* One end of a range. */
static enum result
nc_check_number(struct parser *p, const char *text)
{
	return nc_read_number(p, text, "port number", 1, UINT16_MAX);
}

static bool
nc_service(const struct parser *p, const char *text)
{
	uint16_t port;

	return resolve_service(text, &port,
	    (void *)(uintptr_t)(options_datagrams(p->o) ? "udp" : "tcp"));
}

/* Of argv, in place. */
static void
nc_trim_number(char *text)
{
	const char *number = number_behind_blanks(text);

	if (number != text)
		memmove(text, number, strlen(number) + 1);
}

/* A number, a service, or two numbers. */
static enum result
nc_check_ports(struct parser *p, const char *text)
{
	const char *dash = *text == '\0' ? NULL : strchr(text + 1, '-');
	char low[32];
	enum result result;

	/* A number is no service: no file is read for it. */
	if ((dash == NULL && nc_check_number(p, text) == RESULT_OK) ||
	    nc_service(p, text))
		return RESULT_OK;
	if (dash == NULL)
		return nc_check_number(p, text);
	snprintf(low, sizeof(low), "%.*s", (int)(dash - text), text);
	result = nc_check_number(p, low);
	return result == RESULT_OK ? nc_check_number(p, dash + 1) : result;
}

static enum result
nc_path_operand(struct parser *p, int count, char *const *operand)
{
	if (count == 0 && p->o->listening)
		return error_set(p->err, RESULT_USAGE,
		    "missing socket pathname");
	if (count == 0)
		return nc_show_usage(p);
	if (count > 1)
		return error_set(p->err, RESULT_USAGE,
		    "cannot use port with -U");
	return options_read_operands(p, count, operand);
}

static enum result
nc_listen_operands(struct parser *p, int count, char *const *operand)
{
	bool named = options_given(p, "source") ||
	    options_given(p, "source-port");
	const char *last;

	if (count > (named ? 0 : 2))
		return nc_show_usage(p);
	if (count == 0 && !options_given(p, "source-port"))
		return nc_missing_port(p);
	last = count == 0 ? NULL : operand[count - 1];
	if (last != NULL)
		nc_trim_number(operand[count - 1]);
	if (last != NULL && strcmp(last, "0") != 0 &&
	    nc_check_number(p, last) != RESULT_OK && !nc_service(p, last))
		return error_set(p->err, RESULT_USAGE, "getaddrinfo: Servname "
		    "not supported for ai_socktype");
	return options_read_operands(p, count, operand);
}

static enum result
nc_dial_operands(struct parser *p, int count, char *const *operand)
{
	enum result result = RESULT_OK;

	if (count == 0)
		return nc_show_usage(p);
	if (count == 1)
		return nc_missing_port(p);
	for (int i = 1; i < count && result == RESULT_OK; i++) {
		nc_trim_number(operand[i]);
		result = nc_check_ports(p, operand[i]);
	}
	return result == RESULT_OK ? options_read_operands(p, count, operand) :
	    result;
}

/* --- what belongs together ----------------------------------------------- */

static const struct {
	const char	*first;
	const char	*second;
	bool		 needed;	/* ... by the first */
	const char	*says;
} nc_rules[] = {
	{ "scan", "listen", false, "cannot use -z and -l" },
	{ "keep-open", "listen", true, "must use -l with -k" },
	{ "pass-fd", "unixsock", false, "cannot use -F and -U" },
	{ "proxy", "listen", false, "no proxy support for listen" },
	{ "proxy", "udp", false, "no proxy support for UDP mode" },
	{ "proxy", "unixsock", false, "no proxy support for unix sockets" },
	{ "proxy", "source", false,
	    "no proxy support for local source address" },
	{ "tls", "udp", false, "cannot use -c and -u" },
	{ "tls", "unixsock", false, "cannot use -c and -U" },
	{ "tls", "pass-fd", false, "cannot use -c and -F" },
	{ "tls-name", "tls", true, "you must specify -c to use -e (a command "
	    "is run by sockcat --exec)" },
	{ "tls-pin", "tls", true, "you must specify -c to use -H" },
	{ "tls-key", "tls", true, "you must specify -c to use -K" },
	{ "tls-ca", "tls", true, "you must specify -c to use -R" },
};

/* Only CONNECT has users. */
static void
nc_forget_user(struct parser *p)
{
	const char *type = p->value[spec_find("proxy-type")];

	if (type != NULL && strcasecmp(type, "connect") == 0)
		return;
	options_take_back(p, "proxy-auth");
}

enum result
nc_check(struct parser *p)
{
	for (size_t i = 0; i < sizeof(nc_rules) / sizeof(nc_rules[0]); i++) {
		if (options_given(p, nc_rules[i].first) &&
		    options_given(p, nc_rules[i].second) !=
		    nc_rules[i].needed)
			return error_set(p->err, RESULT_USAGE, "%s",
			    nc_rules[i].says);
	}
	/* To connect through a proxy is all that is wanted. */
	if (options_given(p, "proxy") && options_given(p, "scan"))
		p->o->pump.send = p->o->pump.receive = false;
	nc_forget_user(p);
	options_last_family(p);
	return RESULT_OK;
}

enum result
nc_read_operands(struct parser *p, int count, char *const *operand)
{
	if (p->o->socket.family == AF_UNIX)
		return nc_path_operand(p, count, operand);
	return p->o->listening ? nc_listen_operands(p, count, operand) :
	    nc_dial_operands(p, count, operand);
}
