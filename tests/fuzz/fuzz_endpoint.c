/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/endpoint.h"

static void	fuzz_host(const char *);
static void	check_good(const char *, const struct endpoint *);
static void	fuzz_target(const char *);
static void	check_inet(const char *, const struct endpoint_target *);
static void	check_path(const char *, const struct endpoint_target *);
static void	check_target_again(const struct endpoint_target *);
static void	check_untouched(const void *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	fuzz_host(text);
	fuzz_target(text);
	free(text);
	return 0;
}

static void
fuzz_host(const char *text)
{
	struct endpoint *ep = fuzz_alloc(sizeof(*ep));
	enum endpoint_verdict verdict;

	memset(ep, 0xa5, sizeof(*ep));
	verdict = endpoint_parse(text, ep);
	CHECK(verdict >= ENDPOINT_OK && verdict <= ENDPOINT_TOO_LONG);
	CHECK(endpoint_verdict_text(verdict)[0] != '\0');
	if (verdict == ENDPOINT_OK)
		check_good(text, ep);
	else
		check_untouched(ep, sizeof(*ep));
	free(ep);
}

/* The two parts make up the text, with or without brackets. */
static void
check_good(const char *text, const struct endpoint *ep)
{
	char plain[sizeof(*ep) + 8], brackets[sizeof(*ep) + 8];
	struct endpoint again;
	bool is_plain;

	CHECK(memchr(ep->host, '\0', sizeof(ep->host)) != NULL);
	CHECK(memchr(ep->port, '\0', sizeof(ep->port)) != NULL);
	CHECK(ep->host[0] != '\0' && ep->port[0] != '\0');
	CHECK(strpbrk(ep->host, "[]") == NULL);
	CHECK(strpbrk(ep->port, "[]:") == NULL);
	snprintf(plain, sizeof(plain), "%s:%s", ep->host, ep->port);
	snprintf(brackets, sizeof(brackets), "[%s]:%s", ep->host, ep->port);
	is_plain = strcmp(text, plain) == 0;
	CHECK(is_plain || strcmp(text, brackets) == 0);
	CHECK(!is_plain || strchr(ep->host, ':') == NULL);

	CHECK(endpoint_parse(brackets, &again) == ENDPOINT_OK);
	CHECK(strcmp(again.host, ep->host) == 0);
	CHECK(strcmp(again.port, ep->port) == 0);
}

static void
fuzz_target(const char *text)
{
	struct endpoint_target *t = fuzz_alloc(sizeof(*t));
	enum endpoint_verdict verdict;

	memset(t, 0xa5, sizeof(*t));
	verdict = endpoint_parse_target(text, t);
	CHECK(verdict >= ENDPOINT_OK && verdict <= ENDPOINT_TOO_LONG);
	if (verdict == ENDPOINT_OK) {
		CHECK(t->tls == (strncmp(text, "tls:", 4) == 0));
		if (t->tls)
			text += 4;
		if (t->kind == ENDPOINT_INET)
			check_inet(text, t);
		else
			check_path(text, t);
		check_target_again(t);
	} else {
		check_untouched(t, sizeof(*t));
	}
	free(t);
}

/* What endpoint_parse() makes of it, and nothing that looks like a path. */
static void
check_inet(const char *text, const struct endpoint_target *t)
{
	struct endpoint ep;

	CHECK(text[0] != '/' && text[0] != '@');
	CHECK(strncmp(text, "unix:", 5) != 0);
	CHECK(endpoint_parse(text, &ep) == ENDPOINT_OK);
	CHECK(strcmp(t->inet.host, ep.host) == 0);
	CHECK(strcmp(t->inet.port, ep.port) == 0);
	CHECK(t->path[0] == '\0');
}

/* The whole text, but for the prefix. */
static void
check_path(const char *text, const struct endpoint_target *t)
{
	CHECK(t->kind == ENDPOINT_UNIX);
	if (strncmp(text, "unix:", 5) == 0)
		text += 5;
	else
		CHECK(text[0] == '/' || text[0] == '@');
	CHECK(memchr(t->path, '\0', sizeof(t->path)) != NULL);
	CHECK(strcmp(t->path, text) == 0);
	CHECK(t->path[0] != '\0' && strcmp(t->path, "@") != 0);
	CHECK(t->inet.host[0] == '\0' && t->inet.port[0] == '\0');
}

/* Written out in full it is the same target. */
static void
check_target_again(const struct endpoint_target *t)
{
	char text[sizeof(*t) + 16];
	const char *tls = t->tls ? "tls:" : "";
	struct endpoint_target again;

	if (t->kind == ENDPOINT_UNIX)
		snprintf(text, sizeof(text), "%sunix:%s", tls, t->path);
	else
		snprintf(text, sizeof(text), "%s[%s]:%s", tls, t->inet.host,
		    t->inet.port);
	CHECK(endpoint_parse_target(text, &again) == ENDPOINT_OK);
	CHECK(again.kind == t->kind && again.tls == t->tls);
	CHECK(strcmp(again.inet.host, t->inet.host) == 0);
	CHECK(strcmp(again.inet.port, t->inet.port) == 0);
	CHECK(strcmp(again.path, t->path) == 0);
}

static void
check_untouched(const void *data, size_t size)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < size; i++)
		CHECK(p[i] == 0xa5);
}
