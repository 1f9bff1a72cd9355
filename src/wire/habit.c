/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/habit.h"

#define DIGITS	"0123456789"

static bool	url_read(const char *, struct habit *);
static void	url_finish(const char *, size_t, struct habit *);
static void	authority_read(const char *, size_t, struct habit *);
static bool	socat_read(const char *, struct habit *);
static bool	ours_read(const char *, struct habit *);
static bool	ssh_read(const char *, struct habit *);
static bool	bash_read(const char *, struct habit *);
static bool	slash_read(const char *, struct habit *);
static bool	path_read(const char *, struct habit *);
static bool	is_number(const char *, size_t);
static void	copy(char *, size_t, const char *, size_t);

enum habit_kind
habit_recognize(const char *text, struct habit *h)
{
	static const struct {
		enum habit_kind	 kind;
		bool		(*read)(const char *, struct habit *);
	} kinds[] = {
		{ HABIT_URL, url_read },
		{ HABIT_OURS, ours_read },
		{ HABIT_SOCAT, socat_read },
		{ HABIT_SSH, ssh_read },
		{ HABIT_BASH, bash_read },
		{ HABIT_SLASH, slash_read },
		{ HABIT_PATH, path_read },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		memset(h, 0, sizeof(*h));
		if (kinds[i].read(text, h)) {
			h->kind = kinds[i].kind;
			return h->kind;
		}
	}
	memset(h, 0, sizeof(*h));
	return HABIT_NONE;
}

/* --- what text is -------------------------------------------------------- */

static bool
url_read(const char *text, struct habit *h)
{
	const char *end = strstr(text, "://"), *start;
	size_t scheme;

	if (end == NULL || end == text)
		return false;
	scheme = (size_t)(end - text);
	start = end + 3;
	if (scheme == 4 && strncasecmp(text, "unix", 4) == 0)
		copy(h->path, sizeof(h->path), start, strlen(start));
	else
		authority_read(start, strcspn(start, "/?#"), h);
	url_finish(text, scheme, h);
	return true;
}

/* What the scheme says. */
static void
url_finish(const char *scheme, size_t length, struct habit *h)
{
	static const struct {
		const char	*scheme, *port;
		bool		 tls, udp, http;
	} known[] = {
		{ "http", "80", false, false, true },
		{ "https", "443", true, false, true },
		{ "ws", "80", false, false, true },
		{ "wss", "443", true, false, true },
		{ "ldaps", "636", true, false, false },
		{ "imaps", "993", true, false, false },
		{ "smtps", "465", true, false, false },
		{ "tls", "", true, false, false },
		{ "ssl", "", true, false, false },
		{ "tcp", "", false, false, false },
		{ "udp", "", false, true, false },
		{ "unix", "", false, false, false },
	};
	const char *port = NULL;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].scheme) != length ||
		    strncasecmp(known[i].scheme, scheme, length) != 0)
			continue;
		h->tls = known[i].tls;
		h->udp = known[i].udp;
		h->http = known[i].http;
		port = known[i].port;
	}
	if (h->port[0] != '\0')
		return;
	/* The name of a scheme is the name of a service, mostly. */
	if (port != NULL)
		copy(h->port, sizeof(h->port), port, strlen(port));
	else
		copy(h->port, sizeof(h->port), scheme, length);
}

/* [user@]host[:port], RFC 3986, section 3.2; also [bind:]port of others. */
static void
authority_read(const char *text, size_t length, struct habit *h)
{
	const char *at = memrchr(text, '@', length), *colon, *end;

	if (at != NULL) {
		length -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	colon = memrchr(text, ':', length);
	end = memrchr(text, ']', length);
	if (text[0] == '[' && end != NULL) {
		copy(h->host, sizeof(h->host), text + 1,
		    (size_t)(end - text - 1));
		colon = end + 1 < text + length && end[1] == ':' ? end + 1 :
		    NULL;
	} else {
		copy(h->host, sizeof(h->host), text, colon == NULL ? length :
		    (size_t)(colon - text));
	}
	if (colon != NULL)
		copy(h->port, sizeof(h->port), colon + 1,
		    (size_t)(text + length - colon - 1));
}

/* An address of socat(1): KEYWORD[46][-ROLE]:parameters[,options]. */
static bool
socat_read(const char *text, struct habit *h)
{
	static const struct {
		const char	*word;
		bool		 tls, udp, exec;
		const char	*path;	/* not NULL: what is in front of it */
	} known[] = {
		{ "TCP", false, false, false, NULL },
		{ "UDP", false, true, false, NULL },
		{ "OPENSSL", true, false, false, NULL },
		{ "SSL", true, false, false, NULL },
		{ "TLS", true, false, false, NULL },
		{ "UNIX", false, false, false, "" },
		{ "ABSTRACT", false, false, false, "@" },
		{ "EXEC", false, false, true, "" },
		{ "SYSTEM", false, false, true, "" },
	};
	const char *rest, *role;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].word), length;

		if (strncasecmp(text, known[i].word, n) != 0)
			continue;
		role = text + n + (text[n] == '4' || text[n] == '6' ? 1 : 0);
		rest = strchr(role, ':');
		if (rest == NULL || (rest != role && role[0] != '-'))
			continue;
		rest++;
		h->tls = known[i].tls;
		h->udp = known[i].udp;
		h->exec = known[i].exec;
		h->listen = strncasecmp(role, "-L", 2) == 0 ||
		    strncasecmp(role, "-RECV", 5) == 0;
		length = h->exec ? strlen(rest) : strcspn(rest, ",");
		if (known[i].path != NULL) {
			n = strlen(known[i].path);
			memcpy(h->path, known[i].path, n);
			copy(h->path + n, sizeof(h->path) - n, rest, length);
			return length > 0;
		}
		if (h->listen)
			copy(h->port, sizeof(h->port), rest, length);
		else
			authority_read(rest, length, h);
		return true;
	}
	return false;
}

/* What --forward takes, in another place. */
static bool
ours_read(const char *text, struct habit *h)
{
	struct endpoint_target t;

	if ((strncmp(text, "tls:", 4) != 0 &&
	    strncmp(text, "unix:", 5) != 0) ||
	    endpoint_parse_target(text, &t) != ENDPOINT_OK)
		return false;
	h->tls = t.tls;
	copy(h->path, sizeof(h->path), t.path, strlen(t.path));
	copy(h->host, sizeof(h->host), t.inet.host, strlen(t.inet.host));
	copy(h->port, sizeof(h->port), t.inet.port, strlen(t.inet.port));
	return true;
}

/* ssh(1), -L.  Three or four parts between colons, none of them empty, are no
 * IPv6 address. */
static bool
ssh_read(const char *text, struct habit *h)
{
	const char *part[4];
	size_t length[4], n = 0, local;

	for (const char *p = text; n < 4; p += length[n++] + 1) {
		part[n] = p;
		length[n] = strcspn(p, ":");
		if (length[n] == 0)
			return false;
		if (p[length[n]] == '\0')
			break;
	}
	if (n == 4 || n == 0)
		return false;
	/* n is the last part. */
	h->listen = true;
	local = part[n][0] == '/' ? n - 1 : n - 2;
	if (n == 1 && part[n][0] != '/')
		return false;
	if (!is_number(part[local], length[local]))
		return false;
	copy(h->local, sizeof(h->local), part[local], length[local]);
	if (part[n][0] == '/') {
		copy(h->path, sizeof(h->path), part[n], length[n]);
		return true;
	}
	copy(h->host, sizeof(h->host), part[n - 1], length[n - 1]);
	copy(h->port, sizeof(h->port), part[n], length[n]);
	return is_number(part[n], length[n]) &&
	    !is_number(part[n - 1], length[n - 1]);
}

static bool
bash_read(const char *text, struct habit *h)
{
	const char *port;

	h->udp = strncmp(text, "/dev/udp/", 9) == 0;
	if (!h->udp && strncmp(text, "/dev/tcp/", 9) != 0)
		return false;
	text += 9;
	port = strchr(text, '/');
	if (port == NULL)
		return false;
	copy(h->host, sizeof(h->host), text, (size_t)(port - text));
	copy(h->port, sizeof(h->port), port + 1, strlen(port + 1));
	return true;
}

static bool
slash_read(const char *text, struct habit *h)
{
	size_t host = strcspn(text, "/");
	const char *port = text + host + 1;

	if (host == 0 || text[host] == '\0' || text[0] == '.' ||
	    text[0] == '~' || !is_number(port, strlen(port)))
		return false;
	copy(h->host, sizeof(h->host), text, host);
	copy(h->port, sizeof(h->port), port, strlen(port));
	return true;
}

static bool
path_read(const char *text, struct habit *h)
{
	static const char *const ends[] = { ".sock", ".socket" };
	size_t n = strlen(text);
	bool is = strchr(text, '/') != NULL || (n > 1 && text[0] == '@');

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		is = is || (n > strlen(ends[i]) &&
		    strcmp(text + n - strlen(ends[i]), ends[i]) == 0);
	if (is)
		copy(h->path, sizeof(h->path), text, n);
	return is;
}

static bool
is_number(const char *text, size_t length)
{
	return length > 0 && strspn(text, DIGITS) >= length;
}

/* What does not fit is left empty, rather than cut. */
static void
copy(char *out, size_t size, const char *text, size_t length)
{
	if (length >= size)
		length = 0;
	memcpy(out, text, length);
	out[length] = '\0';
}

/* --- how it is written here ---------------------------------------------- */

static const char *
or_else(const char *text, const char *otherwise)
{
	return text[0] != '\0' ? text : otherwise;
}

/* As an endpoint of --forward. */
static void
write_target(const struct habit *h, char *buf, size_t size)
{
	const char *host = or_else(h->host, "host");
	bool brackets = strchr(host, ':') != NULL;

	if (h->path[0] != '\0')
		snprintf(buf, size, "%s%s", h->path[0] == '/' ||
		    h->path[0] == '@' ? "" : "unix:", h->path);
	else
		snprintf(buf, size, "%s%s%s%s:%s", h->tls ? "tls:" : "",
		    brackets ? "[" : "", host, brackets ? "]" : "",
		    or_else(h->port, "port"));
}

/* As options and operands. */
static void
write_operands(const struct habit *h, bool listener, char *buf, size_t size)
{
	const char *l = h->listen && !listener ? "-l " : "";

	if (h->exec)
		snprintf(buf, size, "--sh-exec '%s'", h->path);
	else if (h->path[0] != '\0')
		snprintf(buf, size, "%s-U %s", l, h->path);
	else
		snprintf(buf, size, "%s%s%s%s%s%s", l, h->tls ? "-c " : "",
		    h->udp ? "-u " : "", listener || h->listen ? h->host :
		    or_else(h->host, "host"), h->host[0] != '\0' ||
		    !(listener || h->listen) ? " " : "",
		    or_else(h->port, "port"));
}

char *
habit_relay(const struct habit *listens, const struct habit *target, char *buf,
    size_t size)
{
	char at[2 * ENDPOINT_HOST_MAX], to[2 * ENDPOINT_HOST_MAX];

	write_operands(listens, true, at, sizeof(at));
	write_target(target, to, sizeof(to));
	snprintf(buf, size, target->exec ? "-lk --sh-exec '%s' %s" :
	    "-lk --forward %s %s", target->exec ? target->path : to, at);
	return buf;
}

/* port:host:port: where to listen, and whom to connect clients to. */
static void
write_ssh(const struct habit *h, enum habit_use use, char *buf, size_t size)
{
	char to[2 * ENDPOINT_HOST_MAX];

	write_target(h, to, sizeof(to));
	snprintf(buf, size, "%s%s%s %s", use == HABIT_DIAL ? "-lk " : "",
	    use == HABIT_TARGET ? "" : "--forward ", to, h->local);
}

char *
habit_advice(const struct habit *h, enum habit_use use, char *buf, size_t size)
{
	static const char *const what[] = {
		[HABIT_NONE] = "this is not known",
		[HABIT_URL] = "this is a URL",
		[HABIT_SOCAT] = "this is an address of socat",
		[HABIT_OURS] = "this is for --forward",
		[HABIT_SSH] = "this is what ssh's -L takes",
		[HABIT_BASH] = "this is a name for bash",
		[HABIT_SLASH] = "a port is an operand of its own",
		[HABIT_PATH] = "this is a path",
	};
	char text[3 * ENDPOINT_HOST_MAX];

	if (h->kind == HABIT_SSH)
		write_ssh(h, use, text, sizeof(text));
	else if (use == HABIT_TARGET && !h->exec)
		write_target(h, text, sizeof(text));
	else
		write_operands(h, use == HABIT_LISTEN, text, sizeof(text));
	snprintf(buf, size, "%s%s: write %s", what[h->kind], h->http ?
	    ", and no HTTP is spoken here" : "", text);
	return buf;
}
