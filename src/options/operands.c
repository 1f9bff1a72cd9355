/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/xalloc.h"
#include "net/addr.h"
#include "net/resolve.h"
#include "options/check.h"
#include "wire/habit.h"

#define DIGITS	"0123456789"

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, DIGITS)] == '\0';
}

static enum habit_use
parser_use(const struct parser *p)
{
	return p->o->listening ? HABIT_LISTEN : HABIT_DIAL;
}

/* What a port that is none may have been meant to be; "": nothing is known. */
static char *
parser_port_advice(const struct parser *p, const char *text, char *buf,
    size_t size)
{
	struct habit h;
	enum habit_kind kind = habit_recognize(text, &h);
	size_t digits = strspn(text, DIGITS);

	buf[0] = '\0';
	if (p->o->tls.on && p->o->host != NULL &&
	    strpbrk(p->o->host, " ;|&/") != NULL)
		snprintf(buf, size, "-c is TLS, to run a command use "
		    "--sh-exec");
	else if ((kind == HABIT_PATH || kind == HABIT_SLASH) &&
	    (strncmp(text, "tcp/", 4) == 0 || strncmp(text, "udp/", 4) == 0 ||
	    strcmp(text + digits, "/tcp") == 0 ||
	    strcmp(text + digits, "/udp") == 0))
		snprintf(buf, size, "the number alone is wanted; -u is for "
		    "UDP");
	else if (kind != HABIT_NONE)
		habit_advice(&h, parser_use(p), buf, size);
	else if (p->o->host != NULL && is_number(p->o->host) &&
	    p->o->listening && strchr(text, ':') != NULL)
		snprintf(buf, size, "to connect clients to it: --forward %s "
		    "%s", text, p->o->host);
	else if (p->o->host != NULL && is_number(p->o->host))
		snprintf(buf, size, "the host comes first: %s %s", text,
		    p->o->host);
	return buf;
}

static enum result
parser_add_ports(struct parser *p, const char *text)
{
	const char *proto = options_datagrams(p->o) ? "udp" : "tcp";
	char bad[80], advice[512];

	if (ports_parse(&p->o->ports, text, resolve_service,
	    (void *)(uintptr_t)proto, bad, sizeof(bad)))
		return RESULT_OK;
	parser_port_advice(p, text, advice, sizeof(advice));
	return error_set(p->err, RESULT_USAGE, "port '%s' is not a number "
	    "from 0 to 65535, a range, or the name of a %s service%s%s", bad,
	    proto, advice[0] != '\0' ? "; " : "", advice);
}

/* One operand, of which endpoint_parse() can make nothing. */
static enum result
parser_refuse_endpoint(const struct parser *p, const char *text,
    enum endpoint_verdict verdict)
{
	char advice[512];
	struct habit h;

	if (habit_recognize(text, &h) != HABIT_NONE)
		return error_set(p->err, RESULT_USAGE, "'%s': %s", text,
		    habit_advice(&h, parser_use(p), advice, sizeof(advice)));
	if (verdict == ENDPOINT_NO_PORT && is_number(text))
		return error_set(p->err, RESULT_USAGE, "'%s': the host is "
		    "missing (host port; or -l %s, to listen)", text, text);
	return error_set(p->err, RESULT_USAGE, "'%s': %s%s", text,
	    endpoint_verdict_text(verdict), verdict == ENDPOINT_NO_PORT &&
	    options_given(p, "source-port") ? "; -p is for the local port" :
	    "");
}

/* socat's "TCP-LISTEN:80" would be a host and a port. */
static bool
is_of_socat(const char *text, struct habit *h)
{
	return habit_recognize(text, h) == HABIT_SOCAT && (h->exec ||
	    h->path[0] != '\0' || strcspn(text, "-") < strcspn(text, ":"));
}

/* One operand that holds host and port. */
static enum result
parser_split_endpoint(struct parser *p, const char *text)
{
	enum endpoint_verdict verdict;
	struct endpoint ep;
	struct habit h;

	if (p->o->listening && text[0] == ':')	/* every address */
		return parser_add_ports(p, text + 1);
	verdict = endpoint_parse(text, &ep);
	if (verdict != ENDPOINT_OK || is_of_socat(text, &h) ||
	    (strchr(ep.port, '/') != NULL &&
	    habit_recognize(text, &h) != HABIT_NONE))
		return parser_refuse_endpoint(p, text, verdict);
	p->o->host_buffer = xstrdup(ep.host);
	p->o->host = p->o->host_buffer;
	return parser_add_ports(p, ep.port);
}

/* A host that is an operand of its own may be in brackets: [::1]. */
static const char *
parser_host(struct parser *p, const char *text)
{
	size_t n = strlen(text);

	if (n < 3 || text[0] != '[' || text[n - 1] != ']')
		return text;
	p->o->host_buffer = xstrdup(text + 1);
	p->o->host_buffer[n - 2] = '\0';
	return p->o->host_buffer;
}

static enum result
parser_path_operand(struct parser *p, int count, char *const *operand)
{
	struct habit h;
	struct addr a;

	if (count == 0)
		return error_set(p->err, RESULT_USAGE, "-U needs a path");
	if (count > 1)
		return error_set(p->err, RESULT_USAGE, "'%s': -U takes one "
		    "path and nothing else", operand[1]);
	if (p->o->listening && p->o->dial.source != NULL)
		return error_set(p->err, RESULT_USAGE, "-s: a listener on a "
		    "UNIX-domain socket has its path as its address");
	if (habit_recognize(operand[0], &h) != HABIT_PATH &&
	    h.path[0] != '\0' && !h.exec && h.kind != HABIT_SSH)
		return error_set(p->err, RESULT_USAGE, "'%s': with -U the path "
		    "stands alone: -U %s (or -U ./%s)", operand[0], h.path,
		    operand[0]);
	if (!addr_from_path(&a, operand[0]))
		return error_set(p->err, RESULT_USAGE, "path '%s': a "
		    "UNIX-domain path has 1 to %zu bytes", operand[0],
		    sizeof(a.un.sun_path) - 1);
	p->o->path = operand[0];
	return RESULT_OK;
}

static enum result
parser_too_many(const struct parser *p, int most, int count,
    char *const *operand)
{
	bool port_given = options_given(p, "source-port");

	if (!port_given && count == 3 && is_number(operand[0]))
		return error_set(p->err, RESULT_USAGE, "'%s': a listener takes "
		    "[host] port; to connect clients to another place: "
		    "--forward %s:%s %s", operand[1], operand[1], operand[2],
		    operand[0]);
	return error_set(p->err, RESULT_USAGE, "'%s': a listener takes [host] "
	    "port%s", operand[most], port_given ?
	    ", and -p has given the port" : "");
}

static enum result
parser_listen_operands(struct parser *p, int count, char *const *operand)
{
	struct options *o = p->o;
	bool port_given = options_given(p, "source-port");
	int ports = port_given ? 0 : 1;

	if (count > ports + 1)
		return parser_too_many(p, ports + 1, count, operand);
	if (count == 0 && !port_given)
		return error_set(p->err, RESULT_USAGE, "a listener needs a "
		    "port (0 lets the system choose)");
	if (o->dial.source != NULL && (count == ports + 1 || (count == 1 &&
	    operand[0][0] != ':' && strchr(operand[0], ':') != NULL)))
		return error_set(p->err, RESULT_USAGE, "'%s': -s has given the "
		    "address to listen on", operand[0]);
	o->host = count == ports + 1 ? parser_host(p, operand[0]) :
	    o->dial.source;
	if (port_given) {
		o->ports.range = xcalloc(1, sizeof(*o->ports.range));
		o->ports.count = 1;
		o->ports.range[0].low = o->ports.range[0].high =
		    o->dial.source_port;
		return RESULT_OK;
	}
	if (count == 1 && strchr(operand[0], ':') != NULL)
		return parser_split_endpoint(p, operand[0]);
	return parser_add_ports(p, operand[count - 1]);
}

/* "- TCP:host:port", "TCP-LISTEN:port TCP:host:port": two addresses. */
static enum result
parser_check_socat(const struct parser *p, char *const *operand)
{
	struct habit first, second;
	bool is_first = habit_recognize(operand[0], &first) == HABIT_SOCAT;
	char advice[512];

	if (habit_recognize(operand[1], &second) == HABIT_SOCAT && is_first &&
	    first.listen != second.listen)
		return error_set(p->err, RESULT_USAGE, "'%s %s': these are "
		    "addresses of socat: write %s", operand[0], operand[1],
		    habit_relay(first.listen ? &first : &second, first.listen ?
		    &second : &first, advice, sizeof(advice)));
	if (second.kind == HABIT_SOCAT || is_first)
		return error_set(p->err, RESULT_USAGE, "'%s': %s (standard "
		    "input and output need no name)", operand[is_first ? 0 :
		    1], habit_advice(is_first ? &first : &second,
		    parser_use(p), advice, sizeof(advice)));
	if (strcmp(operand[0], "-") == 0)
		return error_set(p->err, RESULT_USAGE, "'-': standard input "
		    "and output need no name; host and port do");
	return RESULT_OK;
}

static enum result
parser_dial_operands(struct parser *p, int count, char *const *operand)
{
	enum result result = RESULT_OK;
	char name[64];

	if (count == 0)
		return error_set(p->err, RESULT_USAGE, "no host given "
		    "(sockcat host port, sockcat -l port; see --help)");
	if (count == 1)
		return parser_split_endpoint(p, operand[0]);
	if (count > 2 && p->bare_value == operand[0])
		return error_set(p->err, RESULT_USAGE, "'%s': %s takes no "
		    "argument", operand[0], spec_name(p->bare, name));
	result = parser_check_socat(p, operand);
	p->o->host = parser_host(p, operand[0]);
	if (result == RESULT_OK && *p->o->host == '\0')
		return error_set(p->err, RESULT_USAGE, "the host is empty");
	for (int i = 1; i < count && result == RESULT_OK; i++)
		result = parser_add_ports(p, operand[i]);
	return result;
}

/* The sockets of a service manager have their addresses. */
static enum result
parser_no_operands(struct parser *p, int count, char *const *operand)
{
	if (count == 0)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "'%s': the service manager "
	    "gives the addresses (--socket-activation)", operand[0]);
}

/* "--keepalive 60 host port": the word was meant for the option. */
static enum result
parser_check_loose(const struct parser *p, enum result result, int count,
    char *const *operand)
{
	char text[ERROR_TEXT_MAX];

	if (p->loose == NULL)
		return result;
	if (count > 1 && operand[0] == p->loose_value)
		snprintf(text, sizeof(text), "'%s'", p->loose_value);
	else if (result != RESULT_OK)
		memcpy(text, p->err->text, sizeof(text));
	else
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "%.*s: the argument of --%s "
	    "needs a '=': --%s=%s", ERROR_TEXT_MAX / 2, text, p->loose->word,
	    p->loose->word, p->loose_value);
}

enum result
options_read_operands(struct parser *p, int count, char *const *operand)
{
	enum result result;

	if (p->o->listen.activation)
		result = parser_no_operands(p, count, operand);
	else if (p->o->socket.family == AF_UNIX)
		result = parser_path_operand(p, count, operand);
	else if (p->o->listening)
		result = parser_listen_operands(p, count, operand);
	else
		result = parser_dial_operands(p, count, operand);
	return parser_check_loose(p, result, count, operand);
}
