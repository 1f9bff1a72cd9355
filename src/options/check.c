/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "guard/privileges.h"
#include "net/addr.h"
#include "net/resolve.h"
#include "options/check.h"
#include "wire/endpoint.h"
#include "wire/habit.h"
#include "wire/words.h"

bool
options_given(const struct parser *p, const char *name)
{
	return p->given[spec_find(name)];
}

/* --broker, --chat and --merge mean -k, too. */
static bool
parser_implied(const struct parser *p, const char *name)
{
	return strcmp(name, "keep-open") == 0 &&
	    (options_given(p, "broker") || options_given(p, "chat") ||
	    options_given(p, "merge"));
}

/* Two options that do not go together, or not the one without the other. */
static enum result
parser_bad_pair(const struct parser *p, const char *const pair[2],
    const char *first, const char *second)
{
	bool curl = strcmp(pair[0], "keep-open") == 0 && p->o->tls.on;
	const struct spec *s = &specs[spec_find(pair[0])];
	char a[64], b[64];

	return error_set(p->err, RESULT_USAGE, "%s %s %s %s%s",
	    spec_name(s, a), first, spec_name(&specs[spec_find(pair[1])], b),
	    second, curl ? "; not to verify a peer is --tls-insecure" :
	    options_other(s));
}

enum result
options_check_tables(const struct parser *p)
{
	const char *const(*pair)[2];

	for (pair = spec_conflicts; **pair != NULL; pair++) {
		if (options_given(p, (*pair)[0]) &&
		    options_given(p, (*pair)[1]))
			return parser_bad_pair(p, *pair, "and",
			    "exclude each other");
	}
	for (pair = spec_needs; **pair != NULL; pair++) {
		if (options_given(p, (*pair)[0]) &&
		    !options_given(p, (*pair)[1]) &&
		    !parser_implied(p, (*pair)[1]))
			return parser_bad_pair(p, *pair, "goes with", "only");
	}
	return RESULT_OK;
}

static enum result
parser_check_ports(const struct parser *p)
{
	const struct options *o = p->o;

	if (o->socket.family == AF_UNIX || o->listen.activation)
		return RESULT_OK;
	if (o->socket.family == AF_VSOCK && o->ports.range[0].low == 0)
		return error_set(p->err, RESULT_USAGE, "--vsock needs a port, "
		    "the system does not choose one");
	if (!o->scan.on && ports_count(&o->ports) != 1)
		return error_set(p->err, RESULT_USAGE, "more than one port "
		    "is for scans only (-z)%s%s%s", p->loose != NULL ?
		    "; the argument needs a '=': --" : "", p->loose != NULL ?
		    p->loose->word : "", p->loose != NULL ? "=..." : "");
	if (!o->listening && !o->scan.on && o->ports.range[0].low == 0)
		return error_set(p->err, RESULT_USAGE, "port 0 can't be "
		    "connected to (it is for listeners: -l)");
	return RESULT_OK;
}

/* Descriptor --ready-fd must be open, and not one that we use ourselves. */
static enum result
parser_check_ready_fd(const struct parser *p)
{
	int fd = p->o->notify.ready_fd;

	if (fd < 0)
		return RESULT_OK;
	if (fcntl(fd, F_GETFD) == -1)
		return error_set(p->err, RESULT_USAGE, "--ready-fd: "
		    "descriptor %d is not open (in the shell: %d>file)", fd,
		    fd);
	return RESULT_OK;
}

/* Of which family the group is, into *family. */
static enum result
parser_check_group(const struct parser *p, const char *group, int *family)
{
	struct resolve_query query = { .host = group, .numeric = true };
	struct addr_list list = { NULL, 0 };
	const char *interface = p->o->socket.interface;
	struct endpoint ep;
	struct error e = { .result = RESULT_OK };
	enum result result;

	result = resolve(&query, CLOCK_NEVER, &list, &e);
	if (result != RESULT_OK && strchr(group, '%') != NULL)
		result = error_set(p->err, RESULT_USAGE, "--multicast: %s",
		    e.text);
	else if (result != RESULT_OK || !addr_is_multicast(&list.addr[0]))
		result = error_set(p->err, RESULT_USAGE, "--multicast: '%s' "
		    "is not the address of a multicast group%s", group,
		    endpoint_parse(group, &ep) == ENDPOINT_OK ?
		    "; the port is an operand" : "");
	else if (p->o->socket.family != AF_UNSPEC &&
	    p->o->socket.family != list.addr[0].sa.sa_family)
		result = error_set(p->err, RESULT_USAGE, "--multicast: '%s' "
		    "is not of the family that -4 or -6 asks for", group);
	else if (interface != NULL &&
	    list.addr[0].sa.sa_family == AF_INET6 &&
	    list.addr[0].in6.sin6_scope_id != 0 &&
	    list.addr[0].in6.sin6_scope_id != if_nametoindex(interface))
		result = error_set(p->err, RESULT_USAGE, "--multicast: '%s' "
		    "is not on --interface %s", group, interface);
	else
		*family = list.addr[0].sa.sa_family;
	addr_list_free(&list);
	return result;
}

/* Groups of one family: the other one is not listened to. */
static enum result
parser_check_multicast(const struct parser *p)
{
	const struct texts *groups = &p->o->socket.multicast;
	bool ipv4 = false, ipv6 = false;

	for (size_t i = 0; i < groups->count; i++) {
		int family = AF_UNSPEC;

		if (parser_check_group(p, groups->text[i], &family) !=
		    RESULT_OK)
			return p->err->result;
		ipv4 = ipv4 || family == AF_INET;
		ipv6 = ipv6 || family == AF_INET6;
	}
	if (ipv4 != ipv6)
		p->o->socket.family = ipv4 ? AF_INET : AF_INET6;
	return RESULT_OK;
}

/* Datagrams that are not ours to change: a command has the socket itself, and a
 * target gets what was sent. */
static enum result
parser_check_datagrams(struct parser *p)
{
	static const char *const unsuited[] = { "crlf", "delay", "lines",
	    "recv-limit", "send-only", "recv-only" };
	const struct options *o = p->o;

	for (size_t i = 0; options_datagrams(o) && (o->command.exec != NULL ||
	    o->command.sh_exec != NULL || (o->forward.text != NULL &&
	    !o->tls.on)) &&
	    i < sizeof(unsuited) / sizeof(unsuited[0]); i++) {
		if (options_given(p, unsuited[i]))
			return error_set(p->err, RESULT_USAGE, "--%s does not "
			    "go with %s and -u", unsuited[i],
			    o->forward.text == NULL ? "a command" :
			    "--forward");
	}
	if (options_datagrams(o) && !o->listening &&
	    o->pump.idle_timeout != CLOCK_NEVER && (o->command.exec != NULL ||
	    o->command.sh_exec != NULL))
		return error_set(p->err, RESULT_USAGE, "a limit for idleness "
		    "(-w, --idle-timeout) does not go with a command, -u and "
		    "no -l");
	return RESULT_OK;
}

/* A command that would get '>>' and 'log' as words has not what was meant. */
static enum result
parser_check_no_shell(const struct parser *p)
{
	const char *exec = p->o->command.exec, *found;
	size_t length;

	found = words_find_shell(exec, &length);
	if (found == NULL)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--exec: '%s': '%.*s' is for a "
	    "shell, and there is none: use --sh-exec, or quote it", exec,
	    (int)length, found);
}

/* --exec is split into words, --sh-exec left to the shell. */
static enum result
parser_read_command(struct parser *p)
{
	static char shell[] = "/bin/sh", shell_option[] = "-c";
	struct options *o = p->o;
	enum words_verdict verdict;
	size_t count;

	if (o->command.pty && o->command.exec == NULL &&
	    o->command.sh_exec == NULL)
		return error_set(p->err, RESULT_USAGE, "--pty goes with --exec "
		    "or --sh-exec only");
	if (o->command.sh_exec != NULL) {
		o->command.argv = xcalloc(4, sizeof(*o->command.argv));
		o->command.argv[0] = shell;
		o->command.argv[1] = shell_option;
		o->command.argv[2] = (char *)(uintptr_t)o->command.sh_exec;
	}
	if (o->command.exec == NULL)
		return RESULT_OK;
	verdict = words_split(o->command.exec, &o->command.argv, &count);
	if (verdict != WORDS_OK)
		return error_set(p->err, RESULT_USAGE, "--exec: '%s': %s",
		    o->command.exec, words_verdict_text(verdict));
	return parser_check_no_shell(p);
}

static enum result
parser_refuse_forward(const struct parser *p, enum endpoint_verdict verdict)
{
	const char *text = p->o->forward.text;
	char advice[512];
	struct habit h;

	if (strncmp(text, "tls:", 4) != 0 && strncmp(text, "unix:", 5) != 0 &&
	    habit_recognize(text, &h) != HABIT_NONE)
		return error_set(p->err, RESULT_USAGE, "--forward: '%s': %s",
		    text, habit_advice(&h, HABIT_TARGET, advice,
		    sizeof(advice)));
	if (verdict == ENDPOINT_NO_PORT && *text != '\0' &&
	    text[strspn(text, "0123456789")] == '\0')
		verdict = ENDPOINT_NO_HOST;
	return error_set(p->err, RESULT_USAGE, "--forward: '%s': %s", text,
	    endpoint_verdict_text(verdict));
}

static enum result
parser_read_forward(struct parser *p)
{
	struct options *o = p->o;
	struct port_list ports = { NULL, 0 };
	enum endpoint_verdict verdict;
	char bad[80];
	bool ok;

	if (o->forward.text == NULL)
		return RESULT_OK;
	verdict = endpoint_parse_target(o->forward.text, &o->forward.target);
	if (verdict != ENDPOINT_OK)
		return parser_refuse_forward(p, verdict);
	if (o->forward.target.tls && options_datagrams(o))
		return error_set(p->err, RESULT_USAGE, "--forward: '%s': TLS "
		    "and -u do not go together", o->forward.text);
	if (o->forward.target.kind == ENDPOINT_UNIX)
		return RESULT_OK;
	ok = ports_parse(&ports, o->forward.target.inet.port, resolve_service,
	    (void *)(uintptr_t)(options_datagrams(o) ? "udp" : "tcp"), bad,
	    sizeof(bad)) && ports_count(&ports) == 1 && ports.range[0].low != 0;
	if (ok)
		o->forward.port = ports.range[0].low;
	ports_free(&ports);
	if (ok)
		return RESULT_OK;
	if (strchr(o->forward.target.inet.port, '/') != NULL ||
	    strcmp(o->forward.target.inet.host, "EXEC") == 0)
		return parser_refuse_forward(p, ENDPOINT_NO_PORT);
	return error_set(p->err, RESULT_USAGE, "--forward: '%s' is not one "
	    "port from 1 to 65535, or the name of a service",
	    o->forward.target.inet.port);
}

/* Options of TLS that mean nothing without it, or are not as they should. */
static enum result
parser_check_tls(struct parser *p)
{
	static const char *const dependent[] = {
		"tls-name", "tls-servername", "tls-insecure", "tls-pin",
		"tls-ca", "tls-cert", "tls-alpn", "tls-ciphers", "tls-min",
		"tls-max", "tls-ocsp", "tls-keylog", "tls-peer-cert",
		"starttls",
	};
	static const char *const of_clients[] = {
		"tls-name", "tls-servername", "tls-insecure", "tls-ca",
		"tls-ocsp",
	};
	struct options *o = p->o;
	struct endpoint ep;
	char name[64];

	o->tls.for_target = o->forward.target.tls;
	for (size_t i = 0; !o->tls.on && !o->forward.target.tls &&
	    i < sizeof(dependent) / sizeof(dependent[0]); i++) {
		const struct spec *s = &specs[spec_find(dependent[i])];

		if (!options_given(p, dependent[i]))
			continue;
		return error_set(p->err, RESULT_USAGE, "%s goes with -c "
		    "(--tls) only%s", spec_name(s, name), s->letter == 'e' ?
		    "; to run a command use --exec" : "");
	}
	/* A listener has nothing to verify by them; let nobody think so. */
	for (size_t i = 0; o->listening && !o->forward.target.tls &&
	    i < sizeof(of_clients) / sizeof(of_clients[0]); i++) {
		if (options_given(p, of_clients[i]))
			return error_set(p->err, RESULT_USAGE, "%s goes with a "
			    "client or --forward tls:... only (--tls-client-ca "
			    "and --tls-pin ask clients for certificates)",
			    spec_name(&specs[spec_find(of_clients[i])], name));
	}
	if (o->tls.on && options_datagrams(o) && o->socket.family == AF_UNIX)
		return error_set(p->err, RESULT_USAGE, "-c (--tls), -u and -U "
		    "do not go together");
	if (options_given(p, "tls-ocsp") && options_given(p, "tls-pin") &&
	    !options_given(p, "tls-ca"))
		return error_set(p->err, RESULT_USAGE, "--tls-ocsp: a pin "
		    "alone needs no issuer that could answer (-R names those "
		    "to trust)");
	if (o->tls.name != NULL && (strchr(o->tls.name, '/') != NULL ||
	    endpoint_parse(o->tls.name, &ep) == ENDPOINT_OK))
		return error_set(p->err, RESULT_USAGE, "-e (--tls-name): '%s' "
		    "is not the name of a host; to run a command use --exec",
		    o->tls.name);
	/* -c means another thing in nc.traditional. */
	if (o->tls.on && o->host != NULL && strpbrk(o->host, " ;|&/") != NULL)
		return error_set(p->err, RESULT_USAGE, "host '%s': -c is TLS; "
		    "to run a command use --sh-exec", o->host);
	return tls_check(&o->tls, p->err);
}

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

static enum result
parser_check_names(struct parser *p)
{
	enum result result = parser_check_source(p);

	if (result == RESULT_OK)
		result = parser_check_name(p, p->o->host, "-U");
	if (result != RESULT_OK || *p->o->forward.target.inet.host == '\0')
		return result;
	return parser_check_name(p, p->o->forward.target.inet.host, "unix:");
}

static enum result
parser_check_access(struct parser *p)
{
	return access_check(&p->o->access, p->err);
}

static enum result
parser_check_mode(struct parser *p)
{
	const struct options *o = p->o;

	if (o->listen.mode == -1 || o->path == NULL || o->path[0] != '@')
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--mode: '%s': names of the "
	    "abstract namespace have no permissions", o->path);
}

/* RFC 6066, section 3: addresses are never asked for. */
static enum result
parser_check_server_name(struct parser *p)
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

/* What would have no effect is not taken: somebody relies on it. */
static enum result
parser_check_idle_options(struct parser *p)
{
	/* The manager made the sockets; a target's are ours. */
	static const char *const of_targets[] = { "tos", "recv-buffer",
	    "send-buffer", "so-mark" };
	const struct options *o = p->o;
	struct resolve_query query = { .host = o->socket.interface,
	    .numeric = true };
	struct addr_list list = { NULL, 0 };
	char name[64];

	if (o->socket.interface != NULL &&
	    if_nametoindex(o->socket.interface) == 0 &&
	    resolve(&query, CLOCK_NEVER, &list, NULL) == RESULT_OK) {
		addr_list_free(&list);
		return error_set(p->err, RESULT_USAGE, "--interface: '%s' is "
		    "an address, for -s", o->socket.interface);
	}
	if (o->socket.interface != NULL &&
	    strlen(o->socket.interface) >= IFNAMSIZ)
		return error_set(p->err, RESULT_USAGE, "--interface: '%s' is "
		    "longer than the name of an interface, %d bytes",
		    o->socket.interface, IFNAMSIZ - 1);
	if (o->listening && !o->tls.on && o->forward.text == NULL &&
	    options_given(p, "connect-timeout"))
		return error_set(p->err, RESULT_USAGE, "--connect-timeout of a "
		    "listener goes with -c (--tls) or --forward only; see "
		    "--accept-timeout");
	if (options_datagrams(o) && !o->tls.on && o->command.exec == NULL &&
	    o->command.sh_exec == NULL && o->forward.text == NULL &&
	    options_given(p, "max-conns"))
		return error_set(p->err, RESULT_USAGE, "--max-conns and -u go "
		    "with -c (--tls), a command or --forward only");
	for (size_t i = 0; o->listen.activation && o->forward.text == NULL &&
	    i < sizeof(of_targets) / sizeof(of_targets[0]); i++) {
		if (options_given(p, of_targets[i]))
			return error_set(p->err, RESULT_USAGE, "%s and "
			    "--socket-activation exclude each other, without "
			    "--forward",
			    spec_name(&specs[spec_find(of_targets[i])], name));
	}
	return RESULT_OK;
}

/* -w 0: who waits for nothing has nothing of these. */
static enum result
parser_check_at_once(struct parser *p)
{
	static const char *const others[] = { "exec", "sh-exec", "forward",
	    "broker", "chat", "merge", "reply" };
	char name[64];

	for (size_t i = 0; p->o->pump.at_once &&
	    i < sizeof(others) / sizeof(others[0]); i++) {
		if (options_given(p, others[i]))
			return error_set(p->err, RESULT_USAGE, "-w 0 sends and "
			    "takes what is there and leaves: it does not go "
			    "with %s",
			    spec_name(&specs[spec_find(others[i])], name));
	}
	return RESULT_OK;
}

/* Of connections, nobody counts reads, and of datagrams, nobody is waited
 * for. */
static enum result
parser_check_merge(struct parser *p)
{
	const struct options *o = p->o;
	bool datagrams = options_datagrams(o) && !o->tls.on;

	if (o->merge.on && !datagrams && options_given(p, "recv-limit"))
		return error_set(p->err, RESULT_USAGE, "-W (--recv-limit) and "
		    "--merge go with -u only, and without -c (--tls)");
	if (o->merge.on && datagrams && o->pump.idle_timeout != CLOCK_NEVER)
		return error_set(p->err, RESULT_USAGE, "a limit for idleness "
		    "(-w, --idle-timeout) does not go with --merge and -u, "
		    "unless with -c (--tls)");
	return RESULT_OK;
}

/* Whom to become must be known before anything is opened. */
static enum result
parser_check_user(struct parser *p)
{
	return privileges_check(&p->o->privileges, p->err);
}

/* The key of TCP MD5 signatures: never on the command line, for all to see. */
static enum result
parser_read_md5_key(struct parser *p)
{
	struct options *o = p->o;
	size_t line;
	ssize_t n;
	int fd;

	if (!options_given(p, "md5sig"))
		return RESULT_OK;
	o->socket.md5sig_key = getenv(MD5_KEY_VARIABLE);
	if (o->md5sig_file != NULL) {
		fd = open(o->md5sig_file, O_RDONLY | O_CLOEXEC);
		n = fd == -1 ? -1 : read(fd, o->md5sig_buffer,
		    sizeof(o->md5sig_buffer) - 1);
		if (n == -1)
			error_set_errno(p->err, RESULT_LOCAL, errno,
			    "--md5sig=%s", o->md5sig_file);
		if (fd != -1)
			close(fd);
		if (n == -1)
			return RESULT_LOCAL;
		o->md5sig_buffer[n] = '\0';
		line = strcspn(o->md5sig_buffer, "\r\n");
		/* What is behind a NUL would be left out silently. */
		if (line < (size_t)n && o->md5sig_buffer[line] == '\0')
			line = 0;
		o->md5sig_buffer[line] = '\0';
		o->socket.md5sig_key = o->md5sig_buffer;
	}
	if (o->socket.md5sig_key == NULL || *o->socket.md5sig_key == '\0' ||
	    strlen(o->socket.md5sig_key) > 80)
		return error_set(p->err, RESULT_USAGE, "-S (--md5sig) needs a "
		    "key of 1 to 80 bytes, in a file (--md5sig=FILE) or in "
		    "the environment (" MD5_KEY_VARIABLE ")");
	return RESULT_OK;
}

enum result
options_check(struct parser *p)
{
	static enum result (*const checks[])(struct parser *) = {
		parser_check_at_once,
		parser_check_datagrams,
		parser_read_command,
		parser_read_forward,
		parser_check_tls,
		parser_check_server_name,
		parser_check_names,
		parser_check_idle_options,
		parser_check_merge,
		parser_check_access,
		parser_check_mode,
		parser_check_user,
		parser_read_md5_key,
	};
	static enum result (*const const_checks[])(const struct parser *) = {
		parser_check_ports,
		parser_check_ready_fd,
		parser_check_multicast,
	};
	enum result result = RESULT_OK;

	for (size_t i = 0; result == RESULT_OK &&
	    i < sizeof(const_checks) / sizeof(const_checks[0]); i++)
		result = const_checks[i](p);
	for (size_t i = 0; result == RESULT_OK &&
	    i < sizeof(checks) / sizeof(checks[0]); i++)
		result = checks[i](p);
	return result;
}
