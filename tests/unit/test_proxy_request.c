/* SPDX-License-Identifier: ISC */
/* What a client of --proxy-server says, in whichever protocol it does, and what
 * it is answered. */
#include "address.h"
#include "session/proxy_guard.h"
#include "session/proxy_request.h"
#include "tap.h"

/* 127.0.0.1 port 80. */
#define SOCKS5	"\5\1\0\5\1\0\1\x7f\0\0\1\0\x50"
#define SOCKS4	"\4\1\0\x50\x7f\0\0\1me\0"
#define SOCKS4A	"\4\1\0\x50\0\0\0\1\0x.example\0"
#define CONNECT	"CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"
#define GET	"GET http://x.example/ HTTP/1.1\r\nHost: x.example\r\n\r\n"

static const struct {
	const char			*what;
	unsigned			 kinds;
	const char			*in;
	size_t				 n;
	enum dialogue_verdict		 verdict;
	const char			*protocol;
	const char			*host;
	bool				 connects;
} tests[] = {
	{ "SOCKS5", PROXY_SERVES_ALL, BYTES(SOCKS5), DIALOGUE_DONE, "SOCKS5",
	    "127.0.0.1", true },
	{ "SOCKS4", PROXY_SERVES_ALL, BYTES(SOCKS4), DIALOGUE_DONE, "SOCKS4",
	    "127.0.0.1", true },
	{ "SOCKS4A", PROXY_SERVES_ALL, BYTES(SOCKS4A), DIALOGUE_DONE,
	    "SOCKS4A", "x.example", true },
	{ "CONNECT", PROXY_SERVES_ALL, BYTES(CONNECT), DIALOGUE_DONE, "HTTP",
	    "::1", true },
	{ "GET", PROXY_SERVES_ALL, BYTES(GET), DIALOGUE_DONE, "HTTP",
	    "x.example", false },
	{ "half of it", PROXY_SERVES_ALL, BYTES("CONNECT [::1]:80 HT"),
	    DIALOGUE_MORE, NULL, NULL, false },
	{ "SOCKS5, to HTTP alone", PROXY_SERVES_HTTP, BYTES(SOCKS5),
	    DIALOGUE_REFUSED, NULL, NULL, false },
	{ "HTTP, to SOCKS alone", PROXY_SERVES_SOCKS5, BYTES(CONNECT),
	    DIALOGUE_REFUSED, NULL, NULL, false },
	{ "SOCKS4, to SOCKS5 alone", PROXY_SERVES_SOCKS5, BYTES(SOCKS4),
	    DIALOGUE_REFUSED, NULL, NULL, false },
	{ "a name, to SOCKS4 alone", PROXY_SERVES_SOCKS4, BYTES(SOCKS4A),
	    DIALOGUE_REFUSED, NULL, NULL, false },
	{ "rubbish", PROXY_SERVES_ALL, BYTES("\0\1\2\3\r\n\r\n"),
	    DIALOGUE_REFUSED, NULL, NULL, false },
};

/* What was answered meanwhile. */
static void
take_output(struct proxy_request *q)
{
	size_t n;

	proxy_request_codec.output(q, &n);
	if (n > 0)
		proxy_request_codec.sent(q, n);
}

/* In steps of so many bytes, each answered; a client that pipelines would not
 * have it otherwise. */
static enum dialogue_verdict
feed(struct proxy_request *q, const char *in, size_t n, size_t step)
{
	enum dialogue_verdict verdict = DIALOGUE_MORE;
	size_t used;

	while (n > 0 && verdict == DIALOGUE_MORE) {
		size_t piece = n < step ? n : step;

		verdict = proxy_request_codec.feed(q,
		    (const unsigned char *)in, piece, &used);
		take_output(q);
		in += piece;
		n -= piece;
	}
	return verdict;
}

static void
check(struct run *r, size_t i, size_t step)
{
	struct proxy_request *q = proxy_request_new(r);
	enum dialogue_verdict verdict = feed(q, tests[i].in, tests[i].n, step);
	const char *what = tests[i].what;
	uint16_t port;

	is_int(verdict, tests[i].verdict, "%s, %zu bytes at a time", what,
	    step);
	if (verdict == DIALOGUE_DONE) {
		is_str(proxy_request_protocol(q), tests[i].protocol,
		    "%s: the protocol", what);
		is_str(proxy_request_host(q, &port), tests[i].host,
		    "%s: the host", what);
		is_int(port, 80, "%s: the port", what);
		is_int(proxy_request_connects(q), tests[i].connects,
		    "%s: whether it connects", what);
	}
	proxy_request_free(q);
}

static void
check_replies(struct run *r)
{
	static const struct {
		enum result	 result;
		char		 socks;
		const char	*http;
	} replies[] = {
		{ RESULT_OK, 0, "HTTP/1.1 200" },
		{ RESULT_REFUSED, 5, "HTTP/1.1 502" },
		{ RESULT_UNREACHABLE, 4, "HTTP/1.1 502" },
		{ RESULT_NAME, 4, "HTTP/1.1 502" },
		{ RESULT_TIMEOUT, 6, "HTTP/1.1 504" },
		{ RESULT_DENIED, 2, "HTTP/1.1 403" },
		{ RESULT_LOCAL, 1, "HTTP/1.1 500" },
	};
	struct proxy_request *socks = proxy_request_new(r);
	struct proxy_request *http = proxy_request_new(r);
	struct addr local = ipv4("192.0.2.1", 258);
	unsigned char out[PROXY_REPLY_MAX];
	size_t n;

	feed(socks, BYTES(SOCKS5), 100);
	feed(http, BYTES(CONNECT), 100);
	for (size_t i = 0; i < NITEMS(replies); i++) {
		proxy_request_reply(socks, replies[i].result, NULL, out);
		is_int(out[1], replies[i].socks, "result %d, SOCKS5",
		    (int)replies[i].result);
		n = proxy_request_reply(http, replies[i].result, NULL, out);
		is_mem(out, n < 12 ? n : 12, replies[i].http, 12,
		    "result %d, HTTP", (int)replies[i].result);
	}
	n = proxy_request_reply(socks, RESULT_OK, &local, out);
	is_mem(out, n, BYTES("\5\0\0\1\xc0\0\2\1\1\2"),
	    "where we are connected from");
	proxy_request_free(socks);
	proxy_request_free(http);
}

static void
check_late(struct run *r)
{
	struct proxy_request *q = proxy_request_new(r);
	unsigned char out[PROXY_REPLY_MAX];
	size_t n;

	is_int((int)proxy_request_late(q, out), 0, "late, and silent");
	feed(q, BYTES("GET http:"), 100);
	n = proxy_request_late(q, out);
	is_mem(out, n < 12 ? n : 12, BYTES("HTTP/1.1 408"), "half a head");
	proxy_request_free(q);
	q = proxy_request_new(r);
	feed(q, BYTES("\5\1"), 100);
	is_int((int)proxy_request_late(q, out), 0, "half of SOCKS");
	proxy_request_free(q);
	proxy_request_free(NULL);
}

int
main(void)
{
	struct options o = { .proxy_server.types = "any" };
	struct run r = { .options = &o };

	ok(proxy_guard_new(&(struct proxy_server_options){ .types = NULL }) ==
	    NULL, "no proxy server, no guard");
	r.guard = proxy_guard_new(&o.proxy_server);
	for (size_t i = 0; i < NITEMS(tests); i++) {
		o.proxy_server.kinds = tests[i].kinds;
		check(&r, i, 1000);
		check(&r, i, 1);
	}
	o.proxy_server.kinds = PROXY_SERVES_ALL;
	check_replies(&r);
	check_late(&r);
	proxy_guard_free(r.guard);
	return tap_done();
}
