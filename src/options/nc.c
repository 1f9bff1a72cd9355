/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "options/check.h"
#include "options/nc.h"
#include "options/nc_say.h"

#define USAGE \
	"usage: nc [-46bCDdFhklNnrStUuvz] [-I length] [-i interval] " \
	"[-M ttl]\n" \
	"\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n" \
	"\t  [-q seconds] [-s sourceaddr] [-T keyword] [-W recvlimit]\n" \
	"\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n" \
	"\t  [destination] [port]\n"

#define SECONDS_MOST	(INT32_MAX / 1000)

/* What is wrong with a number, in the words of strtonum(3). */
static enum result
nc_read_number(struct parser *p, const char *arg, const char *name,
    int64_t least, int64_t most)
{
	int64_t n;

	if (number_parse(arg, least, most, &n))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "%s %s: %s", name,
	    !number_parse(arg, INT64_MIN, INT64_MAX, &n) ? "invalid" :
	    n < least ? "too small" : "too large", arg);
}

static enum result
nc_read_wait(struct parser *p, const char **arg)
{
	return nc_read_number(p, *arg, "timeout", 0, SECONDS_MOST);
}

static const struct personality_option nc_options[] = {
	{ '4', NULL, NULL, "ipv4", .help = "use IPv4" },
	{ '6', NULL, NULL, "ipv6", .help = "use IPv6" },
	{ 'b', NULL, NULL, "broadcast", .help = "allow broadcast" },
	{ 'C', NULL, NULL, "crlf", .help = "send CRLF as line-ending" },
	{ 'D', NULL, NULL, "debug-socket",
	    .help = "enable the debug socket option" },
	{ 'd', NULL, NULL, "no-stdin", .help = "detach from stdin" },
	{ 'F', NULL, NULL, "pass-fd", .help = "pass socket fd" },
	{ 'h', NULL, NULL, "help", .help = "this help text" },
	{ 'I', NULL, "length", "recv-buffer",
	    .help = "TCP receive buffer length" },
	{ 'i', NULL, "interval", "delay",
	    .help = "delay interval for lines sent, ports scanned" },
	{ 'k', NULL, NULL, "keep-open",
	    .help = "keep inbound sockets open for multiple connects" },
	{ 'l', NULL, NULL, "listen", .help = "listen, for inbound connects" },
	{ 'M', NULL, "ttl", "ttl", .help = "outgoing TTL / hop limit" },
	{ 'm', NULL, "minttl", "min-ttl",
	    .help = "minimum incoming TTL / hop limit" },
	{ 'N', NULL, NULL, "shutdown",
	    .help = "shutdown the network socket after EOF on stdin" },
	{ 'n', NULL, NULL, "nodns", .help = "no name or port resolutions" },
	{ 'O', NULL, "length", "send-buffer",
	    .help = "TCP send buffer length" },
	{ 'P', NULL, "proxyuser", "proxy-auth",
	    .help = "username for proxy authentication" },
	{ 'p', NULL, "port", "source-port",
	    .help = "specify local port for remote connects" },
	{ 'q', NULL, "secs", "quit-after",
	    .help = "quit after EOF on stdin and delay of secs" },
	{ 'r', NULL, NULL, "randomports", .help = "randomize remote ports" },
	{ 'S', NULL, NULL, "md5sig",
	    .help = "enable the TCP MD5 signature option" },
	{ 's', NULL, "sourceaddr", "source", .help = "local source address" },
	{ 'T', NULL, "keyword", "tos", .help = "TOS value" },
	{ 't', NULL, NULL, "telnet", .help = "answer TELNET negotiation" },
	{ 'U', NULL, NULL, "unixsock", .help = "use UNIX domain socket" },
	{ 'u', NULL, NULL, "udp", .help = "UDP mode" },
	{ 'v', NULL, NULL, "verbose", .help = "verbose" },
	{ 'W', NULL, "recvlimit", "recv-limit",
	    .help = "terminate after receiving a number of packets" },
	{ 'w', NULL, "timeout", "wait", .read = nc_read_wait,
	    .help = "timeout for connects and final net reads" },
	{ 'X', NULL, "proto", "proxy-type",
	    .help = "proxy protocol: \"4\", \"5\" (SOCKS) or \"connect\"" },
	{ 'x', NULL, "addr[:port]", "proxy",
	    .help = "specify proxy address and port" },
	{ 'z', NULL, NULL, "scan",
	    .help = "zero-I/O mode, used for scanning" },
	{ 0 },
};

/* Taken together, and the first one has no effect. */
static const char *const nc_without_effect[][2] = {
	{ "crlf", "scan" },
	{ "shutdown", "scan" },
	{ "shutdown", "udp" },
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
	o->scan.in_turn = true;
	o->scan.untold = true;
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
	    "invalid option -- '%s'" : "unrecognized option '--%s'", name);
}

/* Debian's nc half-closes for -q, too. */
static enum result
nc_finish(struct parser *p)
{
	if (options_given(p, "quit-after"))
		p->o->pump.half_close = true;
	return RESULT_OK;
}

static const char *const nc_called[] = { "nc", "nc.sockcat", "netcat", NULL };

const struct personality personality_nc = {
	.name = "nc",
	.called = nc_called,
	.says = "nc",
	.options = nc_options,
	.without_effect = nc_without_effect,
	.status = nc_status,
	.usage = USAGE,
	.help = "sockcat, with the options of OpenBSD netcat\n" USAGE,
	.help_fd = STDERR_FILENO,
	.help_status = 1,
	.version_fd = STDOUT_FILENO,
	.defaults = nc_defaults,
	.refuse = nc_refuse,
	.finish = nc_finish,
	.hear = nc_hear,
	.say_failure = nc_say_failure,
};
