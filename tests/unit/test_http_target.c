/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/http_target.h"

static void	test_urls(void);
static void	test_connect(void);
static void	test_lengths(void);
static void	test_host_field(void);
static void	test_verdicts(void);

int
main(void)
{
	test_urls();
	test_connect();
	test_lengths();
	test_host_field();
	test_verdicts();
	return tap_done();
}

struct example {
	const char			*text;
	enum http_target_verdict	 verdict;
	const char			*host;
	int				 port;
	const char			*authority, *path;
};

static void
check(const struct example *e, bool connect)
{
	struct http_text text = { e->text, strlen(e->text) };
	struct http_target t = { .host = "kept", .port = 4711 };
	enum http_target_verdict verdict = connect ?
	    http_target_parse_connect(&text, &t) : http_target_parse(&text, &t);

	is_int(verdict, e->verdict, "%s%s: %s", connect ? "CONNECT " : "",
	    e->text, http_target_verdict_text(e->verdict));
	if (e->verdict != HTTP_TARGET_OK) {
		ok(strcmp(t.host, "kept") == 0 && t.port == 4711,
		    "... nothing is written");
		return;
	}
	is_str(t.host, e->host, "... the host");
	is_int(t.port, e->port, "... the port");
	is_mem(t.authority.at, t.authority.n, e->authority,
	    strlen(e->authority), "... both, as they stand there");
	is_mem(t.path.at, t.path.n, e->path, strlen(e->path), "... the path");
}

#define BAD(text, why)	{ (text), HTTP_TARGET_ ## why, NULL, 0, NULL, NULL }

static void
test_urls(void)
{
	static const struct example tests[] = {
		{ "http://www.example.org/pub/WWW/TheProject.html",
		    HTTP_TARGET_OK, "www.example.org", 80, "www.example.org",
		    "/pub/WWW/TheProject.html" },
		{ "http://www.example.org:8001", HTTP_TARGET_OK,
		    "www.example.org", 8001, "www.example.org:8001", "" },
		{ "HTTP://a/", HTTP_TARGET_OK, "a", 80, "a", "/" },
		{ "http://a?b/c", HTTP_TARGET_OK, "a", 80, "a", "?b/c" },
		{ "http://a:1/?b:2@c[]", HTTP_TARGET_OK, "a", 1, "a:1",
		    "/?b:2@c[]" },
		{ "http://a:/x", HTTP_TARGET_OK, "a", 80, "a", "/x" },
		{ "http://a.b./", HTTP_TARGET_OK, "a.b.", 80, "a.b.", "/" },
		{ "http://a_b/", HTTP_TARGET_OK, "a_b", 80, "a_b", "/" },
		{ "http://127.0.0.1:65535/", HTTP_TARGET_OK, "127.0.0.1",
		    65535, "127.0.0.1:65535", "/" },
		{ "http://[::1]/", HTTP_TARGET_OK, "::1", 80, "[::1]", "/" },
		{ "http://[2001:db8::1]:8080", HTTP_TARGET_OK, "2001:db8::1",
		    8080, "[2001:db8::1]:8080", "" },
		{ "http://[::]:/", HTTP_TARGET_OK, "::", 80, "[::]", "/" },
		{ "http://a/b//c?http://d", HTTP_TARGET_OK, "a", 80, "a",
		    "/b//c?http://d" },
		BAD("/", NO_URL),
		BAD("/a?u=http://b/", NO_URL),
		BAD("*", NO_URL),
		BAD("a:80", NO_URL),
		BAD("a/b", NO_URL),
		BAD("http:/a", NO_URL),
		BAD("http:", NO_URL),
		BAD("://a", NO_URL),
		BAD("mailto:a", NO_URL),
		BAD("https://a/", SCHEME),
		BAD("ftp://a/", SCHEME),
		BAD("httpx://a/", SCHEME),
		BAD("h2c://a/", SCHEME),
		BAD("http://", NO_HOST),
		BAD("http:///a", NO_HOST),
		BAD("http://:80/", NO_HOST),
		BAD("http://?", NO_HOST),
		BAD("http://[]/", NO_HOST),
		BAD("http://u@a/", USER),
		BAD("http://u:p@a:80/", USER),
		BAD("http://@a/", USER),
		BAD("http://a/#b", FRAGMENT),
		BAD("http://a#b", FRAGMENT),
		BAD("http://#", FRAGMENT),
		BAD("http://a b/", BAD_HOST),
		BAD("http://a\\b/", BAD_HOST),
		BAD("http://a%41/", BAD_HOST),
		BAD("http://-a/", BAD_HOST),
		BAD("http://a..b/", BAD_HOST),
		BAD("http://./", BAD_HOST),
		BAD("http://a../", BAD_HOST),
		BAD("http://\xc3\xa4/", BAD_HOST),
		BAD("http://1/", BAD_HOST),
		BAD("http://127.1/", BAD_HOST),
		BAD("http://1.2.3.4.5/", BAD_HOST),
		BAD("http://1.2.3.256/", BAD_HOST),
		BAD("http://1.2.3.4./", BAD_HOST),
		BAD("http://[::1/", BAD_HOST),
		BAD("http://::1/", NO_HOST),
		BAD("http://2001:db8::1/", BAD_HOST),
		BAD("http://[fe80::1%25eth0]/", BAD_HOST),
		BAD("http://[fe80::1%eth0]/", BAD_HOST),
		BAD("http://[a]/", BAD_HOST),
		BAD("http://[1.2.3.4]/", BAD_HOST),
		BAD("http://[v1.a]/", BAD_HOST),
		BAD("http://[::1]80/", BAD_HOST),
		BAD("http://a[::1]/", BAD_HOST),
		BAD("http://a]/", BAD_HOST),
		BAD("http://a:0/", BAD_PORT),
		BAD("http://a:65536/", BAD_PORT),
		BAD("http://a:000080/", BAD_PORT),
		BAD("http://a:+80/", BAD_PORT),
		BAD("http://a:-1/", BAD_PORT),
		BAD("http://a:80 /", BAD_PORT),
		BAD("http://a:80:80/", BAD_PORT),
		BAD("http://a::80/", BAD_PORT),
		BAD("http://a:http/", BAD_PORT),
		BAD("http://[::1]:x/", BAD_PORT),
	};

	for (size_t i = 0; i < NITEMS(tests); i++)
		check(&tests[i], false);
}

static void
test_connect(void)
{
	static const struct example tests[] = {
		{ "server.example.com:80", HTTP_TARGET_OK,
		    "server.example.com", 80, "server.example.com:80", "" },
		{ "[::1]:443", HTTP_TARGET_OK, "::1", 443, "[::1]:443", "" },
		{ "192.0.2.1:00443", HTTP_TARGET_OK, "192.0.2.1", 443,
		    "192.0.2.1:00443", "" },
		BAD("server.example.com", NO_PORT),
		BAD("server.example.com:", NO_PORT),
		BAD("[::1]", NO_PORT),
		BAD("[::1]:", NO_PORT),
		BAD("", NO_HOST),
		BAD(":80", NO_HOST),
		BAD("a:0", BAD_PORT),
		BAD("a:65536", BAD_PORT),
		BAD("a:80/", BAD_PORT),
		BAD("a:80?", BAD_PORT),
		BAD("a:80#", BAD_PORT),
		BAD("http://a:80", BAD_PORT),
		BAD("http://a", BAD_PORT),
		BAD("/a:80", BAD_HOST),
		BAD("*", BAD_HOST),
		BAD("::1:80", NO_HOST),
		BAD("u@a:80", USER),
		BAD("a,b:80", BAD_HOST),
	};
	struct http_text nul = { BYTES("a\0b:80") };
	struct http_target t;

	for (size_t i = 0; i < NITEMS(tests); i++)
		check(&tests[i], true);
	is_int(http_target_parse_connect(&nul, &t), HTTP_TARGET_BAD_HOST,
	    "CONNECT with a NUL in the host");
}

static void
test_lengths(void)
{
	char text[512];
	struct http_text t = { text, 0 };
	struct http_target target;

	memset(text, 'a', sizeof(text));
	for (size_t i = 63; i < sizeof(text); i += 64)
		text[i] = '.';
	memcpy(text + 253, ".:80", 4);
	t.n = 257;
	is_int(http_target_parse_connect(&t, &target), HTTP_TARGET_OK,
	    "the longest name, and a dot behind it");
	is_int((int64_t)strlen(target.host), 254, "... is whole");
	memcpy(text + 253, "a.:80", 5);
	t.n = 258;
	is_int(http_target_parse_connect(&t, &target), HTTP_TARGET_BAD_HOST,
	    "a character more");
	t.n = sizeof(text);
	is_int(http_target_parse_connect(&t, &target), HTTP_TARGET_BAD_HOST,
	    "many more");
}

static void
test_host_field(void)
{
	static const struct {
		const char	*text;
		bool		 good;
	} tests[] = {
		{ "", true }, { "a", true }, { "a:80", true },
		{ "[::1]:80", true }, { "a:", true }, { "a/b", false },
		{ "a, b", false }, { "a b", false }, { "u@a", false },
		{ ":80", false }, { "a:x", false }, { "http://a", false },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		struct http_text t = { tests[i].text, strlen(tests[i].text) };

		is_int(http_target_is_authority(&t), tests[i].good,
		    "Host: %s", tests[i].text);
	}
}

static void
test_verdicts(void)
{
	for (int v = HTTP_TARGET_OK; v <= HTTP_TARGET_BAD_PORT; v++)
		ok(http_target_verdict_text((enum http_target_verdict)v)[0] !=
		    '\0', "verdict %d has a text", v);
	is_int(http_target_verdict_status(HTTP_TARGET_USER), 400, "a status");
	is_int(http_target_verdict_status(HTTP_TARGET_SCHEME), 501,
	    "... of another scheme");
}
