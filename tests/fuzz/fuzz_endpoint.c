/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/endpoint.h"

static void	check_good(const char *, const struct endpoint *);
static void	check_untouched(const struct endpoint *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct endpoint *ep = fuzz_alloc(sizeof(*ep));
	enum endpoint_verdict verdict;

	memset(ep, 0xa5, sizeof(*ep));
	verdict = endpoint_parse(text, ep);
	CHECK(verdict >= ENDPOINT_OK && verdict <= ENDPOINT_TOO_LONG);
	CHECK(endpoint_verdict_text(verdict)[0] != '\0');
	if (verdict == ENDPOINT_OK)
		check_good(text, ep);
	else
		check_untouched(ep);
	free(text);
	free(ep);
	return 0;
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
check_untouched(const struct endpoint *ep)
{
	const unsigned char *p = (const unsigned char *)ep;
	size_t i;

	for (i = 0; i < sizeof(*ep); i++)
		CHECK(p[i] == 0xa5);
}
