/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "options/check.h"
#include "options/ncat.h"

#define DEFAULT_PORT	"31337"

static const struct personality_option ncat_options[] = {
	{ '4', NULL, NULL, "ipv4", .help = "use IPv4 only" },
	{ '6', NULL, NULL, "ipv6", .help = "use IPv6 only" },
	{ 'U', "unixsock", NULL, "unixsock",
	    .help = "use UNIX-domain sockets only" },
	{ 'C', "crlf", NULL, "crlf", .help = "send CR LF at the end of lines" },
	{ 'c', "sh-exec", "command", "sh-exec",
	    .help = "run a command by /bin/sh" },
	{ 'e', "exec", "command", "exec", .help = "run a command" },
	{ 0, "lua-exec", "filename", .refusal = "--lua-exec: there is no Lua "
	    "here; --exec runs any program" },
	{ 'g', NULL, "hops", .refusal = "-g: source routing is gone from the "
	    "Internet" },
	{ 'G', NULL, "n", .refusal = "-G: source routing is gone from the "
	    "Internet" },
	{ 'm', "max-conns", "n", "max-conns",
	    .help = "at most n connections at a time" },
	{ 'h', "help", NULL, "help", .help = "this text" },
	{ 'd', "delay", "time", "delay", .help = "pause between writes" },
	{ 'o', "output", "filename", "output",
	    .help = "copy the session to a file" },
	{ 'x', "hex-dump", "filename", "hex-dump",
	    .help = "copy it in hexadecimal" },
	{ 'i', "idle-timeout", "time", "idle-timeout",
	    .help = "limit for idleness" },
	{ 'p', "source-port", "port", "source-port", .help = "local port" },
	{ 's', "source", "addr", "source", .help = "local address" },
	{ 'l', "listen", NULL, "listen", .help = "listen" },
	{ 'k', "keep-open", NULL, "keep-open",
	    .help = "take more than one connection" },
	{ 'n', "nodns", NULL, "nodns", .help = "numeric addresses only" },
	{ 't', "telnet", NULL, "telnet",
	    .help = "answer telnet negotiation" },
	{ 'u', "udp", NULL, "udp", .help = "UDP instead of TCP" },
	{ 'v', "verbose", NULL, "verbose", .help = "say more" },
	{ 'w', "wait", "time", "connect-timeout",
	    .help = "limit for connecting" },
	{ 'z', NULL, NULL, "scan", .help = "say whether it connects" },
	{ 0 },
};

static const char *const ncat_without_effect[][2] = {
	{ NULL, NULL },
};

static const int ncat_status[] = {
	[RESULT_OK] = 0,
	[RESULT_REFUSED] = 1,
	[RESULT_UNREACHABLE] = 1,
	[RESULT_BROKEN] = 1,
	[RESULT_USAGE] = 2,
	[RESULT_TIMEOUT] = 1,
	[RESULT_NAME] = 2,
	[RESULT_DENIED] = 1,
	[RESULT_LOCAL] = 2,
	[RESULT_PIPE] = 1,
	[RESULT_SIGNAL] = 1,
	[RESULT_COMMAND] = 1,
};

static void
ncat_defaults(struct options *o)
{
	o->pump.exit_on_eof = true;
	o->tls.insecure = true;
	o->server.refuse_more = true;
	o->scan.in_turn = true;
	o->scan.untold = true;
}

static enum result
ncat_read_operands(struct parser *p, int count, char *const *operand)
{
	static char port[] = DEFAULT_PORT;
	char *with_port[3] = { NULL };

	if (p->o->socket.family == AF_UNIX || count > 1 ||
	    options_given(p, "source-port"))
		return options_read_operands(p, count, operand);
	if (p->o->listening) {
		/* One operand is a port if it can be, else a host. */
		with_port[0] = count == 1 ? operand[0] : port;
		return options_read_operands(p, 1, with_port);
	}
	if (count == 0)
		return options_read_operands(p, count, operand);
	with_port[0] = operand[0];
	with_port[1] = port;
	return options_read_operands(p, 2, with_port);
}

/* With -k, and nothing else to serve them with, clients share standard input
 * and output. */
static enum result
ncat_finish(struct parser *p)
{
	struct options *o = p->o;

	if (!o->server.keep_open || options_datagrams(o) ||
	    o->command.exec != NULL || o->command.sh_exec != NULL ||
	    o->forward.text != NULL || o->broker.on ||
	    o->proxy_server.types != NULL)
		return RESULT_OK;
	o->merge.on = o->merge.as_is = true;
	o->merge.input = o->pump.send;
	return RESULT_OK;
}

static void
ncat_hear(const void *context, const struct life_event *e)
{
	const struct options *o = context;
	char where[ADDR_TEXT_MAX];

	if (o->verbose == 0)
		return;
	if (e->kind == LIFE_ACCEPTED)
		log_line(LOG_ERROR, "Connection from %s:%u.",
		    addr_format_host(e->remote, where), addr_port(e->remote));
	if (e->kind == LIFE_REFUSED)
		log_line(LOG_ERROR, "New connection denied: connection limit "
		    "reached (%lld)", (long long)o->server.max_conns);
	if (e->kind == LIFE_CONNECTED)
		log_line(LOG_ERROR, "Connected to %s:%u.",
		    addr_format_host(e->remote, where), addr_port(e->remote));
}

static const char *const ncat_called[] = { "ncat", "ncat.sockcat", NULL };

const struct personality personality_ncat = {
	.name = "ncat",
	.called = ncat_called,
	.says = "Ncat",
	.options = ncat_options,
	.without_effect = ncat_without_effect,
	.status = ncat_status,
	.help_fd = STDOUT_FILENO,
	.defaults = ncat_defaults,
	.read_operands = ncat_read_operands,
	.finish = ncat_finish,
	.hear = ncat_hear,
};
