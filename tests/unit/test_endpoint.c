/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/endpoint.h"

static void	test_table(void);
static void	test_lengths(void);
static void	check_length(size_t, size_t, bool, enum endpoint_verdict);
static void	test_target(void);
static void	check_untouched(const struct endpoint_target *, const char *);
static void	test_target_lengths(void);
static void	check_target_length(const char *, const char *, size_t,
		    const char *, enum endpoint_verdict);
static void	test_verdict_text(void);

int
main(void)
{
	test_table();
	test_lengths();
	test_target();
	test_target_lengths();
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
		{ "1:2:3:4:5:6:7:8", ENDPOINT_BARE_V6, NULL, NULL },
		{ "::ffff:192.0.2.1", ENDPOINT_BARE_V6, NULL, NULL },
		{ "fe80::1%eth0", ENDPOINT_BARE_V6, NULL, NULL },
		{ "a:b:c", ENDPOINT_COLONS, NULL, NULL },
		{ "1:2:3:4:5:6:7", ENDPOINT_COLONS, NULL, NULL },
		{ "host::80", ENDPOINT_COLONS, NULL, NULL },
		{ "host:80:", ENDPOINT_COLONS, NULL, NULL },
		{ "TCP:localhost:80", ENDPOINT_COLONS, NULL, NULL },
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
		{ "http://host", ENDPOINT_URL, NULL, NULL },
		{ "http://host/", ENDPOINT_URL, NULL, NULL },
		{ "https://host:443/a?b", ENDPOINT_URL, NULL, NULL },
		{ "http://[::1]:80/", ENDPOINT_URL, NULL, NULL },
		{ "[http]://host", ENDPOINT_URL, NULL, NULL },
		{ "://", ENDPOINT_URL, NULL, NULL },
		{ "host:/80", ENDPOINT_OK, "host", "/80" },
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
test_target(void)
{
	static const struct {
		const char		*text;
		enum endpoint_verdict	 verdict;
		bool			 tls;
		const char		*host, *port, *path;
	} tests[] = {
		{ "host:80", ENDPOINT_OK, false, "host", "80", "" },
		{ "[::1]:80", ENDPOINT_OK, false, "::1", "80", "" },
		{ "tls:host:80", ENDPOINT_OK, true, "host", "80", "" },
		{ "tls:[::1]:80", ENDPOINT_OK, true, "::1", "80", "" },
		{ "/path", ENDPOINT_OK, false, "", "", "/path" },
		{ "/", ENDPOINT_OK, false, "", "", "/" },
		{ "/a:80", ENDPOINT_OK, false, "", "", "/a:80" },
		{ "/tls:a", ENDPOINT_OK, false, "", "", "/tls:a" },
		{ "//[", ENDPOINT_OK, false, "", "", "//[" },
		{ "tls:/path", ENDPOINT_OK, true, "", "", "/path" },
		{ "@name", ENDPOINT_OK, false, "", "", "@name" },
		{ "@a:80", ENDPOINT_OK, false, "", "", "@a:80" },
		{ "@@", ENDPOINT_OK, false, "", "", "@@" },
		{ "@/", ENDPOINT_OK, false, "", "", "@/" },
		{ "tls:@name", ENDPOINT_OK, true, "", "", "@name" },
		{ "unix:/path", ENDPOINT_OK, false, "", "", "/path" },
		{ "unix:path", ENDPOINT_OK, false, "", "", "path" },
		{ "unix:./x", ENDPOINT_OK, false, "", "", "./x" },
		{ "unix:80", ENDPOINT_OK, false, "", "", "80" },
		{ "unix:@name", ENDPOINT_OK, false, "", "", "@name" },
		{ "unix:unix:", ENDPOINT_OK, false, "", "", "unix:" },
		{ "unix:tls:a", ENDPOINT_OK, false, "", "", "tls:a" },
		{ "unix:[::1]:80", ENDPOINT_OK, false, "", "", "[::1]:80" },
		{ "tls:unix:path", ENDPOINT_OK, true, "", "", "path" },
		/* Not prefixes. */
		{ "TLS:80", ENDPOINT_OK, false, "TLS", "80", "" },
		{ "Unix:80", ENDPOINT_OK, false, "Unix", "80", "" },
		{ "[tls]:80", ENDPOINT_OK, false, "tls", "80", "" },
		{ "[unix]:80", ENDPOINT_OK, false, "unix", "80", "" },
		{ "tls:[unix]:80", ENDPOINT_OK, true, "unix", "80", "" },
		{ "tls:tls:80", ENDPOINT_OK, true, "tls", "80", "" },
		{ "tls:tls:/path", ENDPOINT_OK, true, "tls", "/path", "" },
		{ "xtls:80", ENDPOINT_OK, false, "xtls", "80", "" },
		{ "./x:80", ENDPOINT_OK, false, "./x", "80", "" },
		{ "a@b:80", ENDPOINT_OK, false, "a@b", "80", "" },
		{ " /path:80", ENDPOINT_OK, false, " /path", "80", "" },

		{ "", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "host", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "host:", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "./x", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "tls", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "tls:", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "tls:443", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "unix", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ ":80", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "tls::80", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "unix:", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "tls:unix:", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "@", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "unix:@", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "tls:@", ENDPOINT_NO_HOST, false, NULL, NULL, NULL },
		{ "::1", ENDPOINT_BARE_V6, false, NULL, NULL, NULL },
		{ "tls:::1", ENDPOINT_BARE_V6, false, NULL, NULL, NULL },
		{ "TLS:host:80", ENDPOINT_COLONS, false, NULL, NULL, NULL },
		{ "tls:tls:a:80", ENDPOINT_COLONS, false, NULL, NULL, NULL },
		{ "[tls:host]", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "[tls:host:80", ENDPOINT_BRACKETS, false, NULL, NULL, NULL },
		{ "tls:[::1", ENDPOINT_BRACKETS, false, NULL, NULL, NULL },
		{ "[/path]", ENDPOINT_NO_PORT, false, NULL, NULL, NULL },
		{ "http://host", ENDPOINT_URL, false, NULL, NULL, NULL },
		{ "tls://host:443", ENDPOINT_URL, false, NULL, NULL, NULL },
		{ "tls:tls://h", ENDPOINT_URL, false, NULL, NULL, NULL },
		{ "unix:///path", ENDPOINT_OK, false, "", "", "///path" },
		{ "tls:unix://a", ENDPOINT_OK, true, "", "", "//a" },
	};
	struct endpoint_target t;
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		memset(&t, 0xa5, sizeof(t));
		is_int(endpoint_parse_target(tests[i].text, &t),
		    tests[i].verdict, "target \"%s\": the verdict",
		    tests[i].text);
		if (tests[i].verdict != ENDPOINT_OK) {
			check_untouched(&t, tests[i].text);
			continue;
		}
		is_int(t.kind, tests[i].path[0] != '\0' ? ENDPOINT_UNIX :
		    ENDPOINT_INET, "target \"%s\": the kind", tests[i].text);
		is_int(t.tls, tests[i].tls, "target \"%s\": TLS",
		    tests[i].text);
		is_str(t.inet.host, tests[i].host, "target \"%s\": the host",
		    tests[i].text);
		is_str(t.inet.port, tests[i].port, "target \"%s\": the port",
		    tests[i].text);
		is_str(t.path, tests[i].path, "target \"%s\": the path",
		    tests[i].text);
	}
}

static void
check_untouched(const struct endpoint_target *t, const char *text)
{
	struct endpoint_target kept;

	memset(&kept, 0xa5, sizeof(kept));
	ok(memcmp(t, &kept, sizeof(kept)) == 0,
	    "target \"%s\": nothing is written", text);
}

static void
test_target_lengths(void)
{
	const size_t path = ENDPOINT_PATH_MAX, host = ENDPOINT_HOST_MAX;

	check_target_length("", "/", path - 1, "", ENDPOINT_OK);
	check_target_length("", "/", path, "", ENDPOINT_TOO_LONG);
	check_target_length("tls:", "@", path - 1, "", ENDPOINT_OK);
	check_target_length("tls:", "@", path, "", ENDPOINT_TOO_LONG);
	check_target_length("unix:", "", path - 1, "", ENDPOINT_OK);
	check_target_length("unix:", "", path, "", ENDPOINT_TOO_LONG);
	check_target_length("tls:unix:", "@", path - 1, "", ENDPOINT_OK);
	check_target_length("tls:unix:", "@", path, "", ENDPOINT_TOO_LONG);
	check_target_length("tls:", "", host - 1, ":1", ENDPOINT_OK);
	check_target_length("tls:", "", host, ":1", ENDPOINT_TOO_LONG);
}

/* What is kept begins with start and is of so many characters. */
static void
check_target_length(const char *prefix, const char *start, size_t length,
    const char *end, enum endpoint_verdict want)
{
	char body[2048], text[4096];
	struct endpoint_target t;
	enum endpoint_verdict verdict;

	memset(body, 'x', length);
	body[length] = '\0';
	memcpy(body, start, strlen(start));
	snprintf(text, sizeof(text), "%s%s%s", prefix, body, end);
	verdict = endpoint_parse_target(text, &t);
	is_int(verdict, want, "target \"%s%s...%s\", %zu characters", prefix,
	    start, end, length);
	if (verdict == ENDPOINT_OK)
		is_str(t.kind == ENDPOINT_UNIX ? t.path : t.inet.host, body,
		    "... whole in the target");
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
