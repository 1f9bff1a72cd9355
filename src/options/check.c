/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <net/if.h>
#include <string.h>

#include "base/clock.h"
#include "guard/privileges.h"
#include "net/addr.h"
#include "net/resolve.h"
#include "options/check.h"
#include "wire/endpoint.h"

/* --broker, --chat and --merge mean -k, too. */
static bool
parser_implied(const struct parser *p, const char *name)
{
	return strcmp(name, "keep-open") == 0 &&
	    (options_given(p, "broker") || options_given(p, "chat") ||
	    options_given(p, "merge") || p->o->proxy_server.types != NULL);
}

/* Two options that do not go together, or not the one without the other. */
static enum result
parser_bad_pair(const struct parser *p, const char *const *pair,
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

static enum result
parser_bad_without(const struct parser *p, const char *const *row)
{
	char second[96], name[64];

	snprintf(second, sizeof(second), "exclude each other, without %s",
	    spec_name(&specs[spec_find(row[2])], name));
	return parser_bad_pair(p, row, "and", second);
}

enum result
options_check_tables(const struct parser *p)
{
	const char *const(*pair)[2];
	const char *const(*row)[3];

	for (pair = spec_conflicts; **pair != NULL; pair++) {
		if (options_given(p, (*pair)[0]) &&
		    options_given(p, (*pair)[1]))
			return parser_bad_pair(p, *pair, "and",
			    "exclude each other");
	}
	for (row = spec_conflicts_without; **row != NULL; row++) {
		if (options_given(p, (*row)[0]) &&
		    options_given(p, (*row)[1]) && !options_given(p, (*row)[2]))
			return parser_bad_without(p, *row);
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
	if (!o->scan.on && !o->each_port && ports_count(&o->ports) != 1)
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
	if (o->listening && !o->tls.on && !o->header.accept &&
	    o->forward.text == NULL && o->proxy_server.types == NULL &&
	    options_given(p, "connect-timeout"))
		return error_set(p->err, RESULT_USAGE, "--connect-timeout of a "
		    "listener goes with -c (--tls), --forward, --proxy-server "
		    "or --accept-proxy only; see --accept-timeout");
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
	    "broker", "chat", "merge", "reply", "proxy-server" };
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

enum result
options_check(struct parser *p)
{
	static enum result (*const checks[])(struct parser *) = {
		parser_check_at_once,
		parser_check_datagrams,
		options_read_command,
		options_read_raw,
		options_read_forward,
		options_read_proxies,
		options_read_proxy_server,
		options_check_tls,
		options_check_copies,
		options_check_server_name,
		options_check_names,
		parser_check_idle_options,
		parser_check_merge,
		parser_check_access,
		parser_check_mode,
		parser_check_user,
		options_read_md5_key,
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
