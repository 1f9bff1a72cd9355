/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "options/check.h"
#include "options/ncat.h"
#include "options/ncat_read.h"
#include "options/ncat_say.h"

#define SOURCE_ROUTING	"source routing is gone from the Internet"

static const struct personality_option ncat_options[] = {
	{ '4', NULL, NULL, "ipv4", .help = "IPv4 only" },
	{ '6', NULL, NULL, "ipv6", .help = "IPv6 only" },
	{ 'U', "unixsock", NULL, "unixsock",
	    .help = "UNIX-domain sockets" },
	{ 0, "vsock", NULL, "vsock",
	    .help = "sockets between a host and its guests" },
	{ 0, "sctp", NULL, "sctp", .help = "SCTP instead of TCP" },
	{ 'u', "udp", NULL, "udp", .help = "UDP instead of TCP" },
	{ 'C', "crlf", NULL, "crlf", .help = "send LF as CR LF" },
	{ 'c', "sh-exec", "command", "sh-exec", .read = ncat_read_command,
	    .help = "run a command by /bin/sh" },
	{ 'e', "exec", "command", "exec", .read = ncat_read_command,
	    .help = "run a command, no shell" },
	{ 0, "lua-exec", "filename", .refusal = "--lua-exec: there is no Lua "
	    "here; --exec runs any program", .help = "(not here)" },
	{ 'g', "g", "hops", .refusal = "-g: " SOURCE_ROUTING,
	    .help = "(not here)" },
	{ 'G', "G", "n", .refusal = "-G: " SOURCE_ROUTING,
	    .help = "(not here)" },
	{ 'm', "max-conns", "n", "max-conns", .read = ncat_read_max_conns,
	    .help = "at most n connections at a time" },
	{ 'h', "help", NULL, "help", .help = "this text" },
	{ 'd', "delay", "time", "delay", .read = ncat_read_delay,
	    .help = "pause between lines" },
	{ 'o', "output", "filename", "output",
	    .help = "copy the session to a file" },
	{ 'x', "hex-dump", "filename", "hex-dump",
	    .help = "copy it in hexadecimal" },
	{ 0, "append-output", NULL, "append-output",
	    .help = "behind what is in these files" },
	{ 'i', "idle-timeout", "time", "idle-timeout", .read = ncat_read_idle,
	    .help = "limit for silence" },
	{ 'q', NULL, "time", "quit-after", .read = ncat_read_quit,
	    .help = "leave so long after the end of standard input" },
	{ 'p', "source-port", "port", "source-port", .read = ncat_read_port,
	    .help = "local port" },
	{ 's', "source", "addr", "source", .help = "local address" },
	{ 'l', "listen", NULL, "listen", .help = "listen" },
	{ 'k', "keep-open", NULL, "keep-open",
	    .help = "many connections; connecting: go on to the end of both "
	    "directions" },
	{ 'n', "nodns", NULL, "nodns", .help = "numeric addresses only" },
	{ 't', "telnet", NULL, "telnet", .help = "answer telnet negotiation" },
	{ 'v', "verbose", NULL, "verbose", .help = "say more" },
	{ 'w', "wait", "time", "connect-timeout", .read = ncat_read_wait,
	    .help = "limit for connecting" },
	{ 'z', NULL, NULL, "scan", .help = "only say whether it connects" },
	{ 0, "send-only", NULL, "send-only",
	    .help = "only send; leave at the end of standard input" },
	{ 0, "recv-only", NULL, "recv-only", .help = "only receive" },
	{ 0, "no-shutdown", NULL, "no-shutdown",
	    .help = "do not tell the peer that standard input has ended" },
	{ 0, "allow", "hosts", "allow", .help = "only these may connect" },
	{ 0, "allowfile", "file", "allowfile", .help = "a list of these" },
	{ 0, "deny", "hosts", "deny", .help = "these may not" },
	{ 0, "denyfile", "file", "denyfile", .help = "a list of these" },
	{ 0, "broker", NULL, "broker",
	    .help = "pass what a client sends to all others" },
	{ 0, "chat", NULL, "chat",
	    .help = "the same, and who said it" },
	{ 0, "talk", NULL, "chat", .help = "the same" },
	{ 0, "proxy", "addr[:port]", "proxy", .read = ncat_read_proxy,
	    .help = "connect by way of a proxy" },
	{ 0, "proxy-type", "type", "proxy-type", .read = ncat_read_proxy_type,
	    .help = "http, socks4 or socks5; with -l, be a proxy" },
	{ 0, "proxy-auth", "auth", "proxy-auth",
	    .help = "user:password, or a user" },
	{ 0, "proxy-dns", "type", "proxy-dns", .read = ncat_read_proxy_dns,
	    .help = "who resolves names: local, remote, both, none" },
	{ 0, "ssl", NULL, "tls", .help = "TLS; with -u, DTLS" },
	{ 0, "ssl-cert", "file", "tls-cert", .read = ncat_read_tls,
	    .help = "own certificate, PEM" },
	{ 0, "ssl-key", "file", "tls-key", .read = ncat_read_tls,
	    .help = "its key" },
	{ 0, "ssl-verify", NULL, NULL, .read = ncat_read_verify,
	    .help = "verify the certificate of the peer" },
	{ 0, "ssl-trustfile", "file", "tls-ca", .read = ncat_read_verify,
	    .help = "roots to trust" },
	{ 0, "ssl-ciphers", "list", "tls-ciphers", .read = ncat_read_tls,
	    .help = "cipher suites" },
	{ 0, "ssl-servername", "name", "tls-servername",
	    .read = ncat_read_servername, .help = "name to ask for (SNI)" },
	{ 0, "ssl-alpn", "list", "tls-alpn", .read = ncat_read_tls,
	    .help = "application protocols" },
	{ 0, "version", NULL, "version", .help = "say which version it is" },
	{ 0 },
};

/* Taken together, and the first one has no effect. */
static const char *const ncat_without_effect[][2] = {
	{ "connect-timeout", "listen" },
	{ "crlf", "scan" },
	{ "delay", "scan" },
	{ "output", "scan" },
	{ "hex-dump", "scan" },
	{ "append-output", "scan" },
	{ "send-only", "scan" },
	{ "recv-only", "scan" },
	{ "no-shutdown", "scan" },
	{ "keep-open", "scan" },
	{ "idle-timeout", "scan" },
	{ "no-shutdown", "udp" },
	{ "telnet", "udp" },
	{ "send-only", "exec" },
	{ "send-only", "sh-exec" },
	{ "recv-only", "exec" },
	{ "recv-only", "sh-exec" },
	{ "crlf", "broker" },
	{ "crlf", "chat" },
	{ "delay", "broker" },
	{ "delay", "chat" },
	{ "no-shutdown", "broker" },
	{ "no-shutdown", "chat" },
	{ "telnet", "broker" },
	{ "telnet", "chat" },
	{ "ipv4", "unixsock" },
	{ "ipv6", "unixsock" },
	{ "nodns", "unixsock" },
	{ "connect-timeout", "unixsock" },
	{ "proxy-auth", "exec" },
	{ "exec", "proxy-server" },
	{ "sh-exec", "proxy-server" },
	{ "telnet", "proxy-server" },
	{ "crlf", "proxy-server" },
	{ "broker", "proxy-server" },
	{ "udp", "proxy-server" },
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
	[RESULT_COMMAND] = 0,
};

static void
ncat_defaults(struct options *o)
{
	o->pump.exit_on_eof = true;
	o->pump.send_rest = true;
	o->pump.reader_may_leave = true;
	o->pump.tell_at_once = true;
	o->tls.insecure = true;
	o->server.refuse_more = true;
	o->proxy.auth_open = o->proxy.auth_untold = true;
	o->scan.in_turn = true;
	o->scan.untold = true;
}

static const char *const ncat_called[] = { "ncat", "ncat.sockcat", NULL };

const struct personality personality_ncat = {
	.name = "ncat",
	.called = ncat_called,
	.says = "Ncat",
	.options = ncat_options,
	.without_effect = ncat_without_effect,
	.status = ncat_status,
	.help = NCAT_HELP,
	.help_fd = STDOUT_FILENO,
	.version = "Ncat: " NCAT_VERSION "\n",
	.version_fd = STDERR_FILENO,
	.defaults = ncat_defaults,
	.refuse = ncat_refuse,
	.check = ncat_check,
	.read_operands = ncat_read_operands,
	.finish = ncat_finish,
	.hear = ncat_hear,
	.say_failure = ncat_say_failure,
};
