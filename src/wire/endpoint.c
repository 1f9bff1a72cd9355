/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/endpoint.h"

/* A part of the text, not ended by NUL. */
struct slice {
	const char	*start;
	size_t		 length;
};

static enum endpoint_verdict	split_bracketed(const char *, struct slice *,
				    struct slice *);
static enum endpoint_verdict	split_plain(const char *, struct slice *,
				    struct slice *);
static bool	looks_like_v6(const char *);
static void	slice_copy(const struct slice *, char *);
static const char	*skip_prefix(const char *, const char *);
static const char	*find_path(const char *);
static enum endpoint_verdict	path_copy(const char *, char *);

enum endpoint_verdict
endpoint_parse(const char *text, struct endpoint *ep)
{
	struct slice host = { text, 0 }, port = { text, 0 };
	enum endpoint_verdict verdict;

	if (endpoint_is_url(text))
		return ENDPOINT_URL;
	if (text[0] == '[')
		verdict = split_bracketed(text, &host, &port);
	else
		verdict = split_plain(text, &host, &port);
	if (verdict != ENDPOINT_OK)
		return verdict;
	if (host.length == 0)
		return ENDPOINT_NO_HOST;
	if (port.length == 0)
		return ENDPOINT_NO_PORT;
	if (host.length >= sizeof(ep->host) || port.length >= sizeof(ep->port))
		return ENDPOINT_TOO_LONG;
	slice_copy(&host, ep->host);
	slice_copy(&port, ep->port);
	return ENDPOINT_OK;
}

enum endpoint_verdict
endpoint_parse_target(const char *text, struct endpoint_target *target)
{
	struct endpoint_target t = { .kind = ENDPOINT_INET };
	const char *rest = skip_prefix(text, "tls:"), *path;
	enum endpoint_verdict verdict;

	t.tls = rest != NULL;
	if (rest == NULL)
		rest = text;
	path = find_path(rest);
	if (t.tls && strncmp(rest, "//", 2) == 0) {
		return ENDPOINT_URL;
	} else if (path != NULL) {
		t.kind = ENDPOINT_UNIX;
		verdict = path_copy(path, t.path);
	} else {
		verdict = endpoint_parse(rest, &t.inet);
	}
	if (verdict == ENDPOINT_OK)
		*target = t;
	return verdict;
}

bool
endpoint_is_url(const char *text)
{
	return strstr(text, "://") != NULL;
}

const char *
endpoint_verdict_text(enum endpoint_verdict verdict)
{
	static const char *const text[] = {
		[ENDPOINT_OK] = "nothing is wrong",
		[ENDPOINT_NO_PORT] = "the port is missing (host:port)",
		[ENDPOINT_NO_HOST] = "the host is missing (host:port)",
		[ENDPOINT_BRACKETS] =
		    "the brackets are out of place ([address]:port)",
		[ENDPOINT_BARE_V6] =
		    "an IPv6 address needs brackets ([address]:port)",
		[ENDPOINT_COLONS] = "there are too many colons (host:port)",
		[ENDPOINT_URL] =
		    "this is a URL; what is wanted of it is host:port",
		[ENDPOINT_TOO_LONG] = "the host or the port is too long",
	};

	return text[verdict];
}

static enum endpoint_verdict
split_bracketed(const char *text, struct slice *host, struct slice *port)
{
	const char *end;

	host->start = text + 1;
	host->length = strcspn(host->start, "[]");
	end = host->start + host->length;
	if (end[0] != ']')
		return ENDPOINT_BRACKETS;
	if (end[1] == '\0')
		return ENDPOINT_NO_PORT;
	if (end[1] != ':')
		return ENDPOINT_BRACKETS;
	port->start = end + 2;
	port->length = strlen(port->start);
	/* "[::1]:80:90", "[::1]:[80]" */
	if (strpbrk(port->start, ":[]") != NULL)
		return ENDPOINT_BRACKETS;
	return ENDPOINT_OK;
}

static enum endpoint_verdict
split_plain(const char *text, struct slice *host, struct slice *port)
{
	const char *colon;

	if (strpbrk(text, "[]") != NULL)
		return ENDPOINT_BRACKETS;
	colon = strchr(text, ':');
	if (colon == NULL)
		return ENDPOINT_NO_PORT;
	if (strchr(colon + 1, ':') != NULL)
		return looks_like_v6(text) ? ENDPOINT_BARE_V6 :
		    ENDPOINT_COLONS;
	host->length = (size_t)(colon - text);
	port->start = colon + 1;
	port->length = strlen(port->start);
	return ENDPOINT_OK;
}

/* Maybe with a port behind it: two colons side by side, or all eight groups
 * (RFC 4291, section 2.2). */
static bool
looks_like_v6(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF:."), colons = 0;

	if (text[n] != '\0' && text[n] != '%')
		return false;
	for (size_t i = 0; i < n; i++)
		colons += text[i] == ':';
	return colons >= 7 || strstr(text, "::") != NULL;
}

static void
slice_copy(const struct slice *s, char *out)
{
	memcpy(out, s->start, s->length);
	out[s->length] = '\0';
}

/* What is behind the prefix; NULL if text does not start with it. */
static const char *
skip_prefix(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* NULL if text is a host and a port. */
static const char *
find_path(const char *text)
{
	if (text[0] == '/' || text[0] == '@')
		return text;
	return skip_prefix(text, "unix:");
}

static enum endpoint_verdict
path_copy(const char *path, char *out)
{
	struct slice s = { path, strlen(path) };

	/* "@" has no name behind it: to bind(2), that means any name. */
	if (s.length == 0 || strcmp(path, "@") == 0)
		return ENDPOINT_NO_HOST;
	if (s.length >= ENDPOINT_PATH_MAX)
		return ENDPOINT_TOO_LONG;
	slice_copy(&s, out);
	return ENDPOINT_OK;
}
