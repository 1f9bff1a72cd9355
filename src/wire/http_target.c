/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <string.h>

#include "wire/http_target.h"
#include "wire/name.h"

static enum http_target_verdict	parse_authority(struct http_text,
				    struct http_target *, bool *);
static enum http_target_verdict	split_authority(struct http_text,
				    struct http_text *, struct http_text *);
static bool	take_host(struct http_text, bool, struct http_target *);
static bool	is_url(const struct http_text *);
static const char	*find_any(const struct http_text *, const char *);

enum http_target_verdict
http_target_parse(const struct http_text *text, struct http_target *t)
{
	static const char http[] = "http://";
	struct http_text scheme = { text->at, sizeof(http) - 1 }, rest;
	struct http_target found;
	enum http_target_verdict verdict;
	const char *path;
	bool port;

	if (text->n < scheme.n || !http_text_is(&scheme, http))
		return is_url(text) ? HTTP_TARGET_SCHEME :
		    HTTP_TARGET_NO_URL;
	rest = (struct http_text){ text->at + scheme.n, text->n - scheme.n };
	if (memchr(rest.at, '#', rest.n) != NULL)
		return HTTP_TARGET_FRAGMENT;
	path = find_any(&rest, "/?");
	if (path == NULL)
		path = rest.at + rest.n;
	found.path = (struct http_text){ path,
		rest.n - (size_t)(path - rest.at) };
	rest.n -= found.path.n;
	verdict = parse_authority(rest, &found, &port);
	if (verdict != HTTP_TARGET_OK)
		return verdict;
	if (!port)
		found.port = HTTP_PORT_DEFAULT;
	*t = found;
	return HTTP_TARGET_OK;
}

enum http_target_verdict
http_target_parse_connect(const struct http_text *text, struct http_target *t)
{
	struct http_target found;
	enum http_target_verdict verdict;
	bool port;

	verdict = parse_authority(*text, &found, &port);
	if (verdict != HTTP_TARGET_OK)
		return verdict;
	if (!port)
		return HTTP_TARGET_NO_PORT;
	found.path = (struct http_text){ text->at + text->n, 0 };
	*t = found;
	return HTTP_TARGET_OK;
}

bool
http_target_is_authority(const struct http_text *text)
{
	struct http_target t;
	bool port;

	return text->n == 0 ||
	    parse_authority(*text, &t, &port) == HTTP_TARGET_OK;
}

const char *
http_target_verdict_text(enum http_target_verdict verdict)
{
	static const char *const text[] = {
		[HTTP_TARGET_OK] = "nothing is wrong",
		[HTTP_TARGET_NO_URL] =
		    "this is a proxy, it wants the whole URL",
		[HTTP_TARGET_SCHEME] =
		    "only http:// is relayed; all else goes by CONNECT",
		[HTTP_TARGET_USER] = "the URL has a user in it",
		[HTTP_TARGET_FRAGMENT] = "the URL has a fragment",
		[HTTP_TARGET_NO_HOST] = "the host is missing",
		[HTTP_TARGET_BAD_HOST] =
		    "the host is neither a name nor an address",
		[HTTP_TARGET_NO_PORT] = "the port is missing",
		[HTTP_TARGET_BAD_PORT] = "the port is not 1 to 65535",
	};

	return text[verdict];
}

int
http_target_verdict_status(enum http_target_verdict verdict)
{
	return verdict == HTTP_TARGET_SCHEME ? 501 : 400;
}

/* host[:port]; *has_port: the port is there, and set. */
static enum http_target_verdict
parse_authority(struct http_text text, struct http_target *t, bool *has_port)
{
	bool brackets = text.n > 0 && text.at[0] == '[';
	struct http_text host, port;
	unsigned long long value = 0;
	enum http_target_verdict verdict;

	if (memchr(text.at, '@', text.n) != NULL)
		return HTTP_TARGET_USER;
	verdict = split_authority(text, &host, &port);
	if (verdict != HTTP_TARGET_OK)
		return verdict;
	if (host.n == 0)
		return HTTP_TARGET_NO_HOST;
	if (!take_host(host, brackets, t))
		return HTTP_TARGET_BAD_HOST;
	*has_port = port.n > 0;
	if (*has_port && (port.n > 5 ||
	    !http_text_number(&port, UINT16_MAX, &value) || value == 0))
		return HTTP_TARGET_BAD_PORT;
	t->port = (uint16_t)value;
	t->authority = (struct http_text){ text.at,
		host.n + (brackets ? 2 : 0) + (*has_port ? port.n + 1 : 0) };
	return HTTP_TARGET_OK;
}

/* What is before the last colon, without its brackets, and what is behind it.
 * A port that is empty is none (RFC 3986, section 3.2.3). */
static enum http_target_verdict
split_authority(struct http_text text, struct http_text *host,
    struct http_text *port)
{
	const char *end = text.at + text.n, *colon;

	*host = text;
	*port = (struct http_text){ end, 0 };
	if (text.n > 0 && text.at[0] == '[') {
		const char *close = memchr(text.at, ']', text.n);

		if (close == NULL || (close + 1 < end && close[1] != ':'))
			return HTTP_TARGET_BAD_HOST;
		*host = (struct http_text){ text.at + 1,
			(size_t)(close - text.at) - 1 };
		colon = close + 1 < end ? close + 1 : NULL;
	} else {
		colon = memchr(text.at, ':', text.n);
		if (colon != NULL)
			host->n = (size_t)(colon - text.at);
	}
	if (colon != NULL)
		*port = (struct http_text){ colon + 1,
			(size_t)(end - colon) - 1 };
	return HTTP_TARGET_OK;
}

/* Into t->host; false: it is none. */
static bool
take_host(struct http_text host, bool brackets, struct http_target *t)
{
	unsigned char address[16];
	size_t n = host.n;

	if (n >= sizeof(t->host) || memchr(host.at, '\0', n) != NULL)
		return false;
	memcpy(t->host, host.at, n);
	t->host[n] = '\0';
	if (brackets)
		return inet_pton(AF_INET6, t->host, address) == 1;
	if (inet_pton(AF_INET, t->host, address) == 1)
		return true;
	return name_is_host(host.at, n) ||
	    (host.at[n - 1] == '.' && name_is_host(host.at, n - 1));
}

/* Whether it is a URL, and not a path with one in it. */
static bool
is_url(const struct http_text *text)
{
	const char *colon = memchr(text->at, ':', text->n);

	return colon != NULL && colon > text->at && text->at[0] != '/' &&
	    text->n - (size_t)(colon - text->at) >= 3 &&
	    memcmp(colon, "://", 3) == 0;
}

/* The first of these characters; or NULL. */
static const char *
find_any(const struct http_text *text, const char *set)
{
	for (size_t i = 0; i < text->n; i++) {
		if (text->at[i] != '\0' && strchr(set, text->at[i]) != NULL)
			return text->at + i;
	}
	return NULL;
}
