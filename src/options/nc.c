/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "options/check.h"
#include "options/nc.h"
#include "options/nc_read.h"
#include "options/nc_say.h"

#define COMMANDS	"nc runs no commands; sockcat --exec and --sh-exec do"

#define USAGE \
	"usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] " \
	"[-M ttl]\n" \
	"\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n" \
	"\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] " \
	"[-W recvlimit]\n" \
	"\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n" \
	"\t  [destination] [port]\n"

static const struct personality_option nc_options[] = {
	{ '4', NULL, NULL, "ipv4", .help = "IPv4 only" },
	{ '6', NULL, NULL, "ipv6", .help = "IPv6 only" },
	{ 'b', NULL, NULL, "broadcast", .help = "broadcast is allowed" },
	{ 'C', NULL, NULL, "crlf", .help = "send LF as CR LF" },
	{ 'D', NULL, NULL, "debug-socket", .help = "SO_DEBUG" },
	{ 'd', NULL, NULL, "no-stdin", .help = "never read standard input" },
	{ 'F', NULL, NULL, "pass-fd", .help = "pass the connected socket on" },
	{ 'h', NULL, NULL, "help", .help = "this text" },
	{ 'I', NULL, "length", "recv-buffer", .read = nc_read_receive_buffer,
	    .help = "size of the receive buffer" },
	{ 'i', NULL, "interval", "delay", .read = nc_read_interval,
	    .help = "pause between lines, and ports" },
	{ 'k', NULL, NULL, "keep-open", .help = "another client, then" },
	{ 'l', NULL, NULL, "listen", .help = "listen" },
	{ 'M', NULL, "ttl", "ttl", .read = nc_read_ttl,
	    .help = "hop limit of what is sent" },
	{ 'm', NULL, "minttl", NULL, .read = nc_read_min_ttl,
	    .help = "least hop limit of what is taken" },
	{ 'N', NULL, NULL, "shutdown",
	    .help = "tell the peer that standard input has ended" },
	{ 'n', NULL, NULL, "nodns", .help = "numbers only" },
	{ 'O', NULL, "length", "send-buffer", .read = nc_read_send_buffer,
	    .help = "size of the send buffer" },
	{ 'P', NULL, "proxyuser", "proxy-auth", .help = "user of the proxy" },
	{ 'p', NULL, "port", "source-port", .read = nc_read_port,
	    .help = "local port" },
	{ 'q', NULL, "secs", "quit-after", .read = nc_read_quit,
	    .help = "leave so long after the end of standard input" },
	{ 'r', NULL, NULL, "randomports", .help = "ports in random order" },
	{ 'S', NULL, NULL, "md5sig", .help = "TCP MD5 signatures" },
	{ 's', NULL, "sourceaddr", "source", .help = "local address" },
	{ 'T', NULL, "keyword", NULL, .read = nc_read_tos,
	    .help = "type of service; with -c, a word about TLS" },
	{ 't', NULL, NULL, "telnet", .help = "answer telnet negotiation" },
	{ 'U', NULL, NULL, "unixsock", .help = "UNIX-domain sockets" },
	{ 'u', NULL, NULL, "udp", .help = "UDP" },
	{ 'V', NULL, "rtable", .refusal = "no alternate routing table support "
	    "available", .help = "routing table (not here)" },
	{ 'v', NULL, NULL, "verbose", .help = "say more" },
	{ 'W', NULL, "recvlimit", "recv-limit", .read = nc_read_limit,
	    .help = "leave after so many packets" },
	{ 'w', NULL, "timeout", "wait", .read = nc_read_wait,
	    .help = "limit for connecting, and for silence" },
	{ 'X', NULL, "proto", "proxy-type", .read = nc_read_proxy_type,
	    .help = "what the proxy speaks: 4, 5 or connect" },
	{ 'x', NULL, "addr[:port]", "proxy", .help = "the proxy" },
	{ 'Z', NULL, NULL, .refusal = "-Z: there is no DCCP here (Linux 6.16 "
	    "has removed it)", .help = "DCCP (not here)" },
	{ 'z', NULL, NULL, "scan", .help = "only look what is open" },
	/* OpenBSD's, and free in Debian.  Who looks for -e in the text of -h
	 * asks for the netcat that runs commands by it. */
	{ 'c', NULL, NULL, "tls", .help = "TLS",
	    .unlisted = true },
	{ 'e', NULL, "name", "tls-name", .help = "name in the certificate",
	    .unlisted = true },
	{ 'H', NULL, "hash", "tls-pin", .help = "hash of the certificate",
	    .unlisted = true },
	{ 'K', NULL, "keyfile", "tls-key", .help = "own key",
	    .unlisted = true },
	{ 'R', NULL, "CAfile", "tls-ca", .help = "roots to trust",
	    .unlisted = true },
	{ 'o', NULL, "staplefile", .refusal = "-o: no answer of OCSP is "
	    "stapled here; -T muststaple asks for the peer's",
	    .help = "answer of OCSP to staple (not here)" },
	{ 0, "exec", "command", .refusal = COMMANDS,
	    .help = "(not here: sockcat --exec)" },
	{ 0, "sh-exec", "command", .refusal = COMMANDS,
	    .help = "(not here: sockcat --sh-exec)" },
	{ 0 },
};

/* Taken together, and the first one has no effect. */
static const char *const nc_without_effect[][2] = {
	{ "crlf", "scan" },
	{ "telnet", "scan" },
	{ "recv-limit", "scan" },
	{ "scan", "pass-fd" },
	{ "pass-fd", "listen" },
	{ "telnet", "udp" },
	{ "min-ttl", "udp" },
	{ "shutdown", "scan" },
	{ "shutdown", "udp" },
	{ "randomports", "proxy" },
	{ "scan", "proxy" },
	{ NULL, NULL },
};

static const char *const nc_no_effect_without[][2] = {
	{ "broadcast", "udp" },
	{ "randomports", "scan" },
	{ "proxy-type", "proxy" },
	{ "proxy-auth", "proxy" },
	{ NULL, NULL },
};

static const int nc_status[] = {
	[RESULT_OK] = 0,
	[RESULT_REFUSED] = 1,
	[RESULT_UNREACHABLE] = 1,
	[RESULT_BROKEN] = 1,
	[RESULT_USAGE] = 1,
	[RESULT_TIMEOUT] = 1,
	[RESULT_NAME] = 1,
	[RESULT_DENIED] = 1,
	[RESULT_LOCAL] = 1,
	[RESULT_PIPE] = 1,
	[RESULT_SIGNAL] = 1,
	[RESULT_COMMAND] = 1,
};

static void
nc_defaults(struct options *o)
{
	o->each_port = true;
	o->pump.half_close = false;
	o->pump.exit_on_eof = true;
	o->pump.send_rest = true;
	o->pump.any_end = true;
	o->pump.reader_may_leave = true;
	o->proxy.auth_untold = true;
	o->listen.first_only = true;
	o->listen.replace = true;
	o->scan.in_turn = true;
	o->scan.untold = true;
	o->scan.silent_is_open = true;
}

/* In the words of getopt(3). */
static enum result
nc_refuse(struct parser *p, int value, const char *name, bool letter)
{
	p->o->show_usage = true;
	if (value == ':')
		return error_set(p->err, RESULT_USAGE, letter ?
		    "option requires an argument -- '%s'" :
		    "option '--%s' requires an argument", name);
	return error_set(p->err, RESULT_USAGE, letter ?
	    "invalid option -- '%s'%s" : "unrecognized option '--%s'%s", name,
	    letter && *name == 'G' ? " (macOS has it: --connect-timeout)" :
	    "");
}

/* What is so without being said, and what its options imply. */
static enum result
nc_finish(struct parser *p)
{
	struct options *o = p->o;

	if (options_given(p, "quit-after"))
		o->pump.half_close = options_given(p, "shutdown") ||
		    *p->value[spec_find("quit-after")] != '-';
	else if (options_datagrams(o) && !o->pump.at_once)
		o->pump.quit_after = o->pump.quit_unheard = CLOCK_NEVER;
	o->pump.end_unread = options_given(p, "shutdown");
	/* What comes by a pipe may be on its way still. */
	if (!o->listening && o->path == NULL)
		o->pump.rest_silence = PUMP_INPUT_SILENCE;
	/* Of many peers, nobody counts what they send. */
	if (options_datagrams(o) && o->server.keep_open)
		o->pump.read_limit = 0;
	/* The first address of a listener is IPv4's. */
	if (o->listening && o->host == NULL && o->path == NULL &&
	    o->socket.family == AF_UNSPEC)
		o->socket.family = AF_INET;
	return RESULT_OK;
}

static const char *const nc_called[] = { "nc", "nc.sockcat", "netcat", NULL };

const struct personality personality_nc = {
	.name = "nc",
	.called = nc_called,
	.says = "nc",
	.options = nc_options,
	.without_effect = nc_without_effect,
	.no_effect_without = nc_no_effect_without,
	.status = nc_status,
	.usage = USAGE,
	.help = "sockcat, with the options of OpenBSD netcat\n" USAGE,
	.lists_letters = true,
	.help_fd = STDERR_FILENO,
	.version_fd = STDOUT_FILENO,
	.defaults = nc_defaults,
	.refuse = nc_refuse,
	.check = nc_check,
	.read_operands = nc_read_operands,
	.finish = nc_finish,
	.hear = nc_hear,
	.say_failure = nc_say_failure,
};
