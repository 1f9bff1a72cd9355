/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/xalloc.h"
#include "net/addr.h"
#include "net/resolve.h"
#include "options_check.h"

static enum result
parser_add_ports(struct parser *p, const char *text)
{
	const char *proto = p->o->udp ? "udp" : "tcp";
	char bad[80];

	if (ports_parse(&p->o->ports, text, resolve_service,
	    (void *)(uintptr_t)proto, bad, sizeof(bad)))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "port '%s' is not a number "
	    "from 0 to 65535, a range, or the name of a %s service%s", bad,
	    proto, bad[0] == '/' || bad[0] == '@' ? "; -U is for paths" : "");
}

/* One operand that holds host and port. */
static enum result
parser_split_endpoint(struct parser *p, const char *text)
{
	enum endpoint_verdict verdict;
	struct endpoint ep;

	if (p->o->listen && text[0] == ':')	/* every address */
		return parser_add_ports(p, text + 1);
	verdict = endpoint_parse(text, &ep);
	if (verdict != ENDPOINT_OK)
		return error_set(p->err, RESULT_USAGE, "'%s': %s%s", text,
		    endpoint_verdict_text(verdict),
		    text[0] == '/' || text[0] == '@' ? "; -U is for paths" :
		    "");
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
	struct addr a;

	if (count == 0)
		return error_set(p->err, RESULT_USAGE, "-U needs a path");
	if (count > 1)
		return error_set(p->err, RESULT_USAGE, "'%s': -U takes one "
		    "path and nothing else", operand[1]);
	if (p->o->listen && p->o->source != NULL)
		return error_set(p->err, RESULT_USAGE, "-s: a listener on a "
		    "UNIX-domain socket has its path as its address");
	if (!addr_from_path(&a, operand[0]))
		return error_set(p->err, RESULT_USAGE, "path '%s': a "
		    "UNIX-domain path has 1 to %zu bytes", operand[0],
		    sizeof(a.un.sun_path) - 1);
	p->o->path = operand[0];
	return RESULT_OK;
}

static enum result
parser_listen_operands(struct parser *p, int count, char *const *operand)
{
	struct options *o = p->o;
	bool port_given = o->source_port >= 0;
	int ports = port_given ? 0 : 1;

	if (count > ports + 1)
		return error_set(p->err, RESULT_USAGE, "'%s': a listener "
		    "takes [host] port%s", operand[ports + 1],
		    port_given ? ", and -p has given the port" : "");
	if (count == 0 && !port_given)
		return error_set(p->err, RESULT_USAGE, "a listener needs a "
		    "port (0 lets the system choose)");
	if (o->source != NULL && (count == ports + 1 || (count == 1 &&
	    operand[0][0] != ':' && strchr(operand[0], ':') != NULL)))
		return error_set(p->err, RESULT_USAGE, "'%s': -s has given the "
		    "address to listen on", operand[0]);
	o->host = count == ports + 1 ? parser_host(p, operand[0]) : o->source;
	if (port_given) {
		o->ports.range = xcalloc(1, sizeof(*o->ports.range));
		o->ports.count = 1;
		o->ports.range[0].low = o->ports.range[0].high =
		    (uint16_t)o->source_port;
		return RESULT_OK;
	}
	if (count == 1 && strchr(operand[0], ':') != NULL)
		return parser_split_endpoint(p, operand[0]);
	return parser_add_ports(p, operand[count - 1]);
}

static enum result
parser_dial_operands(struct parser *p, int count, char *const *operand)
{
	enum result result = RESULT_OK;

	if (count == 0)
		return error_set(p->err, RESULT_USAGE, "no host given "
		    "(sockcat host port, sockcat -l port; see --help)");
	if (count == 1)
		return parser_split_endpoint(p, operand[0]);
	p->o->host = parser_host(p, operand[0]);
	if (*p->o->host == '\0')
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

enum result
options_read_operands(struct parser *p, int count, char *const *operand)
{
	if (p->o->socket_activation)
		return parser_no_operands(p, count, operand);
	if (p->o->unix_domain)
		return parser_path_operand(p, count, operand);
	if (p->o->listen)
		return parser_listen_operands(p, count, operand);
	return parser_dial_operands(p, count, operand);
}
