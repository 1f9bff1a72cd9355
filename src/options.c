/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "guard/privileges.h"
#include "net/addr.h"
#include "net/resolve.h"
#include "options.h"
#include "options_table.h"
#include "wire/tos.h"
#include "wire/words.h"

struct parser {
	struct options	*o;
	bool		 given[SPEC_MAX];
	struct error	*err;
};

static bool
parser_given(const struct parser *p, const char *name)
{
	return p->given[spec_find(name)];
}

static enum result
parser_bad_value(const struct parser *p, const struct spec *s,
    const char *value, const char *expected)
{
	char name[64];

	return error_set(p->err, RESULT_USAGE, "%s: '%s' is not %s",
	    spec_name(s, name), value, expected);
}

static enum result
parse_integer(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char expected[80];
	bool ok;

	ok = s->kind == KIND_ANY_BASE ?
	    number_parse_any_base(value, s->min, s->max, to) :
	    number_parse(value, s->min, s->max, to);
	if (ok)
		return RESULT_OK;
	if (s->max == INT64_MAX)
		snprintf(expected, sizeof(expected), "a number from %lld up",
		    (long long)s->min);
	else
		snprintf(expected, sizeof(expected), "a number from %lld to "
		    "%lld", (long long)s->min, (long long)s->max);
	return parser_bad_value(p, s, value, expected);
}

static enum result
parse_time(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	if (s->kind == KIND_TIME_NEVER && value[0] == '-' &&
	    number_parse_time(value + 1, to)) {
		*to = CLOCK_NEVER;
		return RESULT_OK;
	}
	if (number_parse_time(value, to))
		return RESULT_OK;
	return parser_bad_value(p, s, value,
	    "a time (a number, then ms, s, m or h; s if none)");
}

static enum result
parse_size(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	if (number_parse_size(value, to) && *to >= s->min && *to <= s->max)
		return RESULT_OK;
	return parser_bad_value(p, s, value, s->kind == KIND_RATE ?
	    "a rate (bytes a second: a number, then k, M or G)" :
	    "a size (less than 2G: a number, then k, M or G)");
}

static enum result
parse_port(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	uint16_t port;

	if (number_parse(value, 0, 65535, to))
		return RESULT_OK;
	if (resolve_service(value, &port, (void *)(uintptr_t)"tcp")) {
		*to = port;
		return RESULT_OK;
	}
	return parser_bad_value(p, s, value,
	    "a port (0 to 65535, or the name of a service)");
}

static enum result
parser_set(struct parser *p, const struct spec *s, const char *value)
{
	void *member = (char *)p->o + s->offset;

	switch (s->kind) {
	case KIND_FLAG:
		*(bool *)member = true;
		return RESULT_OK;
	case KIND_COUNT:
		++*(int *)member;
		return RESULT_OK;
	case KIND_TEXT:
		if (*value == '\0')
			return parser_bad_value(p, s, value, s->arg);
		/* FALLTHROUGH */
	case KIND_OPTIONAL_TEXT:
		*(const char **)member = value;
		return RESULT_OK;
	case KIND_OPTIONAL_INT:
		if (value == NULL)
			return RESULT_OK;
		/* FALLTHROUGH */
	case KIND_INT:
	case KIND_ANY_BASE:
		return parse_integer(p, s, value, member);
	case KIND_TIME:
	case KIND_TIME_NEVER:
		return parse_time(p, s, value, member);
	case KIND_SIZE:
	case KIND_RATE:
		return parse_size(p, s, value, member);
	case KIND_PORT:
		return parse_port(p, s, value, member);
	case KIND_TOS:
		*(int *)member = tos_parse(value);
		return *(int *)member >= 0 ? RESULT_OK : parser_bad_value(p, s,
		    value, "a DSCP name (ef, af11, cs7), a keyword "
		    "(lowdelay, ...) or a number from 0 to 255");
	case KIND_HEADING:
	case KIND_END:
		break;
	}
	abort();
}

/* --- getopt_long's tables, out of ours ----------------------------------- */

#define LONG_BASE	256	/* val of an option without a letter */

struct getopt_tables {
	char		letters[3 * SPEC_MAX + 2];
	struct option	words[SPEC_MAX + SPEC_ALIASES + 1];
};

static void
getopt_tables_make(struct getopt_tables *t)
{
	size_t letters = 0, words = 0;

	t->letters[letters++] = ':';	/* tell a missing argument apart */
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		const struct spec *s = &specs[i];

		if (s->letter != 0) {
			t->letters[letters++] = (char)s->letter;
			/* A letter's optional argument would glue itself to
			 * the letters behind it (-Sv): only words have them. */
			if (spec_has_argument(s) == required_argument)
				t->letters[letters++] = ':';
		}
		if (s->word != NULL)
			t->words[words++] = (struct option){ s->word,
			    spec_has_argument(s), NULL, LONG_BASE + (int)i };
	}
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		size_t i = spec_find(a->means);

		t->words[words++] = (struct option){ a->word,
		    spec_has_argument(&specs[i]), NULL, LONG_BASE + (int)i };
	}
	t->letters[letters] = '\0';
	memset(&t->words[words], 0, sizeof(t->words[words]));
}

static const struct spec *
spec_by_value(int value)
{
	if (value >= LONG_BASE)
		return &specs[value - LONG_BASE];
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].letter == value)
			return &specs[i];
	}
	return NULL;
}

/* Letters that other netcats have, and what becomes of them here. */
static const struct {
	char		 letter;
	const char	*text;
} foreign[] = {
	{ 'g', "source routing is gone from the Internet" },
	{ 'o', "a copy of the session is not in this version" },
	{ 'x', "proxies are not in this version" },
	{ 'X', "proxies are not in this version" },
	{ 'P', "proxies are not in this version" },
	{ 'V', "routing tables can't be chosen; --interface and --mark can" },
};

static enum result
parser_refuse_letter(const struct parser *p, int letter)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (foreign[i].letter == letter)
			return error_set(p->err, RESULT_USAGE, "unknown option "
			    "-%c: %s", letter, foreign[i].text);
	}
	return error_set(p->err, RESULT_USAGE, "unknown option -%c (see "
	    "--help)", letter);
}

/* getopt_long(3) did not like a word. */
static enum result
parser_refuse(const struct parser *p, int value, char *const *argv)
{
	const struct spec *s = optopt != 0 ? spec_by_value(optopt) : NULL;
	char name[64];

	if (value == ':' && s != NULL)
		return error_set(p->err, RESULT_USAGE, "%s: needs an argument, "
		    "%s", spec_name(s, name), s->arg);
	if (optopt != 0 && s != NULL)
		return error_set(p->err, RESULT_USAGE,
		    "%s: takes no argument", argv[optind - 1]);
	if (optopt != 0)
		return parser_refuse_letter(p, optopt);
	return error_set(p->err, RESULT_USAGE, "unknown or ambiguous option "
	    "%s (see --help)", argv[optind - 1]);
}

static enum result
parser_read_options(struct parser *p, int argc, char **argv)
{
	struct getopt_tables tables;
	int value;

	getopt_tables_make(&tables);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.words,
	    NULL)) != -1) {
		const struct spec *s = value == '?' || value == ':' ? NULL :
		    spec_by_value(value);
		enum result result;

		if (s == NULL)
			return parser_refuse(p, value, argv);
		result = parser_set(p, s, optarg);
		if (result != RESULT_OK)
			return result;
		p->given[s - specs] = true;
	}
	return RESULT_OK;
}

/* --- operands ------------------------------------------------------------ */

static enum result
parser_add_ports(struct parser *p, const char *text)
{
	const char *proto = p->o->udp ? "udp" : "tcp";
	char bad[80];

	if (ports_parse(&p->o->ports, text, resolve_service,
	    (void *)(uintptr_t)proto, bad, sizeof(bad)))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "port '%s' is not a number "
	    "from 0 to 65535, a range, or the name of a %s service", bad,
	    proto);
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
		return error_set(p->err, RESULT_USAGE, "'%s': %s", text,
		    endpoint_verdict_text(verdict));
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

static enum result
parser_read_operands(struct parser *p, int count, char *const *operand)
{
	if (p->o->socket_activation)
		return parser_no_operands(p, count, operand);
	if (p->o->unix_domain)
		return parser_path_operand(p, count, operand);
	if (p->o->listen)
		return parser_listen_operands(p, count, operand);
	return parser_dial_operands(p, count, operand);
}

/* --- what belongs together ----------------------------------------------- */

/* --broker and --chat mean -k, too. */
static bool
parser_implied(const struct parser *p, const char *name)
{
	return strcmp(name, "keep-open") == 0 && (parser_given(p, "broker") ||
	    parser_given(p, "chat"));
}

/* Two options that do not go together, or not the one without the other. */
static enum result
parser_bad_pair(const struct parser *p, const char *const pair[2],
    const char *first, const char *second)
{
	char a[64], b[64];

	return error_set(p->err, RESULT_USAGE, "%s %s %s %s",
	    spec_name(&specs[spec_find(pair[0])], a), first,
	    spec_name(&specs[spec_find(pair[1])], b), second);
}

static enum result
parser_check_tables(const struct parser *p)
{
	const char *const(*pair)[2];

	for (pair = spec_conflicts; **pair != NULL; pair++) {
		if (parser_given(p, (*pair)[0]) && parser_given(p, (*pair)[1]))
			return parser_bad_pair(p, *pair, "and",
			    "exclude each other");
	}
	for (pair = spec_needs; **pair != NULL; pair++) {
		if (parser_given(p, (*pair)[0]) &&
		    !parser_given(p, (*pair)[1]) &&
		    !parser_implied(p, (*pair)[1]))
			return parser_bad_pair(p, *pair, "goes with", "only");
	}
	return RESULT_OK;
}

static enum result
parser_check_ports(const struct parser *p)
{
	const struct options *o = p->o;

	if (o->unix_domain || o->socket_activation)
		return RESULT_OK;
	if (o->vsock && o->ports.range[0].low == 0)
		return error_set(p->err, RESULT_USAGE, "--vsock needs a port, "
		    "the system does not choose one");
	if (!o->scan && ports_count(&o->ports) != 1)
		return error_set(p->err, RESULT_USAGE, "more than one port "
		    "is for scans only (-z)");
	if (!o->listen && !o->scan && o->ports.range[0].low == 0)
		return error_set(p->err, RESULT_USAGE, "port 0 can't be "
		    "connected to (it is for listeners: -l)");
	return RESULT_OK;
}

/* Descriptor --ready-fd must be open, and not one that we use ourselves. */
static enum result
parser_check_ready_fd(const struct parser *p)
{
	int64_t fd = p->o->ready_fd;

	if (fd < 0)
		return RESULT_OK;
	if (fcntl((int)fd, F_GETFD) == -1)
		return error_set(p->err, RESULT_USAGE, "--ready-fd: "
		    "descriptor %lld is not open (in the shell: %lld>file)",
		    (long long)fd, (long long)fd);
	return RESULT_OK;
}

static enum result
parser_check_multicast(const struct parser *p)
{
	const char *group = p->o->socket.multicast;
	struct resolve_query query = { .host = group, .numeric = true };
	struct addr_list list = { NULL, 0 };
	enum result result;

	if (group == NULL)
		return RESULT_OK;
	result = resolve(&query, CLOCK_NEVER, &list, NULL);
	if (result != RESULT_OK || !addr_is_multicast(&list.addr[0]))
		result = error_set(p->err, RESULT_USAGE, "--multicast: '%s' "
		    "is not the address of a multicast group", group);
	else if (list.addr[0].sa.sa_family == AF_INET6 ? p->o->family_4 :
	    p->o->family_6)
		result = error_set(p->err, RESULT_USAGE, "--multicast: '%s' "
		    "is not of the family that -4 or -6 asks for", group);
	else if (list.addr[0].sa.sa_family == AF_INET6)
		p->o->family_6 = true;
	else
		p->o->family_4 = true;
	addr_list_free(&list);
	return result;
}

/* --exec is split into words, --sh-exec left to the shell. */
static enum result
parser_read_command(struct parser *p)
{
	/* The command has the socket itself. */
	static const char *const unsuited[] = { "crlf", "delay", "lines",
	    "recv-limit", "send-only", "recv-only" };
	static char shell[] = "/bin/sh", shell_option[] = "-c";
	struct options *o = p->o;
	enum words_verdict verdict;
	size_t count;

	if (o->pty && o->exec == NULL && o->sh_exec == NULL)
		return error_set(p->err, RESULT_USAGE, "--pty goes with --exec "
		    "or --sh-exec only");
	for (size_t i = 0; o->udp && (o->exec != NULL || o->sh_exec != NULL) &&
	    i < sizeof(unsuited) / sizeof(unsuited[0]); i++) {
		if (parser_given(p, unsuited[i]))
			return error_set(p->err, RESULT_USAGE, "--%s does not "
			    "go with a command and -u", unsuited[i]);
	}
	if (o->udp && !o->listen && o->idle_timeout != CLOCK_NEVER &&
	    (o->exec != NULL || o->sh_exec != NULL))
		return error_set(p->err, RESULT_USAGE, "a limit for idleness "
		    "(-w, --idle-timeout) does not go with a command, -u and "
		    "no -l");
	if (o->sh_exec != NULL) {
		o->command = xcalloc(4, sizeof(*o->command));
		o->command[0] = shell;
		o->command[1] = shell_option;
		o->command[2] = (char *)(uintptr_t)o->sh_exec;
	}
	if (o->exec == NULL)
		return RESULT_OK;
	verdict = words_split(o->exec, &o->command, &count);
	if (verdict == WORDS_OK)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--exec: '%s': %s", o->exec,
	    words_verdict_text(verdict));
}

static enum result
parser_read_forward(struct parser *p)
{
	struct options *o = p->o;
	struct port_list ports = { NULL, 0 };
	enum endpoint_verdict verdict;
	char bad[80];
	bool ok;

	if (o->forward_text == NULL)
		return RESULT_OK;
	verdict = endpoint_parse_target(o->forward_text, &o->forward);
	if (verdict != ENDPOINT_OK)
		return error_set(p->err, RESULT_USAGE, "--forward: '%s': %s",
		    o->forward_text, endpoint_verdict_text(verdict));
	if (o->forward.tls && o->udp)
		return error_set(p->err, RESULT_USAGE, "--forward: '%s': TLS "
		    "and -u do not go together", o->forward_text);
	if (o->forward.kind == ENDPOINT_UNIX)
		return RESULT_OK;
	ok = ports_parse(&ports, o->forward.inet.port, resolve_service,
	    (void *)(uintptr_t)(o->udp ? "udp" : "tcp"), bad, sizeof(bad)) &&
	    ports_count(&ports) == 1 && ports.range[0].low != 0;
	if (ok)
		o->forward_port = ports.range[0].low;
	ports_free(&ports);
	if (ok)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--forward: '%s' is not one "
	    "port from 1 to 65535, or the name of a service",
	    o->forward.inet.port);
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
	char name[64];

	o->tls.for_target = o->forward.tls;
	for (size_t i = 0; !o->tls.on && !o->forward.tls &&
	    i < sizeof(dependent) / sizeof(dependent[0]); i++) {
		const struct spec *s = &specs[spec_find(dependent[i])];

		if (!parser_given(p, dependent[i]))
			continue;
		return error_set(p->err, RESULT_USAGE, "%s goes with -c "
		    "(--tls) only%s", spec_name(s, name), s->letter == 'e' ?
		    "; to run a command use --exec" : "");
	}
	/* A listener has nothing to verify by them; let nobody think so. */
	for (size_t i = 0; o->listen && !o->forward.tls &&
	    i < sizeof(of_clients) / sizeof(of_clients[0]); i++) {
		if (parser_given(p, of_clients[i]))
			return error_set(p->err, RESULT_USAGE, "%s goes with a "
			    "client or --forward tls:... only (--tls-client-ca "
			    "and --tls-pin ask clients for certificates)",
			    spec_name(&specs[spec_find(of_clients[i])], name));
	}
	if (o->tls.on && o->udp && o->unix_domain)
		return error_set(p->err, RESULT_USAGE, "-c (--tls), -u and -U "
		    "do not go together");
	/* -c means another thing in nc.traditional. */
	if (o->tls.on && o->host != NULL && strpbrk(o->host, " ;|&/") != NULL)
		return error_set(p->err, RESULT_USAGE, "host '%s': -c is TLS; "
		    "to run a command use --sh-exec", o->host);
	return tls_check(&o->tls, p->err);
}

static enum result
parser_check_access(struct parser *p)
{
	struct options *o = p->o;
	enum result result = RESULT_OK;

	o->access.numeric = o->numeric;
	if (o->access.allow != NULL)
		result = access_check(o->access.allow, "--allow", p->err);
	if (result == RESULT_OK && o->access.deny != NULL)
		result = access_check(o->access.deny, "--deny", p->err);
	return result;
}

static enum result
parser_read_mode(struct parser *p)
{
	struct options *o = p->o;
	char *end;
	long mode;

	if (o->mode_text == NULL)
		return RESULT_OK;
	mode = strtol(o->mode_text, &end, 8);
	if (*end != '\0' || mode < 0 || mode > 0777 ||
	    strspn(o->mode_text, "01234567") != strlen(o->mode_text))
		return error_set(p->err, RESULT_USAGE, "--mode: '%s' is not "
		    "an octal number from 0 to 777", o->mode_text);
	o->mode = (int)mode;
	return RESULT_OK;
}

/* Whom to become must be known before anything is opened. */
static enum result
parser_check_user(struct parser *p)
{
	return privileges_check(p->o->user, p->o->chroot_dir, p->err);
}

/* The key of TCP MD5 signatures: never on the command line, for all to see. */
static enum result
parser_read_md5_key(struct parser *p)
{
	struct options *o = p->o;
	ssize_t n;
	int fd;

	if (!o->socket.md5sig)
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
		o->md5sig_buffer[strcspn(o->md5sig_buffer, "\r\n")] = '\0';
		o->socket.md5sig_key = o->md5sig_buffer;
	}
	if (o->socket.md5sig_key == NULL || *o->socket.md5sig_key == '\0' ||
	    strlen(o->socket.md5sig_key) > 80)
		return error_set(p->err, RESULT_USAGE, "-S (--md5sig) needs a "
		    "key of 1 to 80 bytes, in a file (--md5sig=FILE) or in "
		    "the environment (" MD5_KEY_VARIABLE ")");
	return RESULT_OK;
}

static void
parser_finish(struct parser *p)
{
	struct options *o = p->o;

	o->socket.keepalive = parser_given(p, "keepalive");
	o->socket.keepalive_idle = (int)o->keepalive_idle;
	o->socket.mark_set = parser_given(p, "mark");
	o->socket.mark = (uint32_t)o->mark;
	o->socket.recv_buffer = (int)o->recv_buffer;
	o->socket.send_buffer = (int)o->send_buffer;
	o->socket.ttl = (int)o->ttl;
	o->socket.min_ttl = (int)o->min_ttl;
	o->socket.md5sig = parser_given(p, "md5sig");
	if (!parser_given(p, "connect-timeout"))
		o->connect_timeout = o->wait;
	if (!parser_given(p, "idle-timeout"))
		o->idle_timeout = o->wait;
	if (!parser_given(p, "quit-after"))
		o->quit_after = o->udp ? CLOCK_SECOND : CLOCK_NEVER;
	o->tls.send_only = o->send_only;
	if (o->recv_only)
		o->no_stdin = true;
	if (o->chat)
		o->broker = true;
	if (o->broker)
		o->keep_open = true;
}

static void
options_defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->source_port = -1;
	o->ready_fd = -1;
	o->mode = -1;
	o->socket.tos = -1;
	o->accept_timeout = CLOCK_NEVER;
	o->wait = CLOCK_NEVER;
	o->connect_timeout = CLOCK_NEVER;
	o->idle_timeout = CLOCK_NEVER;
	o->timeout = CLOCK_NEVER;
}

enum result
options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	static enum result (*const checks[])(struct parser *) = {
		parser_read_command,
		parser_read_forward,
		parser_check_tls,
		parser_check_access,
		parser_read_mode,
		parser_check_user,
		parser_read_md5_key,
	};
	static enum result (*const const_checks[])(const struct parser *) = {
		parser_check_ports,
		parser_check_ready_fd,
		parser_check_multicast,
	};
	struct parser p = { .o = o, .err = err };
	enum result result;

	options_defaults(o);
	result = parser_read_options(&p, argc, argv);
	if (result != RESULT_OK || o->help || o->version)
		return result;
	result = parser_check_tables(&p);
	if (result == RESULT_OK)
		result = parser_read_operands(&p, argc - optind, argv + optind);
	parser_finish(&p);
	for (size_t i = 0; result == RESULT_OK &&
	    i < sizeof(const_checks) / sizeof(const_checks[0]); i++)
		result = const_checks[i](&p);
	for (size_t i = 0; result == RESULT_OK &&
	    i < sizeof(checks) / sizeof(checks[0]); i++)
		result = checks[i](&p);
	return result;
}

void
options_free(struct options *o)
{
	ports_free(&o->ports);
	free(o->host_buffer);
	o->host_buffer = NULL;
	if (o->command != NULL)
		words_free(o->command);
	o->command = NULL;
}

int
options_protocol(const struct options *o)
{
	return o->sctp ? IPPROTO_SCTP : o->mptcp ? IPPROTO_MPTCP : 0;
}
