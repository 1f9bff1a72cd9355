/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tap.h"
#include "wire/http_server.h"

static void	test_reply(void);
static void	test_good(void);
static void	test_next(void);
static void	test_refused(void);
static void	test_authorize(void);
static void	test_tries(void);
static void	test_ends_here(void);

static struct http_server *server;
static char got[sizeof(server->out) + 1];
static size_t got_n;

int
main(void)
{
	server = malloc(sizeof(*server));
	if (server == NULL)
		return 1;
	memset(server, 0xa5, sizeof(*server));
	test_reply();
	test_good();
	test_next();
	test_refused();
	test_authorize();
	test_tries();
	test_ends_here();
	free(server);
	return tap_done();
}

/* --- answers ------------------------------------------------------------- */

static void
test_reply(void)
{
	static const char want[] = "HTTP/1.1 407 Proxy Authentication Required"
	    "\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 4\r\nConnection: close\r\n\r\nwho\n";
	struct http_reply r = { .status = 407, .text = "who", .close = true,
		.fields = "Proxy-Authenticate: Basic realm=\"x\"\r\n" };
	char out[1024];
	size_t n = http_reply(&r, out, sizeof(out));

	is_mem(out, n, want, strlen(want), "an answer");
	is_int((int64_t)http_reply(&r, out, n), 0, "... without room for it");
	r = (struct http_reply){ .status = 502, .to_head = true };
	n = http_reply(&r, out, sizeof(out));
	out[n] = '\0';
	is_str(out, "HTTP/1.1 502 Bad Gateway\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 12\r\n\r\n", "one to HEAD");
	is_str(http_reason(499), "Unknown", "a status that is not known");
	is_int(http_reply_status(RESULT_DENIED), 403, "a place not to go to");
	is_int(http_reply_status(RESULT_TIMEOUT), 504, "... that is slow");
	is_int(http_reply_status(RESULT_LOCAL), 500, "... our own fault");
	is_int(http_reply_status(RESULT_NAME), 502, "... that is not there");
	r = (struct http_reply){ .status = 431 };
	ok(http_reply(&r, out, HTTP_REPLY_MAX) > 0, "the longest reason");
}

/* --- the dialogue -------------------------------------------------------- */

static int
may(void *context, const struct http_head *head, char *fields, size_t size)
{
	const struct http_text *value = http_head_find(head,
	    "Proxy-Authorization");

	if (*(int *)context != 407)
		return *(int *)context;
	if (value != NULL && http_text_is(value, "Basic eDp5"))
		return 0;
	snprintf(fields, size, "Proxy-Authenticate: Basic\r\n");
	return 407;
}

static int asked = 407;
static const struct http_server_options all = { .pseudonym = "us" };
static const struct http_server_options users = { .pseudonym = "us",
	.authorize = may, .context = &asked };

static void
send_all(size_t size)
{
	const unsigned char *data;
	size_t n;

	while ((data = http_server_codec.output(server, &n)), n > 0) {
		n = n < size ? n : size;
		memcpy(got + got_n, data, n);
		got_n += n;
		http_server_codec.sent(server, n);
	}
	got[got_n] = '\0';
}

/* Feed in pieces of `size' bytes; returns how many were used. */
static size_t
feed(const char *in, size_t size)
{
	size_t n = strlen(in), all_used = 0, used;
	enum dialogue_verdict verdict = DIALOGUE_MORE;

	got_n = 0;
	got[0] = '\0';
	while (all_used < n && verdict == DIALOGUE_MORE) {
		size_t piece = n - all_used < size ? n - all_used : size;

		verdict = http_server_codec.feed(server,
		    (const unsigned char *)in + all_used, piece, &used);
		all_used += used;
		send_all(size);
	}
	return all_used;
}

static enum dialogue_verdict
verdict(void)
{
	size_t used;

	return http_server_codec.feed(server, NULL, 0, &used);
}

static void
is_refused(const char *want, const char *what)
{
	struct error err;

	is_int(verdict(), DIALOGUE_REFUSED, "%s", what);
	is_int(http_server_codec.refuse(server, "http", &err), RESULT_DENIED,
	    "... the result");
	is_str(err.text, want, "... the text");
}

#define GET	"GET http://a/b HTTP/1.1\r\nHost: a\r\n"
#define CONNECT	"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n"
#define BASIC	"Proxy-Authorization: Basic eDp5\r\n"
#define END	"\r\n"

static void
test_good(void)
{
	size_t sizes[] = { 1, 5, 1000 };

	for (size_t i = 0; i < NITEMS(sizes); i++) {
		http_server_init(server, &all);
		ok(!http_server_midway(server), "nothing is there yet");
		is_int((int64_t)feed("CON", sizes[i]), 3, "the beginning");
		ok(http_server_midway(server), "... is there");
		is_int((int64_t)feed("NECT a:443 HTTP/1.1\r\nHost:a\r\n\r\nxyz",
		    sizes[i]), 31, "CONNECT, %zu bytes a time", sizes[i]);
		is_int(verdict(), DIALOGUE_DONE, "... is done");
		ok(!http_server_midway(server), "... and not midway");
		ok(server->request.connect, "... it is that");
		is_str(server->request.target.host, "a", "... the host");
		is_int(server->request.target.port, 443, "... the port");
		is_str(got, "", "... nothing is said");
	}
}

static void
test_next(void)
{
	http_server_init(server, &all);
	feed(GET END, 1000);
	is_int(verdict(), DIALOGUE_DONE, "a request");
	is_int((int64_t)feed("x", 1), 0, "... stays done");
	http_server_next(server);
	is_int(verdict(), DIALOGUE_MORE, "the next one is awaited");
	feed("HEAD http://c:81/d HTTP/1.1\r\nHost:\r\n\r\n", 3);
	is_int(verdict(), DIALOGUE_DONE, "... and there");
	is_str(server->request.target.host, "c", "... its host");
	ok(server->request.to_head, "... its method");
}

static void
test_refused(void)
{
	static const struct {
		const char	*in, *line, *why;
	} tests[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		    "HTTP/1.1 400 Bad Request\r\n",
		    "http: this is a proxy, it wants the whole URL" },
		{ "GET http://a/ HTTP/2.0\r\n\r\n",
		    "HTTP/1.1 505 HTTP Version Not Supported\r\n",
		    "http: the version is not HTTP/1.x" },
		{ "\x16\x03\x01", "HTTP/1.1 400 Bad Request\r\n",
		    "http: a control character is in the head" },
		{ GET "Via: 1.1 us\r\n\r\n", "HTTP/1.1 508 Loop Detected\r\n",
		    "http: it was here before" },
		{ "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
		    "HTTP/1.1 501 Not Implemented\r\n",
		    "http: only http:// is relayed; all else goes by "
		    "CONNECT" },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		http_server_init(server, &users);
		feed(tests[i].in, 1000);
		is_refused(tests[i].why, tests[i].in);
		ok(strncmp(got, tests[i].line, strlen(tests[i].line)) == 0,
		    "... the answer");
		ok(strstr(got, "\r\nConnection: close\r\n") != NULL,
		    "... is the last one");
		is_int((int64_t)feed("xy", 1), 1, "... it stays refused");
		is_str(got, "", "... and nothing more is said");
	}
	http_server_init(server, &all);
	feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 1000);
	ok(strstr(got, "\r\n\r\n")[4] == '\0',
	    "the answer to HEAD has no body");
}

static const char ask[] = "HTTP/1.1 407 Proxy Authentication Required\r\n"
    "Proxy-Authenticate: Basic\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 33\r\n";
static const char last[] = "Connection: close\r\n";
static const char body[] = "\r\na user and a password are wanted\n";

static void
is_asked(bool ends, const char *what)
{
	char want[1024];

	snprintf(want, sizeof(want), "%s%s%s", ask, ends ? last : "", body);
	is_str(got, want, "%s", what);
}

static void
test_authorize(void)
{
	asked = 407;
	http_server_init(server, &users);
	is_int((int64_t)feed(CONNECT END, 7), sizeof(CONNECT) + 1,
	    "CONNECT by nobody");
	is_asked(false, "... is asked");
	is_int(verdict(), DIALOGUE_MORE, "... and may say it");
	ok(!http_server_midway(server), "... from the start");
	feed(CONNECT BASIC END "tls", 1000);
	is_int(verdict(), DIALOGUE_DONE, "... which is good");
	is_str(got, "", "... and nothing is said");
	http_server_init(server, &users);
	feed(CONNECT "Connection: close\r\n" END, 1000);
	is_asked(true, "one who does not stay is asked");
	is_refused("http: a user and a password are wanted", "... and ends");
	http_server_init(server, &users);
	feed("CONNECT a:443 HTTP/1.0\r\n\r\n", 1000);
	is_asked(true, "one of HTTP/1.0 does not stay");
	http_server_init(server, &users);
	feed(GET "Content-Length: 1\r\n\r\nx", 1000);
	is_asked(true, "one with a body does not stay");
	asked = 403;
	http_server_init(server, &users);
	feed(GET END, 1000);
	ok(strncmp(got, "HTTP/1.1 403 Forbidden\r\n", 24) == 0,
	    "one who may not");
	is_refused("http: the client may not", "... is refused");
}

/* Also all in one piece. */
static void
test_tries(void)
{
	char in[1024] = "", want[4096];
	size_t sizes[] = { 1, sizeof(in) };

	asked = 407;
	for (int i = 0; i < HTTP_SERVER_TRIES; i++)
		strcat(in, GET END);
	snprintf(want, sizeof(want), "%s%s%s%s%s%s%s%s%s", ask, body, ask,
	    body, ask, body, ask, last, body);
	for (size_t i = 0; i < NITEMS(sizes); i++) {
		http_server_init(server, &users);
		feed(in, sizes[i]);
		is_str(got, want, "who does not learn is asked so often");
		is_int(verdict(), DIALOGUE_REFUSED, "... and refused");
	}
	http_server_init(server, &users);
	for (int i = 0; i < 2 * HTTP_SERVER_TRIES; i++) {
		feed(GET END, 1000);
		feed(GET BASIC END, 1000);
		is_int(verdict(), DIALOGUE_DONE, "who knows it stays");
		http_server_next(server);
	}
}

static void
test_ends_here(void)
{
	http_server_init(server, &all);
	feed("OPTIONS http://a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
	    GET END, 1000);
	ok(strncmp(got, "HTTP/1.1 200 OK\r\n", 17) == 0,
	    "a request that ends here is answered");
	ok(strstr(got, "Connection: close") == NULL, "... and all goes on");
	is_int(verdict(), DIALOGUE_DONE, "... with the next one");
}
