/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tap.h"
#include "wire/http_fields.h"
#include "wire/http_request.h"
#include "wire/http_response.h"

static void	test_judge(void);
static void	test_refused(void);
static void	test_keep(void);
static void	test_waits(void);
static void	test_names(void);
static void	test_via(void);
static void	test_limited(void);
static void	test_forward(void);
static void	test_forward_target(void);
static void	test_longest(void);
static void	test_response(void);
static void	test_response_refused(void);
static void	test_response_framing(void);
static void	test_interim(void);

#define US	"us.example"

static struct http_head *head, *answer;
static struct http_request request;
static struct http_response response;
static char *out;

int
main(void)
{
	head = malloc(sizeof(*head));
	answer = malloc(sizeof(*answer));
	out = malloc(HTTP_FORWARD_MAX + 1);
	if (head == NULL || answer == NULL || out == NULL)
		return 1;
	test_judge();
	test_refused();
	test_keep();
	test_waits();
	test_names();
	test_via();
	test_limited();
	test_forward();
	test_forward_target();
	test_longest();
	test_response();
	test_response_refused();
	test_response_framing();
	test_interim();
	free(head);
	free(answer);
	free(out);
	return tap_done();
}

/* --- help ---------------------------------------------------------------- */

static void
parse(struct http_head *h, enum http_head_kind kind, const char *text)
{
	size_t used;

	http_head_init(h, kind);
	http_head_feed(h, (const unsigned char *)text, strlen(text), &used);
	if (h->verdict != HTTP_HEAD_DONE)
		printf("# %s: %s\n", text, http_head_verdict_text(h->verdict));
}

/* A request line and fields, without the empty line. */
static bool
judge(const char *text)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "%s\r\n", text);
	parse(head, HTTP_REQUEST, whole);
	return http_request_judge(&request, head, US);
}

/* The response to that. */
static bool
respond(const char *text)
{
	char whole[4096];

	snprintf(whole, sizeof(whole), "%s\r\n", text);
	parse(answer, HTTP_RESPONSE, whole);
	return http_response_judge(&response, answer, &request);
}

static void
is_forwarded(const char *want, const char *what)
{
	size_t n = http_request_forward(&request, US, out);

	is_mem(out, n, want, strlen(want), "%s", what);
}

static void
is_returned(bool close, const char *want, const char *what)
{
	size_t n = http_response_forward(&response, US, close, out);

	is_mem(out, n, want, strlen(want), "%s", what);
}

#define GET	"GET http://a/ HTTP/1.1\r\nHost: a\r\n"
#define GET_OLD	"GET http://a/ HTTP/1.0\r\n"
#define POST	"POST http://a/ HTTP/1.1\r\nHost: a\r\n"
#define CONNECT	"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n"

/* --- requests ------------------------------------------------------------ */

static void
test_judge(void)
{
	ok(judge(GET), "GET is good");
	ok(!request.connect && !request.to_head, "... it is no other");
	is_str(request.target.host, "a", "... its host");
	is_int(request.target.port, 80, "... its port");
	is_int(request.body.verdict, HTTP_BODY_DONE, "... it has no body");
	is_int(request.status, 0, "... no status");
	ok(judge("HEAD http://a/ HTTP/1.1\r\nHost: a\r\n") && request.to_head,
	    "HEAD");
	ok(judge("head http://a/ HTTP/1.1\r\nHost: a\r\n") && !request.to_head,
	    "a method in another case is another one");
	ok(judge(CONNECT) && request.connect, "CONNECT");
	is_int(request.target.port, 443, "... its port");
	ok(judge(CONNECT "Content-Length: 0\r\n"), "... with an empty body");
	ok(judge("CONNECT a:443 HTTP/1.0\r\n"), "... of HTTP/1.0");
	ok(judge(GET_OLD), "HTTP/1.0 needs no Host");
	ok(judge(GET_OLD "Host: a\r\n"), "... but may have it");
	ok(judge("GET http://a/ HTTP/1.1\r\nHost: b:81\r\n"),
	    "Host may be another one");
	is_str(request.target.host, "a", "... the target is what counts");
	ok(judge("GET http://a/ HTTP/1.1\r\nHost:\r\n"), "... or empty");
	ok(judge(POST "Content-Length: 3\r\n"), "POST");
	is_int(request.body.framing, HTTP_FRAMING_LENGTH,
	    "... the framing of its body");
	ok(judge("BREW http://a/ HTTP/1.1\r\nHost: a\r\n"),
	    "a method that is not known");
}

static void
test_refused(void)
{
	static const struct {
		const char	*text;
		int		 status;
	} tests[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n", 400 },
		{ "GET https://a/ HTTP/1.1\r\nHost: a\r\n", 501 },
		{ "GET a:80 HTTP/1.1\r\nHost: a\r\n", 400 },
		{ "OPTIONS * HTTP/1.1\r\nHost: a\r\n", 400 },
		{ "connect a:443 HTTP/1.1\r\nHost: a\r\n", 400 },
		{ "CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n", 400 },
		{ "CONNECT a HTTP/1.1\r\nHost: a\r\n", 400 },
		{ "GET http://a/ HTTP/1.1\r\n", 400 },
		{ GET "Host: a\r\n", 400 },
		{ GET_OLD "Host: a\r\nHost: b\r\n", 400 },
		{ "GET http://a/ HTTP/1.1\r\nHost: a b\r\n", 400 },
		{ "GET http://a/ HTTP/1.1\r\nHost: a, b\r\n", 400 },
		{ POST "Content-Length: 1\r\nContent-Length: 1\r\n", 400 },
		{ POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
		    400 },
		{ POST "Transfer-Encoding: gzip, chunked\r\n", 501 },
		{ CONNECT "Content-Length: 1\r\n", 400 },
		{ CONNECT "Transfer-Encoding: chunked\r\n", 400 },
		{ GET "Via: 1.1 " US "\r\n", 508 },
		{ CONNECT "Via: 1.0 " US "\r\n", 508 },
		{ "TRACE http://a/ HTTP/1.1\r\nHost: a\r\n"
		    "Max-Forwards: x\r\n", 400 },
		{ "TRACE http://a/ HTTP/1.1\r\nHost: a\r\n"
		    "Max-Forwards: 1\r\nMax-Forwards: 1\r\n", 400 },
		{ "OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n"
		    "Max-Forwards: -1\r\n", 400 },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		ok(!judge(tests[i].text), "refused: %s", tests[i].text);
		is_int(request.status, tests[i].status, "... with its status");
		ok(request.why != NULL && !request.keep,
		    "... and a reason; nothing may follow");
	}
}

/* RFC 9112, section 9.3. */
static void
test_keep(void)
{
	ok(judge(GET) && request.keep, "HTTP/1.1 stays");
	ok(judge(GET "Connection: keep-alive\r\n") && request.keep,
	    "... if asked for, too");
	ok(judge(GET "Connection: close\r\n") && !request.keep, "... or ends");
	ok(judge(GET "Connection: x , CLOSE\r\n") && !request.keep,
	    "... in a list");
	ok(judge(GET "Proxy-Connection: close\r\n") && !request.keep,
	    "... in the words of old");
	ok(judge(GET_OLD) && !request.keep, "HTTP/1.0 ends");
	ok(judge(GET_OLD "Connection: keep-alive\r\n") && !request.keep,
	    "... always");
}

static void
test_waits(void)
{
	ok(judge(POST "Content-Length: 1\r\nExpect: 100-Continue\r\n") &&
	    request.waits, "a client waits before it sends the body");
	ok(judge(POST "Content-Length: 1\r\n") && !request.waits,
	    "... or does not");
	ok(judge(POST "Expect: 100-continue\r\n") && !request.waits,
	    "... there is none");
	ok(judge("POST http://a/ HTTP/1.0\r\nContent-Length: 1\r\n"
	    "Expect: 100-continue\r\n") && !request.waits,
	    "... it has not learnt to");
}

/* RFC 9110, section 7.6.3. */
/* Connection names as many fields as there can be, and one more. */
static void
test_names(void)
{
	char commas[HTTP_FIELDS_MAX], text[1024];

	memset(commas, ',', sizeof(commas));
	snprintf(text, sizeof(text), GET "Connection: %.*s\r\n",
	    HTTP_FIELDS_MAX - 1, commas);
	ok(judge(text), "Connection names much");
	snprintf(text, sizeof(text), GET "Connection: a\r\n"
	    "connection: %.*sclose\r\n", HTTP_FIELDS_MAX - 1, commas);
	ok(!judge(text) && request.status == 400, "... and too much");
	judge(GET);
	snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n"
	    "Connection: %.*s\r\n", HTTP_FIELDS_MAX, commas);
	ok(!respond(text) && response.why != NULL, "... in a response");
}

static void
test_via(void)
{
	static const struct {
		const char	*value;
		bool		 found;
	} tests[] = {
		{ "1.0 fred, 1.1 " US, true },
		{ "HTTP/1.1 " US " (Apache/1.1)", true },
		{ "1.1\tUS.Example", true },
		{ "1.1   " US ",1.1 b", true },
		{ "1.0 fred, 1.1 p.example.net", false },
		{ US " 1.1", false },
		{ "1.1 " US "x", false },
		{ "1.1", false },
		{ "1.1 x (" US ")", false },
		{ "", false },
	};
	char text[256];

	for (size_t i = 0; i < NITEMS(tests); i++) {
		snprintf(text, sizeof(text), GET "Via: 1.0 x\r\nvia: %s\r\n",
		    tests[i].value);
		is_int(!judge(text), tests[i].found, "Via: %s",
		    tests[i].value);
	}
}

#define OPTIONS	"OPTIONS http://www.example.org:8001 HTTP/1.1\r\n"	\
	"Host: www.example.org:8001\r\n"

static void
test_limited(void)
{
	int status;

	ok(judge(OPTIONS "Max-Forwards: 0\r\n"), "a request that ends here");
	ok(http_request_own(&request, &status), "... is answered here");
	is_int(status, 200, "... with success");
	ok(judge("TRACE http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n"),
	    "TRACE that ends here");
	ok(http_request_own(&request, &status), "... is answered here");
	is_int(status, 501, "... there is no such thing");
	ok(judge(OPTIONS "max-forwards: 7\r\n") &&
	    !http_request_own(&request, &status), "one that goes on");
	is_forwarded("OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n"
	    "Max-Forwards: 6\r\nVia: 1.1 " US "\r\nConnection: close\r\n\r\n",
	    "... by one less");
	ok(judge(GET "Max-Forwards: 0\r\n") &&
	    !http_request_own(&request, &status), "... and GET, always");
	is_forwarded("GET / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n"
	    "Via: 1.1 " US "\r\nConnection: close\r\n\r\n", "... as it is");
}

static void
test_forward(void)
{
	ok(judge("POST http://www.example.org:8080/a?b HTTP/1.1\r\n"
	    "User-Agent: curl/7.64.1\r\n"
	    "Host: other\r\n"
	    "Proxy-Authorization: Basic eDp5\r\n"
	    "Proxy-Connection: Keep-Alive\r\n"
	    "Connection: Keep-Alive, x-One, TE, Upgrade, host\r\n"
	    "Keep-Alive: timeout=5\r\n"
	    "X-One:1\r\n"
	    "X-Two: \r\n"
	    "X-Two:2  2\r\n"
	    "TE: trailers\r\n"
	    "Trailer: Expires\r\n"
	    "Upgrade: h2c\r\n"
	    "Via: 1.0 fred\r\n"
	    "Cookie: a=b\r\n"
	    "Expect: 100-continue\r\n"
	    "transfer-encoding: Chunked\r\n"), "a request of many fields");
	is_forwarded("POST /a?b HTTP/1.1\r\n"
	    "Host: www.example.org:8080\r\n"
	    "User-Agent: curl/7.64.1\r\n"
	    "X-Two: \r\n"
	    "X-Two: 2  2\r\n"
	    "Via: 1.0 fred\r\n"
	    "Cookie: a=b\r\n"
	    "Expect: 100-continue\r\n"
	    "Transfer-Encoding: chunked\r\n"
	    "Via: 1.1 " US "\r\n"
	    "Connection: close\r\n\r\n",
	    "... those for the next one are forwarded");
	judge("PUT http://a/ HTTP/1.0\r\nContent-Length: 007\r\n"
	    "Expect: 100-continue\r\nConnection: Content-Length\r\n");
	is_forwarded("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n"
	    "Via: 1.0 " US "\r\nConnection: close\r\n\r\n",
	    "what frames the body is made anew");
	judge(POST "Content-Length: 0\r\n");
	is_forwarded("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
	    "Via: 1.1 " US "\r\nConnection: close\r\n\r\n",
	    "... also of one that is empty");
}

static void
test_forward_target(void)
{
	static const struct {
		const char	*url, *path, *host;
	} tests[] = {
		{ "http://a", "/", "a" },
		{ "http://a?b", "/?b", "a" },
		{ "http://a/?", "/?", "a" },
		{ "http://[::1]:81//x", "//x", "[::1]:81" },
		{ "HTTP://A:80/\xe4", "/\xe4", "A:80" },
	};
	char text[256], want[256];

	for (size_t i = 0; i < NITEMS(tests); i++) {
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost:\r\n",
		    tests[i].url);
		judge(text);
		snprintf(want, sizeof(want), "GET %s HTTP/1.1\r\nHost: %s\r\n"
		    "Via: 1.1 " US "\r\nConnection: close\r\n\r\n",
		    tests[i].path, tests[i].host);
		is_forwarded(want, tests[i].url);
	}
	judge("OPTIONS http://a?b HTTP/1.1\r\nHost: a\r\n");
	is_forwarded("OPTIONS /?b HTTP/1.1\r\nHost: a\r\nVia: 1.1 " US
	    "\r\nConnection: close\r\n\r\n", "OPTIONS with a query");
}

/* All that there may be in a head has room. */
static void
test_longest(void)
{
	char *text = malloc(HTTP_HEAD_MAX + 1), pseudonym[HTTP_PSEUDONYM_MAX +
	    1], *p;
	size_t n;

	if (text == NULL)
		abort();
	memset(pseudonym, 'p', HTTP_PSEUDONYM_MAX);
	pseudonym[HTTP_PSEUDONYM_MAX] = '\0';
	p = text + sprintf(text, "%s", GET
	    "Content-Length: 9223372036854775807\r\n");
	for (size_t i = 2; i < HTTP_FIELDS_MAX; i++)
		p += sprintf(p, "a:b\r\n");
	p -= 2;
	memset(p, 'x', HTTP_HEAD_MAX - (size_t)(p - text));
	strcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\n");
	parse(head, HTTP_REQUEST, text);
	ok(http_request_judge(&request, head, pseudonym),
	    "a head of all that there may be");
	n = http_request_forward(&request, pseudonym, out);
	ok(n > HTTP_HEAD_MAX, "... is forwarded");
	free(text);
}

/* --- responses ----------------------------------------------------------- */

static void
test_response(void)
{
	judge(GET);
	ok(respond("HTTP/1.0 404 Not \xe4 Found\r\n"
	    "Server: x\r\n"
	    "Connection: close, X-One\r\n"
	    "X-One: 1\r\n"
	    "Content-Length: 007\r\n"
	    "Proxy-Authenticate: Basic realm=\"x\"\r\n"
	    "WWW-Authenticate: Basic realm=\"x\"\r\n"
	    "Keep-Alive: 5\r\n"
	    "Upgrade: h2c\r\n"
	    "Set-Cookie: a=b\r\n"
	    "Set-Cookie : c=d;\r\n e\r\n"), "a response of many fields");
	ok(response.keep && !response.interim, "... its connection may stay");
	is_returned(false, "HTTP/1.1 404 Not \xe4 Found\r\n"
	    "Server: x\r\n"
	    "WWW-Authenticate: Basic realm=\"x\"\r\n"
	    "Set-Cookie: a=b\r\n"
	    "Set-Cookie: c=d;   e\r\n"
	    "Content-Length: 7\r\n"
	    "Via: 1.0 " US "\r\n\r\n",
	    "... those for the next one are returned");
	respond("HTTP/1.1 999\r\nContent-Length: 0\r\n");
	is_returned(true, "HTTP/1.1 999 \r\nContent-Length: 0\r\n"
	    "Via: 1.1 " US "\r\nConnection: close\r\n\r\n",
	    "one that is to be the last");
	judge(GET "Connection: close\r\n");
	respond("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	ok(!response.keep, "the client does not want to stay");
	is_returned(false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
	    "Via: 1.1 " US "\r\nConnection: close\r\n\r\n",
	    "... which is said");
}

static void
test_response_refused(void)
{
	static const char *const tests[] = {
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n",
		"HTTP/1.1 407 Proxy Authentication Required\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
		"HTTP/1.1 204 OK\r\nContent-Length: x\r\n",
	};

	judge(GET);
	for (size_t i = 0; i < NITEMS(tests); i++) {
		ok(!respond(tests[i]), "not forwarded: %s", tests[i]);
		ok(response.why != NULL, "... for a reason");
	}
}

static void
test_response_framing(void)
{
	static const struct {
		const char		*request, *response;
		enum http_framing	 framing;
		bool			 keep;
		const char		*fields;
	} tests[] = {
		{ GET, "200 OK\r\n", HTTP_FRAMING_CHUNKED, true,
		    "Transfer-Encoding: chunked\r\n" },
		{ GET, "200 OK\r\nTransfer-Encoding: chunked\r\n",
		    HTTP_FRAMING_CHUNKED, true,
		    "Transfer-Encoding: chunked\r\n" },
		{ GET, "200 OK\r\nContent-Length: 3\r\n",
		    HTTP_FRAMING_LENGTH, true, "Content-Length: 3\r\n" },
		{ GET_OLD, "200 OK\r\n", HTTP_FRAMING_END, false, "" },
		{ GET_OLD, "200 OK\r\nTransfer-Encoding: chunked\r\n",
		    HTTP_FRAMING_END, false, "" },
		{ GET_OLD, "200 OK\r\nContent-Length: 3\r\n",
		    HTTP_FRAMING_LENGTH, false, "Content-Length: 3\r\n" },
		{ GET, "204 No Content\r\nContent-Length: 3\r\n",
		    HTTP_FRAMING_NONE, true, "" },
		{ GET, "204 No Content\r\nTransfer-Encoding: chunked\r\n",
		    HTTP_FRAMING_NONE, true, "" },
		{ GET, "304 Not Modified\r\nContent-Length: 3\r\n",
		    HTTP_FRAMING_NONE, true, "Content-Length: 3\r\n" },
		{ "HEAD http://a/ HTTP/1.1\r\nHost: a\r\n",
		    "200 OK\r\nContent-Length: 3\r\n", HTTP_FRAMING_NONE,
		    true, "Content-Length: 3\r\n" },
		{ "HEAD http://a/ HTTP/1.1\r\nHost: a\r\n",
		    "200 OK\r\nTransfer-Encoding: chunked\r\n",
		    HTTP_FRAMING_NONE, true, "" },
		{ "HEAD http://a/ HTTP/1.1\r\nHost: a\r\n", "200 OK\r\n",
		    HTTP_FRAMING_NONE, true, "" },
	};
	char text[256], want[256];

	for (size_t i = 0; i < NITEMS(tests); i++) {
		judge(tests[i].request);
		snprintf(text, sizeof(text), "HTTP/1.1 %s", tests[i].response);
		ok(respond(text), "%s, for %s", text, tests[i].request);
		is_int(response.framing, tests[i].framing, "... its framing");
		is_int(response.keep, tests[i].keep,
		    "... whether another one may follow");
		snprintf(want, sizeof(want), "HTTP/1.1 %d %.*s\r\n%sVia: 1.1 "
		    US "\r\n%s\r\n", answer->status, (int)answer->reason.n,
		    answer->reason.at, tests[i].fields, tests[i].keep ? "" :
		    "Connection: close\r\n");
		is_returned(false, want, "... the head for the client");
	}
}

static void
test_interim(void)
{
	judge(GET);
	ok(respond("HTTP/1.1 100 Continue\r\n"), "an interim response");
	ok(response.interim && !response.dropped, "... is one");
	is_returned(true, "HTTP/1.1 100 Continue\r\nVia: 1.1 " US "\r\n\r\n",
	    "... and returned");
	respond("HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\nLink: x\r\n");
	is_returned(true, "HTTP/1.1 103 Early Hints\r\nLink: x\r\nVia: 1.1 " US
	    "\r\n\r\n", "... with fields");
	judge(GET_OLD);
	ok(respond("HTTP/1.1 100 Continue\r\n") && response.dropped,
	    "HTTP/1.0 does not know that");
}
