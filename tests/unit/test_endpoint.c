/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/endpoint.h"

static void	test_table(void);
static void	test_lengths(void);
static void	check_length(size_t, size_t, bool, enum endpoint_verdict);
static void	test_verdict_text(void);

int
main(void)
{
	test_table();
	test_lengths();
	test_verdict_text();
	return tap_done();
}

static void
test_table(void)
{
	static const struct {
		const char		*text;
		enum endpoint_verdict	 verdict;
		const char		*host, *port;
	} tests[] = {
		{ "host:80", ENDPOINT_OK, "host", "80" },
		{ "192.0.2.1:0", ENDPOINT_OK, "192.0.2.1", "0" },
		{ "host:http-alt", ENDPOINT_OK, "host", "http-alt" },
		{ "host:65536", ENDPOINT_OK, "host", "65536" },
		{ "[::1]:80", ENDPOINT_OK, "::1", "80" },
		{ "[::]:80", ENDPOINT_OK, "::", "80" },
		{ "[fe80::1%eth0]:80", ENDPOINT_OK, "fe80::1%eth0", "80" },
		{ "[host]:80", ENDPOINT_OK, "host", "80" },
		{ "", ENDPOINT_NO_PORT, NULL, NULL },
		{ "host", ENDPOINT_NO_PORT, NULL, NULL },
		{ "host:", ENDPOINT_NO_PORT, NULL, NULL },
		{ "[::1]", ENDPOINT_NO_PORT, NULL, NULL },
		{ "[::1]:", ENDPOINT_NO_PORT, NULL, NULL },
		{ ":80", ENDPOINT_NO_HOST, NULL, NULL },
		{ ":", ENDPOINT_NO_HOST, NULL, NULL },
		{ "[]:80", ENDPOINT_NO_HOST, NULL, NULL },
		{ "[]:", ENDPOINT_NO_HOST, NULL, NULL },
		{ "::1", ENDPOINT_BARE_V6, NULL, NULL },
		{ "::", ENDPOINT_BARE_V6, NULL, NULL },
		{ "::1:80", ENDPOINT_BARE_V6, NULL, NULL },
		{ "a:b:c", ENDPOINT_BARE_V6, NULL, NULL },
		{ "a::", ENDPOINT_BARE_V6, NULL, NULL },
		{ "[", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "]", ENDPOINT_BRACKETS, NULL, NULL },
		{ "::1]:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1]x:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1]80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "x[::1]:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[[::1]]:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[[::1]:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1]]:80", ENDPOINT_BRACKETS, NULL, NULL },
		{ "host:[80]", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1]:[80]", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1]:80:90", ENDPOINT_BRACKETS, NULL, NULL },
		{ "[::1]::80", ENDPOINT_BRACKETS, NULL, NULL },
	};
	struct endpoint ep;
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		strcpy(ep.host, "kept");
		strcpy(ep.port, "kept");
		is_int(endpoint_parse(tests[i].text, &ep), tests[i].verdict,
		    "\"%s\": the verdict", tests[i].text);
		is_str(ep.host, tests[i].host != NULL ? tests[i].host : "kept",
		    "\"%s\": the host", tests[i].text);
		is_str(ep.port, tests[i].port != NULL ? tests[i].port : "kept",
		    "\"%s\": the port", tests[i].text);
	}
}

static void
test_lengths(void)
{
	const size_t host = ENDPOINT_HOST_MAX, port = ENDPOINT_PORT_MAX;

	check_length(host - 1, 2, false, ENDPOINT_OK);
	check_length(host, 2, false, ENDPOINT_TOO_LONG);
	check_length(host - 1, 2, true, ENDPOINT_OK);
	check_length(host, 2, true, ENDPOINT_TOO_LONG);
	check_length(4, port - 1, false, ENDPOINT_OK);
	check_length(4, port, false, ENDPOINT_TOO_LONG);
	check_length(4, port - 1, true, ENDPOINT_OK);
	check_length(4, port, true, ENDPOINT_TOO_LONG);
	check_length(host - 1, port - 1, false, ENDPOINT_OK);
	check_length(30000, 30000, true, ENDPOINT_TOO_LONG);
}

/* A host and a port of so many characters each. */
static void
check_length(size_t host, size_t port, bool brackets,
    enum endpoint_verdict want)
{
	static char text[65536];
	struct endpoint ep;
	enum endpoint_verdict verdict;
	char *p = text;

	if (brackets)
		*p++ = '[';
	memset(p, 'h', host);
	p += host;
	if (brackets)
		*p++ = ']';
	*p++ = ':';
	memset(p, 'p', port);
	p[port] = '\0';
	verdict = endpoint_parse(text, &ep);
	is_int(verdict, want, "a host of %zu and a port of %zu characters%s",
	    host, port, brackets ? " in brackets" : "");
	if (verdict == ENDPOINT_OK)
		ok(strlen(ep.host) == host && strlen(ep.port) == port,
		    "... whole in the endpoint");
}

static void
test_verdict_text(void)
{
	int v;

	for (v = ENDPOINT_OK; v <= ENDPOINT_TOO_LONG; v++)
		ok(endpoint_verdict_text((enum endpoint_verdict)v)[0] != '\0',
		    "verdict %d has a text", v);
	is_str(endpoint_verdict_text(ENDPOINT_NO_PORT),
	    "the port is missing (host:port)", "the text for a missing port");
}
