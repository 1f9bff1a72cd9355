/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "options/ncat_read.h"
#include "options/ncat_say.h"
#include "options/table.h"

/* argv has no constants. */
static char default_port[] = "31337";

/* Options that are not there; the getopt(3) of others says the first line. */
enum result
ncat_refuse(struct parser *p, int value, const char *name, bool letter)
{
	fprintf(stderr, value == ':' ? letter ?
	    "ncat: option requires an argument -- '%s'\n" :
	    "ncat: option '--%s' requires an argument\n" : letter ?
	    "ncat: invalid option -- '%s'\n" :
	    "ncat: unrecognized option '--%s'\n", name);
	return error_set(p->err, RESULT_USAGE, "Try `--help' or man(1) ncat "
	    "for more information, usage options and help");
}

/* --- what does not go together ------------------------------------------- */

#define ALLOW_DENY	"Invalid option combination: allow/deny with connect"
#define BROKER_EXEC	"Invalid option combination: --broker and -e"
#define BROKER_UDP	"UDP mode does not support connection brokering"
#define BROKER_UNIX	"Connection brokering not supported when using Unix " \
			"domain sockets"
#define CERT_AND_KEY	"The --ssl-key and --ssl-cert options must be used " \
			"together"
#define EXEC_SCAN	"Command execution can't be done along with option -z"

/* An option, with that one, without these: what is said then. */
static const struct ncat_rule {
	const char	*given, *with;		/* or NULL */
	const char	*without[2];		/* or NULL */
	const char	*text;
} ncat_rules[] = {
	{ "tls-cert", NULL, { "tls-key" }, CERT_AND_KEY },
	{ "tls-key", NULL, { "tls-cert" }, CERT_AND_KEY },
	{ "source-port", "unixsock", { NULL }, "Specifying source port when "
	    "using Unix domain sockets doesn't make sense" },
	{ "proxy", "unixsock", { NULL }, "Proxy option not supported when "
	    "using Unix domain sockets" },
	{ "proxy", "listen", { NULL }, "Invalid option combination: --proxy "
	    "and -l" },
	{ "proxy-type", NULL, { "proxy", "listen" }, "Proxy type "
	    "(--proxy-type) specified without proxy address (--proxy)" },
	{ "source", "listen", { NULL }, "-l and -s are incompatible.  Specify "
	    "the address and port to bind to like you would a host to connect "
	    "to" },
	{ "scan", "listen", { NULL }, "Services designed for LISTENING can't "
	    "be used with -z" },
	{ "scan", "telnet", { NULL }, "Invalid option combination: -z and "
	    "-t" },
	{ "scan", "exec", { NULL }, EXEC_SCAN },
	{ "scan", "sh-exec", { NULL }, EXEC_SCAN },
	{ "keep-open", "udp", { "exec", "sh-exec" }, "UDP mode does not "
	    "support the -k or --keep-open options, except with --exec or "
	    "--sh-exec" },
	{ "broker", "exec", { NULL }, BROKER_EXEC },
	{ "broker", "sh-exec", { NULL }, BROKER_EXEC },
	{ "broker", "udp", { NULL }, BROKER_UDP },
	{ "broker", "unixsock", { NULL }, BROKER_UNIX },
	{ "chat", NULL, { "listen" }, "Invalid option combination: `--chat' "
	    "with connect" },
	{ "chat", "exec", { NULL }, BROKER_EXEC },
	{ "chat", "sh-exec", { NULL }, BROKER_EXEC },
	{ "chat", "udp", { NULL }, BROKER_UDP },
	{ "chat", "unixsock", { NULL }, BROKER_UNIX },
	{ "max-conns", NULL, { "listen" }, "Invalid option combination: "
	    "`--max-conns' with connect" },
	{ "allow", NULL, { "listen" }, ALLOW_DENY },
	{ "allowfile", NULL, { "listen" }, ALLOW_DENY },
	{ "deny", NULL, { "listen" }, ALLOW_DENY },
	{ "denyfile", NULL, { "listen" }, ALLOW_DENY },
};

static bool
ncat_given(const struct parser *p, const char *word)
{
	return word != NULL && options_given(p, word);
}

static enum result
ncat_check_rules(const struct parser *p)
{
	for (size_t i = 0; i < sizeof(ncat_rules) / sizeof(ncat_rules[0]);
	    i++) {
		const struct ncat_rule *r = &ncat_rules[i];

		if (options_given(p, r->given) &&
		    (r->with == NULL || options_given(p, r->with)) &&
		    !ncat_given(p, r->without[0]) &&
		    !ncat_given(p, r->without[1]))
			return error_set(p->err, RESULT_USAGE, "%s", r->text);
	}
	return RESULT_OK;
}

/* --- what options mean here ---------------------------------------------- */

/* Both ends go on to the end of both directions. */
static void
ncat_keep_connection(struct parser *p)
{
	options_take_back(p, "keep-open");
	p->o->pump.exit_on_eof = false;
}

static void
ncat_only_connect(struct parser *p)
{
	options_take_back(p, "scan");
	p->o->pump.send = p->o->pump.receive = false;
}

static void
ncat_ignore_max_conns(struct parser *p)
{
	log_line(LOG_ERROR, "Warning: Maximum connections ignored, since it "
	    "does not take effect without -k or --broker.");
	options_take_back(p, "max-conns");
}

static void
ncat_settle_listener(struct parser *p)
{
	if (options_given(p, "max-conns") && !options_given(p, "keep-open") &&
	    !options_given(p, "broker") && !options_given(p, "chat"))
		ncat_ignore_max_conns(p);
}

static void
ncat_settle_initiator(struct parser *p)
{
	if (options_given(p, "keep-open"))
		ncat_keep_connection(p);
	/* Datagrams have to be asked about; a connection stands or not. */
	if (options_given(p, "scan") && (!options_datagrams(p->o) ||
	    p->o->tls.on))
		ncat_only_connect(p);
}

static void
ncat_settle_proxy(struct parser *p)
{
	struct proxy_options *o = &p->o->proxy;
	const char *auth = getenv("NCAT_PROXY_AUTH");

	if (o->text.count > 0 && o->type.count == 0)
		texts_add(&o->type, "http");
	if (o->text.count == 0 && p->o->proxy_server.types == NULL) {
		options_take_back(p, "proxy-auth");
		options_take_back(p, "proxy-dns");
	} else if (o->auth.count == 0 && auth != NULL) {
		texts_add(&o->auth, auth);
	}
}

static enum result
ncat_check_proxy_server(const struct parser *p)
{
	const char *types = p->o->proxy_server.types;

	/* That of our own option may be any. */
	if (types == NULL || strcmp(types, "http") == 0 ||
	    p->value[spec_find("proxy-server")] != NULL)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "Invalid proxy type \"%s\"; "
	    "Ncat proxy server only supports \"http\"", types);
}

/* Without a file there is nothing to append to. */
static void
ncat_settle_output(struct parser *p)
{
	if (p->o->copies.output != NULL || p->o->copies.hex_dump != NULL ||
	    p->o->copies.pcap != NULL)
		return;
	options_take_back(p, "append-output");
}

enum result
ncat_check(struct parser *p)
{
	struct options *o = p->o;
	enum result result;

	if (o->verbose > 0)
		log_line(LOG_ERROR, "%s", NCAT_VERSION);
	/* It implies -l, other than --chat. */
	if (options_given(p, "broker")) {
		o->listening = true;
		p->given[spec_find("listen")] = true;
	}
	if (options_given(p, "ipv4") && options_given(p, "ipv6") &&
	    !options_given(p, "unixsock"))
		options_last_family(p);
	result = ncat_check_rules(p);
	if (result == RESULT_OK && o->listening)
		result = ncat_check_proxy_server(p);
	if (o->listening)
		ncat_settle_listener(p);
	else
		ncat_settle_initiator(p);
	ncat_settle_proxy(p);
	ncat_settle_output(p);
	return result;
}

/* --- operands ------------------------------------------------------------ */

static bool
ncat_is_number(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

/* No names, no ranges. */
static enum result
ncat_check_port(const struct parser *p, const char *text)
{
	int64_t port;

	if (number_parse(text, 0, 65535, &port))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "Invalid port number \"%s\"",
	    text);
}

static enum result
ncat_unix_operands(struct parser *p, int count, char *const *operand)
{
	if (count == 0)
		return error_set(p->err, RESULT_USAGE, "You have to specify "
		    "path to a socket to %s", p->o->listening ? "listen on" :
		    "connect to");
	if (count > 1)
		return error_set(p->err, RESULT_USAGE, "Invalid port number "
		    "\"%s\"", operand[1]);
	return options_read_operands(p, count, operand);
}

/* A host and a port as they stand, whatever is in them. */
static enum result
ncat_give(struct parser *p, char *host, char *port)
{
	const char *number = number_behind_blanks(port);
	char *both[2] = { host, port + (number - port) };
	enum result result = ncat_check_port(p, number);

	if (result != RESULT_OK)
		return result;
	return host == NULL ? options_read_operands(p, 1, both + 1) :
	    options_read_operands(p, 2, both);
}

/* With -p, that is the port, and what is left is a host. */
static enum result
ncat_listen_operands(struct parser *p, int count, char *const *operand)
{
	bool number = count == 1 && ncat_is_number(operand[0]);

	if (options_given(p, "source-port") && (count == 2 || number))
		return error_set(p->err, RESULT_USAGE, "Got more than one port "
		    "specification: %s %s", p->value[spec_find("source-port")],
		    operand[count - 1]);
	if (options_given(p, "source-port"))
		return options_read_operands(p, count, operand);
	if (count == 2)
		return ncat_give(p, operand[0], operand[1]);
	if (number)
		return ncat_give(p, NULL, operand[0]);
	return ncat_give(p, count == 1 ? operand[0] : NULL,
	    default_port);
}

enum result
ncat_read_operands(struct parser *p, int count, char *const *operand)
{
	if (p->o->listen.activation)
		return options_read_operands(p, count, operand);
	if (p->o->socket.family == AF_UNIX)
		return ncat_unix_operands(p, count, operand);
	if (count > 2)
		return error_set(p->err, RESULT_USAGE, "Got more than one port "
		    "specification: %s %s", operand[1], operand[2]);
	if (p->o->listening)
		return ncat_listen_operands(p, count, operand);
	if (count == 0)
		return error_set(p->err, RESULT_USAGE, "You must specify a "
		    "host to connect to");
	return ncat_give(p, operand[0], count == 2 ? operand[1] :
	    default_port);
}

/* --- when all was read --------------------------------------------------- */

/* With -k, and nothing else to serve them with, clients share standard input
 * and output. */
static void
ncat_share(struct options *o)
{
	if (!o->server.keep_open || options_datagrams(o) ||
	    o->command.exec != NULL || o->command.sh_exec != NULL ||
	    o->forward.text != NULL || o->broker.on ||
	    o->proxy_server.types != NULL)
		return;
	o->merge.on = o->merge.as_is = true;
	o->merge.input = o->pump.send;
}

enum result
ncat_finish(struct parser *p)
{
	struct options *o = p->o;

	ncat_share(o);
	/* What a command, or who is behind a proxy, has to say comes when the
	 * client has said all. */
	if (o->command.exec != NULL || o->command.sh_exec != NULL ||
	    o->proxy_server.types != NULL)
		o->pump.exit_on_eof = false;
	/* Who has only said that it says no more still listens. */
	if (!o->pump.receive)
		o->pump.exit_on_eof = false;
	if (!o->listening)
		o->pump.rest_silence = PUMP_INPUT_SILENCE;
	o->tls.pin_untold = true;
	o->broker.announce = o->broker.chat;
	/* Those who may come are waited for. */
	if (options_datagrams(o) && o->listening &&
	    !options_given(p, "quit-after"))
		o->pump.quit_after = o->pump.quit_unheard = CLOCK_NEVER;
	return RESULT_OK;
}
