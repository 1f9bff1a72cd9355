/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tap.h"
#include "wire/http_head.h"

static void	test_text(void);
static void	test_numbers(void);
static void	test_lists(void);
static void	test_request(void);
static void	test_response(void);
static void	test_requests(void);
static void	test_responses(void);
static void	test_fields(void);
static void	test_folded(void);
static void	test_bounds(void);
static void	test_stays(void);
static void	test_verdicts(void);

static struct http_head *head;

int
main(void)
{
	head = malloc(sizeof(*head));
	if (head == NULL)
		return 1;
	memset(head, 0xa5, sizeof(*head));
	test_text();
	test_numbers();
	test_lists();
	test_request();
	test_response();
	test_requests();
	test_responses();
	test_fields();
	test_folded();
	test_bounds();
	test_stays();
	test_verdicts();
	free(head);
	return tap_done();
}

/* --- texts --------------------------------------------------------------- */

static struct http_text
text_of(const char *s)
{
	return (struct http_text){ s, strlen(s) };
}

#define is_text(text, want, ...)					\
	is_mem((text).at, (text).n, (want), strlen(want), __VA_ARGS__)

static void
test_text(void)
{
	struct http_text t = text_of("Keep-Alive"), blank = text_of(" \t ");
	struct http_text other = text_of("kEEP-aLIVE");
	static const char *const none[] = { "", "a b", "a:", "\"a\"", "a,",
		"(a)", "\xe4", "a/b", "a\tb", "a=b" };

	ok(http_text_is(&t, "keep-alive"), "a text is a word in another case");
	ok(!http_text_is(&t, "keep-aliv"), "... not a shorter one");
	ok(!http_text_is(&t, "keep_alive"), "... nor another one");
	ok(http_text_equal(&t, &other), "two texts are equal");
	is_text(http_text_trim(text_of(" \ta b\t ")), "a b",
	    "blanks on both sides are trimmed");
	is_int((int64_t)http_text_trim(blank).n, 0, "... and all there are");
	t = text_of("aZ09!#$%&'*+-.^_`|~");
	ok(http_text_is_token(&t), "all characters of a token");
	for (size_t i = 0; i < NITEMS(none); i++) {
		t = text_of(none[i]);
		ok(!http_text_is_token(&t), "\"%s\" is no token", none[i]);
	}
	t = (struct http_text){ BYTES("a\0b") };
	ok(!http_text_is_token(&t), "nor is one with a NUL");
}

static void
test_numbers(void)
{
	static const struct {
		const char		*text;
		unsigned long long	 most, value;
		bool			 good;
	} tests[] = {
		{ "0", 0, 0, true },
		{ "1", 0, 0, false },
		{ "007", 7, 7, true },
		{ "8", 7, 0, false },
		{ "65535", 65535, 65535, true },
		{ "65536", 65535, 0, false },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "99999999999999999999", UINT64_MAX, 0, false },
		{ "", 9, 0, false },
		{ "+1", 9, 0, false },
		{ "-1", 9, 0, false },
		{ " 1", 9, 0, false },
		{ "1 ", 9, 0, false },
		{ "0x1", 9, 0, false },
		{ "1,1", 99, 0, false },
		{ "1.0", 99, 0, false },
		{ "1e1", 99, 0, false },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		struct http_text t = text_of(tests[i].text);
		unsigned long long value = 4711;

		is_int(http_text_number(&t, tests[i].most, &value),
		    tests[i].good, "the number \"%s\"", t.at);
		ok(value == (tests[i].good ? tests[i].value : 4711),
		    "... its value");
	}
}

/* RFC 9110, section 5.6.1.2, and what else may be there. */
static void
test_lists(void)
{
	struct http_text rest = text_of(", foo ,,\tbar,charlie, "), t;

	ok(http_list_next(&rest, &t), "a list has a member");
	is_text(t, "foo", "... the first one");
	ok(http_list_next(&rest, &t) && http_text_is(&t, "bar"),
	    "... the second one");
	ok(http_list_next(&rest, &t) && http_text_is(&t, "charlie"),
	    "... the third one");
	ok(!http_list_next(&rest, &t), "... and no more");
	rest = text_of(", , ");
	ok(!http_list_next(&rest, &t), "a list of nothing");
	ok(http_list_has(text_of("a, Close"), "close"), "a list has a member");
	ok(!http_list_has(text_of("a, closed"), "close"),
	    "... not one that begins like it");
	ok(!http_list_has(text_of(""), ""), "an empty one is no member");
}

/* --- heads --------------------------------------------------------------- */

/* Feed in pieces of `size' bytes; returns how many were used. */
static size_t
feed(enum http_head_kind kind, const char *in, size_t n, size_t size)
{
	size_t all = 0, used;

	http_head_init(head, kind);
	while (all < n) {
		size_t piece = n - all < size ? n - all : size;

		http_head_feed(head, (const unsigned char *)in + all, piece,
		    &used);
		all += used;
		if (used < piece)
			break;
	}
	return all;
}

/* RFC 9112, sections 2.1 and 3; however it is cut. */
static void
test_request(void)
{
	static const char in[] = "GET http://www.example.org/hello.txt "
	    "HTTP/1.1\r\n"
	    "User-Agent: curl/7.64.1\r\n"
	    "Host:www.example.org\r\n"
	    "Accept-Language: \t en, mi \t\r\n"
	    "Empty:\r\n"
	    "\r\n";
	static const char all[] = "data\r\n\r\n";
	char glued[sizeof(in) + sizeof(all)];
	size_t sizes[] = { 1, 2, 7, 1000 };

	snprintf(glued, sizeof(glued), "%s%s", in, all);
	for (size_t i = 0; i < NITEMS(sizes); i++) {
		is_int((int64_t)feed(HTTP_REQUEST, glued, strlen(glued),
		    sizes[i]), (int64_t)strlen(in), "%zu bytes a time: what "
		    "is behind the head is left", sizes[i]);
		is_int(head->verdict, HTTP_HEAD_DONE, "... it is done");
		is_text(head->method, "GET", "... the method");
		is_text(head->target, "http://www.example.org/hello.txt",
		    "... the target");
		is_int(head->minor, 1, "... the version");
		is_int((int64_t)head->fields, 4, "... so many fields");
		is_text(head->field[0].name, "User-Agent", "... a name");
		is_text(head->field[0].value, "curl/7.64.1", "... a value");
		is_text(head->field[1].value, "www.example.org",
		    "... a value without a blank");
		is_text(head->field[2].value, "en, mi",
		    "... blanks around it are not in it");
		is_int((int64_t)head->field[3].value.n, 0, "... an empty one");
		is_int(head->status, 0, "... no status");
	}
}

static void
test_response(void)
{
	static const char in[] = "HTTP/1.1 407 Proxy Authentication Required"
	    "\r\n"
	    "Proxy-Authenticate : Basic realm=\"x\"\n"
	    "Proxy-Authenticate: Digest realm=\"x\"\r\n"
	    "\n";

	is_int((int64_t)feed(HTTP_RESPONSE, in, strlen(in), 1),
	    (int64_t)strlen(in), "a response is used");
	is_int(head->verdict, HTTP_HEAD_DONE, "... and done");
	is_int(head->status, 407, "... the status");
	is_text(head->reason, "Proxy Authentication Required",
	    "... the reason");
	is_text(head->field[0].name, "Proxy-Authenticate",
	    "... a name without the blank before the colon");
	is_int((int64_t)http_head_count(head, "proxy-authenticate"), 2,
	    "... two fields of a name");
	is_int((int64_t)head->method.n, 0, "... no method");
}

struct example {
	const char		*in;
	enum http_head_verdict	 verdict;
};

static void
check(enum http_head_kind kind, const char *in, size_t n,
    enum http_head_verdict verdict)
{
	feed(kind, in, n, n);
	is_int(head->verdict, verdict, "%.*s: %s", (int)(n < 100 ? n : 100),
	    in, http_head_verdict_text(verdict));
	feed(kind, in, n, 1);
	is_int(head->verdict, verdict, "... byte by byte");
}

#define END	"\r\n\r\n"
#define LINE	"GET / HTTP/1.1\r\n"

static void
test_requests(void)
{
	static const struct example tests[] = {
		{ "GET / HTTP/1.1" END, HTTP_HEAD_DONE },
		{ "GET / HTTP/1.0" END, HTTP_HEAD_DONE },
		{ "GET / HTTP/1.9" END, HTTP_HEAD_DONE },
		{ "M-SEARCH * HTTP/1.1" END, HTTP_HEAD_DONE },
		{ "GET /\xc3\xa4 HTTP/1.1" END, HTTP_HEAD_DONE },
		{ "\r\nGET / HTTP/1.1" END, HTTP_HEAD_DONE },
		{ "", HTTP_HEAD_MORE },
		{ "GET / HTTP/1.1\r\n\r", HTTP_HEAD_MORE },
		{ "\r\n", HTTP_HEAD_MORE },
		{ "\r\n\r\nGET / HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET /" END, HTTP_HEAD_BAD_LINE },
		{ "GET" END, HTTP_HEAD_BAD_LINE },
		{ "GET  / HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET /  HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/1.1 " END, HTTP_HEAD_BAD_LINE },
		{ "GET /\ta HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET\t/ HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ " GET / HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / b HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "G(T / HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / http/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/x.1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/1.x" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/1.10" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/1,1" END, HTTP_HEAD_BAD_LINE },
		{ "GET / HTTP/11" END, HTTP_HEAD_BAD_LINE },
		{ "GET / XTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "PRI * HTTP/2.0" END, HTTP_HEAD_BAD_VERSION },
		{ "GET / HTTP/0.9" END, HTTP_HEAD_BAD_VERSION },
		{ "GET / HTTP/3" END, HTTP_HEAD_BAD_VERSION },
		{ "GET / HTTP/1.1\n", HTTP_HEAD_BARE_LF },
		{ LINE "Host: a\nX: b" END, HTTP_HEAD_BARE_LF },
		{ LINE "Host: a\r\n\n", HTTP_HEAD_BARE_LF },
		{ "\nGET / HTTP/1.1" END, HTTP_HEAD_BARE_LF },
		{ "GET / HTTP/1.1\rX", HTTP_HEAD_BARE_CR },
		{ LINE "Host: a\rX: b" END, HTTP_HEAD_BARE_CR },
		{ LINE "Host: a\r\r\n", HTTP_HEAD_BARE_CR },
		{ LINE "X: a\x01" "b" END, HTTP_HEAD_CONTROL },
		{ LINE "X: a\x7f" END, HTTP_HEAD_CONTROL },
		{ "\x16\x03\x01", HTTP_HEAD_CONTROL },
		{ "\x05\x01", HTTP_HEAD_CONTROL },
		{ LINE "X: a\tb" END, HTTP_HEAD_DONE },
		{ LINE "X: \xe4\xff" END, HTTP_HEAD_DONE },
		{ LINE "X: a\r\n b" END, HTTP_HEAD_FOLDED },
		{ LINE "X: a\r\n\tb" END, HTTP_HEAD_FOLDED },
		{ LINE " X: a" END, HTTP_HEAD_FOLDED },
		{ LINE "X: a\r\n " END, HTTP_HEAD_FOLDED },
		{ LINE "Host" END, HTTP_HEAD_NO_COLON },
		{ LINE "Host : a" END, HTTP_HEAD_BAD_NAME },
		{ LINE "Host\t: a" END, HTTP_HEAD_BAD_NAME },
		{ LINE ": a" END, HTTP_HEAD_BAD_NAME },
		{ LINE "a b: c" END, HTTP_HEAD_BAD_NAME },
		{ LINE "a\xe4: c" END, HTTP_HEAD_BAD_NAME },
		{ LINE "a@b: c" END, HTTP_HEAD_BAD_NAME },
		{ LINE "a::b" END, HTTP_HEAD_DONE },
	};

	for (size_t i = 0; i < NITEMS(tests); i++)
		check(HTTP_REQUEST, tests[i].in, strlen(tests[i].in),
		    tests[i].verdict);
	check(HTTP_REQUEST, BYTES(LINE "X: a\0b" END), HTTP_HEAD_CONTROL);
	check(HTTP_REQUEST, BYTES("GET /\0 HTTP/1.1" END), HTTP_HEAD_CONTROL);
}

#define STATUS	"HTTP/1.1 200 OK\r\n"

static void
test_responses(void)
{
	static const struct example tests[] = {
		{ "HTTP/1.1 200 OK" END, HTTP_HEAD_DONE },
		{ "HTTP/1.1 200 " END, HTTP_HEAD_DONE },
		{ "HTTP/1.1 200" END, HTTP_HEAD_DONE },
		{ "HTTP/1.0 999 \xe4\tb" END, HTTP_HEAD_DONE },
		{ "HTTP/1.1 200 OK\n\n", HTTP_HEAD_DONE },
		{ STATUS "A : b" END, HTTP_HEAD_DONE },
		{ STATUS "A: b\r\n c" END, HTTP_HEAD_DONE },
		{ "\r\nHTTP/1.1 200 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1  200 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1 20 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1 2000 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1 099 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1 +20 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1 2x0 OK" END, HTTP_HEAD_BAD_LINE },
		{ "ICY 200 OK" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/1.1\t200 OK" END, HTTP_HEAD_BAD_LINE },
		{ "SSH-2.0-OpenSSH_9.2p1" END, HTTP_HEAD_BAD_LINE },
		{ "HTTP/2 200 OK" END, HTTP_HEAD_BAD_VERSION },
		{ STATUS "A: b\rc" END, HTTP_HEAD_BARE_CR },
		{ STATUS "A: b\x1b[2J" END, HTTP_HEAD_CONTROL },
		{ STATUS " A: b" END, HTTP_HEAD_FOLDED },
		{ STATUS "A" END, HTTP_HEAD_NO_COLON },
		{ STATUS "A B: c" END, HTTP_HEAD_BAD_NAME },
		{ STATUS " : c" END, HTTP_HEAD_FOLDED },
		{ STATUS ": c" END, HTTP_HEAD_BAD_NAME },
	};

	for (size_t i = 0; i < NITEMS(tests); i++)
		check(HTTP_RESPONSE, tests[i].in, strlen(tests[i].in),
		    tests[i].verdict);
}

static void
test_fields(void)
{
	static const char in[] = LINE "Connection: keep-alive\r\n"
	    "Host: a\r\nCONNECTION: Close , x-one\r\n\r\n";
	const struct http_text *value;
	size_t i = 0;

	feed(HTTP_REQUEST, in, strlen(in), strlen(in));
	value = http_head_find(head, "host");
	ok(value != NULL && http_text_is(value, "a"), "a field is found");
	ok(http_head_find(head, "hos") == NULL, "one that is not there is not");
	value = http_head_next(head, "connection", &i);
	ok(value != NULL && http_text_is(value, "keep-alive"),
	    "the first of two of a name");
	value = http_head_next(head, "connection", &i);
	ok(value != NULL && http_text_is(value, "close , x-one"),
	    "... the second one");
	ok(http_head_next(head, "connection", &i) == NULL, "... and no more");
	is_int((int64_t)http_head_count(head, "connection"), 2,
	    "... there are two");
	ok(http_head_lists(head, "Connection", "close"),
	    "a member of the second one");
	ok(http_head_lists(head, "Connection", "Keep-Alive"),
	    "... of the first one");
	ok(!http_head_lists(head, "Connection", "keep"), "... of none");
}

/* RFC 9112, section 5.2. */
static void
test_folded(void)
{
	static const char in[] = STATUS "A: b \r\n  c\n\td\r\nE:\r\n f\r\n"
	    "G:\r\n \r\n\r\n";

	feed(HTTP_RESPONSE, in, strlen(in), 3);
	is_int(head->verdict, HTTP_HEAD_DONE, "values in several lines");
	is_int((int64_t)head->fields, 3, "... of three fields");
	is_text(head->field[0].value, "b     c \td",
	    "... with blanks for the ends of lines");
	is_text(head->field[1].value, "f", "... all in the second line");
	is_int((int64_t)head->field[2].value.n, 0, "... and nothing there");
}

static void
test_bounds(void)
{
	size_t n = HTTP_HEAD_MAX + 1;
	char *in = malloc(n), *p;

	if (in == NULL)
		abort();
	memset(in, 'x', n);
	memcpy(in, BYTES("GET /"));
	check(HTTP_REQUEST, in, n, HTTP_HEAD_LINE_TOO_LONG);
	memcpy(in, BYTES(LINE "A: "));
	check(HTTP_REQUEST, in, n, HTTP_HEAD_TOO_LONG);
	memcpy(in + HTTP_HEAD_MAX - 4, BYTES(END));
	is_int((int64_t)feed(HTTP_REQUEST, in, n, n), HTTP_HEAD_MAX,
	    "a head of all the bytes that are allowed");
	is_int(head->verdict, HTTP_HEAD_DONE, "... is done");
	p = in + sizeof(LINE) - 1;
	for (size_t i = 0; i <= HTTP_FIELDS_MAX; i++, p += 4)
		memcpy(p, BYTES("a:\r\n"));
	check(HTTP_REQUEST, in, (size_t)(p - in), HTTP_HEAD_TOO_MANY);
	memcpy(p - 4, BYTES("\r\n"));
	check(HTTP_REQUEST, in, (size_t)(p - in), HTTP_HEAD_DONE);
	is_int((int64_t)head->fields, HTTP_FIELDS_MAX, "... with all fields");
	free(in);
}

static void
test_stays(void)
{
	const unsigned char *in = (const unsigned char *)LINE "\r\n";
	size_t used = 4711;

	feed(HTTP_REQUEST, LINE "\r\n", sizeof(LINE) + 1, 100);
	is_int(http_head_feed(head, in, 4, &used), HTTP_HEAD_DONE,
	    "what is done stays so");
	is_int((int64_t)used, 0, "... and uses nothing");
	feed(HTTP_REQUEST, "GET\n", 4, 100);
	is_int(http_head_feed(head, in, 4, &used), HTTP_HEAD_BARE_LF,
	    "what is wrong stays so");
	is_int((int64_t)used, 4, "... and uses all");
	is_int(http_head_feed(head, NULL, 0, &used), HTTP_HEAD_BARE_LF,
	    "... with nothing, too");
}

static void
test_verdicts(void)
{
	for (int v = HTTP_HEAD_MORE; v <= HTTP_HEAD_BAD_NAME; v++)
		ok(http_head_verdict_text((enum http_head_verdict)v)[0] !=
		    '\0', "verdict %d has a text", v);
	is_int(http_head_verdict_status(HTTP_HEAD_BARE_LF), 400, "a status");
	is_int(http_head_verdict_status(HTTP_HEAD_LINE_TOO_LONG), 414,
	    "... of a line that is too long");
	is_int(http_head_verdict_status(HTTP_HEAD_TOO_LONG), 431,
	    "... of a head that is too long");
	is_int(http_head_verdict_status(HTTP_HEAD_TOO_MANY), 431,
	    "... of too many fields");
	is_int(http_head_verdict_status(HTTP_HEAD_BAD_VERSION), 505,
	    "... of a version");
}
