/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tap.h"
#include "wire/http_body.h"

static void	test_requests(void);
static void	test_responses(void);
static void	test_length(void);
static void	test_until_end(void);
static void	test_chunks(void);
static void	test_tolerant(void);
static void	test_bounds(void);
static void	test_stays(void);
static void	test_writing(void);
static void	test_verdicts(void);

static struct http_head *head;
static struct http_body body;
static char got[65536];
static size_t got_n;

int
main(void)
{
	head = malloc(sizeof(*head));
	if (head == NULL)
		return 1;
	test_requests();
	test_responses();
	test_length();
	test_until_end();
	test_chunks();
	test_tolerant();
	test_bounds();
	test_stays();
	test_writing();
	test_verdicts();
	free(head);
	return tap_done();
}

/* --- heads --------------------------------------------------------------- */

/* A head of that start line and these fields. */
static void
parse(enum http_head_kind kind, const char *line, const char *fields)
{
	char text[1024];
	size_t used;

	snprintf(text, sizeof(text), "%s\r\n%s\r\n", line, fields);
	http_head_init(head, kind);
	http_head_feed(head, (const unsigned char *)text, strlen(text), &used);
	if (head->verdict != HTTP_HEAD_DONE)
		abort();
}

struct framed {
	const char		*line, *fields;
	enum http_body_verdict	 verdict;
	enum http_framing	 framing;
	uint64_t		 length;
};

static void
check_framed(const struct framed *f)
{
	is_int(body.verdict, f->verdict, "%s %s: %s", f->line, f->fields,
	    http_body_verdict_text(f->verdict));
	if (f->verdict > HTTP_BODY_DONE)
		return;
	is_int(body.framing, f->framing, "... its framing");
	if (f->framing == HTTP_FRAMING_LENGTH)
		ok(body.length == f->length, "... its length");
}

#define NEW	"POST http://a/ HTTP/1.1"
#define OLD	"POST http://a/ HTTP/1.0"
#define CL	"Content-Length: "
#define TE	"Transfer-Encoding: "
#define END	"\r\n"

/* What a request may say of its body, and what smugglers say. */
static void
test_requests(void)
{
	static const struct framed tests[] = {
		{ NEW, "", HTTP_BODY_DONE, HTTP_FRAMING_NONE, 0 },
		{ OLD, "", HTTP_BODY_DONE, HTTP_FRAMING_NONE, 0 },
		{ NEW, CL "0" END, HTTP_BODY_DONE, HTTP_FRAMING_LENGTH, 0 },
		{ NEW, CL "42" END, HTTP_BODY_MORE, HTTP_FRAMING_LENGTH, 42 },
		{ OLD, CL "042" END, HTTP_BODY_MORE, HTTP_FRAMING_LENGTH, 42 },
		{ NEW, CL "9223372036854775807" END, HTTP_BODY_MORE,
		    HTTP_FRAMING_LENGTH, INT64_MAX },
		{ NEW, TE "chunked" END, HTTP_BODY_MORE, HTTP_FRAMING_CHUNKED,
		    0 },
		{ NEW, "transfer-encoding:CHUNKED\r\n", HTTP_BODY_MORE,
		    HTTP_FRAMING_CHUNKED, 0 },

		{ NEW, CL "1" END CL "1" END, HTTP_BODY_TWO_LENGTHS, 0, 0 },
		{ NEW, CL "1" END "content-length: 2\r\n",
		    HTTP_BODY_TWO_LENGTHS, 0, 0 },
		{ NEW, CL "1, 1" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "1 1" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "+1" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "-1" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "0x1" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "a" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "1.0" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "\"1\"" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "1;x" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "\xd9\xa1" END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL END, HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ NEW, CL "9223372036854775808" END, HTTP_BODY_BAD_LENGTH, 0,
		    0 },
		{ NEW, CL "18446744073709551617" END, HTTP_BODY_BAD_LENGTH, 0,
		    0 },
		{ NEW, CL "5" END TE "chunked" END, HTTP_BODY_BOTH, 0, 0 },
		{ NEW, TE "chunked" END CL "5" END, HTTP_BODY_BOTH, 0, 0 },
		{ NEW, TE "identity" END CL "5" END, HTTP_BODY_BOTH, 0, 0 },
		{ NEW, TE END CL "5" END, HTTP_BODY_BOTH, 0, 0 },
		{ OLD, TE "chunked" END, HTTP_BODY_OLD_CODING, 0, 0 },
		{ OLD, TE "x" END, HTTP_BODY_OLD_CODING, 0, 0 },
		{ NEW, TE "gzip" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "gzip, chunked" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "chunked, chunked" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "chunked" END TE "chunked" END, HTTP_BODY_BAD_CODING,
		    0, 0 },
		{ NEW, TE "chunked" END TE "identity" END,
		    HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "identity" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "xchunked" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "chunked;q=1" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "chunked," END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE ", chunked" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "\"chunked\"" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE "'chunked'" END, HTTP_BODY_BAD_CODING, 0, 0 },
		{ NEW, TE END, HTTP_BODY_BAD_CODING, 0, 0 },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		parse(HTTP_REQUEST, tests[i].line, tests[i].fields);
		http_body_init_request(&body, head);
		check_framed(&tests[i]);
	}
}

static void
test_responses(void)
{
	static const struct framed tests[] = {
		{ "HTTP/1.1 200 OK", "", HTTP_BODY_MORE, HTTP_FRAMING_END, 0 },
		{ "HTTP/1.1 200 OK", CL "3" END, HTTP_BODY_MORE,
		    HTTP_FRAMING_LENGTH, 3 },
		{ "HTTP/1.1 200 OK", CL "0" END, HTTP_BODY_DONE,
		    HTTP_FRAMING_LENGTH, 0 },
		{ "HTTP/1.1 200 OK", TE "chunked" END, HTTP_BODY_MORE,
		    HTTP_FRAMING_CHUNKED, 0 },
		{ "HTTP/1.1 100 Continue", "", HTTP_BODY_DONE,
		    HTTP_FRAMING_NONE, 0 },
		{ "HTTP/1.1 199 X", CL "3" END, HTTP_BODY_DONE,
		    HTTP_FRAMING_NONE, 0 },
		{ "HTTP/1.1 204 No Content", TE "chunked" END, HTTP_BODY_DONE,
		    HTTP_FRAMING_NONE, 0 },
		{ "HTTP/1.1 304 Not Modified", CL "3" END, HTTP_BODY_DONE,
		    HTTP_FRAMING_NONE, 0 },
		{ "HTTP/1.1 205 Reset Content", "", HTTP_BODY_MORE,
		    HTTP_FRAMING_END, 0 },
		{ "HTTP/1.1 304 Not Modified", CL "x" END,
		    HTTP_BODY_BAD_LENGTH, 0, 0 },
		{ "HTTP/1.1 200 OK", CL "3" END CL "3" END,
		    HTTP_BODY_TWO_LENGTHS, 0, 0 },
		{ "HTTP/1.1 200 OK", CL "3" END TE "chunked" END,
		    HTTP_BODY_BOTH, 0, 0 },
		{ "HTTP/1.0 200 OK", TE "chunked" END, HTTP_BODY_OLD_CODING, 0,
		    0 },
		{ "HTTP/1.1 200 OK", TE "gzip, chunked" END,
		    HTTP_BODY_BAD_CODING, 0, 0 },
	};

	for (size_t i = 0; i < NITEMS(tests); i++) {
		parse(HTTP_RESPONSE, tests[i].line, tests[i].fields);
		http_body_init_response(&body, head, false);
		check_framed(&tests[i]);
	}
	parse(HTTP_RESPONSE, "HTTP/1.1 200 OK", CL "3" END);
	is_int(http_body_init_response(&body, head, true), HTTP_BODY_DONE,
	    "the answer to HEAD has no body");
	is_int(body.framing, HTTP_FRAMING_NONE, "... whatever it says");
}

/* --- bodies -------------------------------------------------------------- */

/* Feed in pieces of `size' bytes; returns how many were used. */
static size_t
feed(const char *in, size_t n, size_t size)
{
	size_t all = 0, used;
	struct http_text data;

	got_n = 0;
	while (all < n && body.verdict == HTTP_BODY_MORE) {
		size_t piece = n - all < size ? n - all : size;

		http_body_feed(&body, (const unsigned char *)in + all, piece,
		    &used, &data);
		if (data.n > 0)
			memcpy(got + got_n, data.at, data.n);
		got_n += data.n;
		all += used;
	}
	return all;
}

static void
begin_request(const char *fields)
{
	parse(HTTP_REQUEST, NEW, fields);
	http_body_init_request(&body, head);
}

static void
begin_response(const char *fields)
{
	parse(HTTP_RESPONSE, "HTTP/1.1 200 OK", fields);
	http_body_init_response(&body, head, false);
}

static void
test_length(void)
{
	for (size_t size = 1; size < 12; size++) {
		begin_request(CL "5" END);
		is_int((int64_t)feed("abcdefghijk", 11, size), 5,
		    "%zu bytes a time: the length is used", size);
		is_int(body.verdict, HTTP_BODY_DONE, "... and it is done");
		is_mem(got, got_n, "abcde", 5, "... that was in it");
		ok(http_body_ends(&body), "... it may end there");
	}
	begin_request(CL "5" END);
	feed("abcd", 4, 4);
	is_int(body.verdict, HTTP_BODY_MORE, "a body that is not whole");
	ok(!http_body_ends(&body), "... may not end there");
}

static void
test_until_end(void)
{
	begin_response("");
	is_int((int64_t)feed("abcdefghijk", 11, 4), 11,
	    "until the end: all is used");
	is_int(body.verdict, HTTP_BODY_MORE, "... more may come");
	is_mem(got, got_n, "abcdefghijk", 11, "... all is in it");
	ok(http_body_ends(&body), "... it may end there");
	begin_response("");
	ok(http_body_ends(&body), "... and at its beginning");
}

struct chunked {
	const char		*in;
	const char		*data;
	enum http_body_verdict	 verdict;
};

#define SMALL	"4\r\nWiki\r\n"
#define LAST	"0\r\n"

static const struct chunked chunked[] = {
	{ "4\r\nWiki\r\n7\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\n\r\n",
	    "Wikipedia in \r\nchunks.", HTTP_BODY_DONE },
	{ "0\r\n\r\n", "", HTTP_BODY_DONE },
	{ "00000004\r\nWiki\r\n000\r\n\r\n", "Wiki", HTTP_BODY_DONE },
	{ "a\r\n0123456789\r\n" LAST "\r\n", "0123456789", HTTP_BODY_DONE },
	{ SMALL LAST "Expires: x\r\nMD5:\r\n\r\n", "Wiki", HTTP_BODY_DONE },
	{ SMALL LAST "A:\tb\xff\r\n\r\n", "Wiki", HTTP_BODY_DONE },
	{ "", "", HTTP_BODY_MORE },
	{ "4\r\nWik", "Wik", HTTP_BODY_MORE },
	{ SMALL "0\r\n", "Wiki", HTTP_BODY_MORE },
	{ SMALL "0\r\n\r", "Wiki", HTTP_BODY_MORE },

	{ "\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "x\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "-1\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "+1\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "0x4\r\nWiki", "", HTTP_BODY_BAD_CHUNK },
	{ " 4\r\nWiki", "", HTTP_BODY_BAD_CHUNK },
	{ ";a\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "4_\r\nWiki", "", HTTP_BODY_BAD_CHUNK },
	{ "g\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "8000000000000000\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "10000000000000004\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "00000000000000004\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "4\nWiki\n0\n\n", "", HTTP_BODY_LINE_END },
	{ "4\r\r\nWiki", "", HTTP_BODY_LINE_END },
	{ "4\rWiki", "", HTTP_BODY_LINE_END },
	{ "4\r\nWiki\n", "Wiki", HTTP_BODY_LINE_END },
	{ "4\r\nWikipedia\r\n", "Wiki", HTTP_BODY_LINE_END },
	{ "4\r\nWiki\rx", "Wiki", HTTP_BODY_LINE_END },
	{ "5\r\nWiki\r\n0\r\n\r\n", "Wiki\r", HTTP_BODY_LINE_END },
	{ SMALL "\r\n", "Wiki", HTTP_BODY_BAD_CHUNK },
	{ SMALL "0\n", "Wiki", HTTP_BODY_LINE_END },
	{ SMALL LAST "\n", "Wiki", HTTP_BODY_LINE_END },
	{ SMALL LAST "\rx", "Wiki", HTTP_BODY_LINE_END },
	{ SMALL LAST "a: b\n\n", "Wiki", HTTP_BODY_LINE_END },
	{ SMALL LAST "a: b\rc", "Wiki", HTTP_BODY_LINE_END },
	{ SMALL LAST "a\r\n\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
	{ SMALL LAST "a : b\r\n\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
	{ SMALL LAST " a: b\r\n\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
	{ SMALL LAST ": b\r\n\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
	{ SMALL LAST "a: b\r\n c\r\n\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
	{ SMALL LAST "a: \x01\r\n\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
	{ SMALL LAST "GET / HTTP/1.1\r\n", "Wiki", HTTP_BODY_BAD_TRAILER },
};

static const struct chunked extended[] = {
	{ "4;a=b\r\nWiki\r\n0\r\n\r\n", "", HTTP_BODY_EXTENSION },
	{ "4;\r\nWiki\r\n0\r\n\r\n", "", HTTP_BODY_EXTENSION },
	{ "4 \r\nWiki\r\n0\r\n\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ "4\t\r\nWiki\r\n0\r\n\r\n", "", HTTP_BODY_BAD_CHUNK },
	{ SMALL "0;x\r\n\r\n", "Wiki", HTTP_BODY_EXTENSION },
};

/* However it is cut, and with the next message glued to it. */
static void
check_chunked(const struct chunked *c, bool response)
{
	char in[256];
	size_t n = strlen(c->in), pieces[] = { 1, 3, 255 };

	strcpy(in, c->in);
	if (c->verdict == HTTP_BODY_DONE)
		strcat(in, "GET");
	for (size_t i = 0; i < NITEMS(pieces); i++) {
		if (response)
			begin_response(TE "chunked" END);
		else
			begin_request(TE "chunked" END);
		ok(feed(in, strlen(in), pieces[i]) <= n,
		    "%s, %zu bytes a time", c->in, pieces[i]);
		is_int(body.verdict, c->verdict, "... %s",
		    http_body_verdict_text(c->verdict));
		is_mem(got, got_n, c->data, strlen(c->data), "... the data");
		is_int(http_body_ends(&body), c->verdict == HTTP_BODY_DONE,
		    "... whether it may end there");
	}
}

static void
test_chunks(void)
{
	for (size_t i = 0; i < NITEMS(chunked); i++) {
		check_chunked(&chunked[i], false);
		check_chunked(&chunked[i], true);
	}
	for (size_t i = 0; i < NITEMS(extended); i++)
		check_chunked(&extended[i], false);
	begin_request(TE "chunked" END);
	is_int((int64_t)feed("0\r\n\r\nGET", 8, 8), 5,
	    "what is behind the last chunk is left");
}

/* RFC 9112, section 7.1.1. */
static void
test_tolerant(void)
{
	static const struct chunked tests[] = {
		{ "4;a=b;c=\"d e\"\r\nWiki\r\n0;x\r\n\r\n", "Wiki",
		    HTTP_BODY_DONE },
		{ "4  \r\nWiki\r\n0\t\r\n\r\n", "Wiki", HTTP_BODY_DONE },
		{ "4 ; a\r\nWiki\r\n0\r\n\r\n", "Wiki", HTTP_BODY_DONE },
		{ "4;a\nWiki", "", HTTP_BODY_LINE_END },
		{ "4;a\rWiki", "", HTTP_BODY_LINE_END },
		{ "4;\x01\r\nWiki", "", HTTP_BODY_EXTENSION },
	};

	for (size_t i = 0; i < NITEMS(tests); i++)
		check_chunked(&tests[i], true);
}

static void
test_bounds(void)
{
	char *in = malloc(2 * HTTP_TRAILER_MAX), *p;

	if (in == NULL)
		abort();
	memset(in, 'x', 2 * HTTP_TRAILER_MAX);
	memcpy(in, "4;", 2);
	memcpy(in + 2 + HTTP_EXTENSION_MAX, BYTES("\r\nWiki"));
	begin_response(TE "chunked" END);
	feed(in, HTTP_EXTENSION_MAX + 8, 100);
	is_mem(got, got_n, "Wiki", 4, "an extension as long as it may be");
	begin_response(TE "chunked" END);
	in[2 + HTTP_EXTENSION_MAX] = 'x';
	feed(in, HTTP_EXTENSION_MAX + 8, 100);
	is_int(body.verdict, HTTP_BODY_EXTENSION, "one byte more");
	memcpy(in, BYTES(LAST));
	for (p = in + 3; p < in + 3 + HTTP_TRAILER_MAX; p += 4)
		memcpy(p, "a:\r\n", 4);
	memcpy(p - 2, "\r\n\r\n", 4);
	begin_request(TE "chunked" END);
	feed(in, (size_t)(p - in), 100);
	is_int(body.verdict, HTTP_BODY_MORE, "fields as long as they may be");
	feed("a", 1, 1);
	is_int(body.verdict, HTTP_BODY_LONG_TRAILER, "one byte more");
	free(in);
}

static void
test_stays(void)
{
	struct http_text data;
	size_t used;

	begin_request(CL "3" END);
	feed("abc", 3, 3);
	is_int(http_body_feed(&body, (const unsigned char *)"d", 1, &used,
	    &data), HTTP_BODY_DONE, "what is done stays so");
	ok(used == 0 && data.n == 0, "... and uses nothing");
	begin_request(TE "chunked" END);
	feed("x", 1, 1);
	is_int(http_body_feed(&body, (const unsigned char *)"4", 1, &used,
	    &data), HTTP_BODY_BAD_CHUNK, "what is wrong stays so");
	ok(used == 1 && data.n == 0, "... and uses all");
	ok(!http_body_ends(&body), "... it may not end there");
}

static void
test_writing(void)
{
	char buf[HTTP_CHUNK_HEAD_MAX], text[128];
	size_t n;

	n = http_chunk_head(buf, 0x1a2);
	is_mem(buf, n, "1a2\r\n", 5, "what is before a chunk");
	n = http_chunk_head(buf, SIZE_MAX);
	ok(n == strlen(buf) && n < sizeof(buf), "... of the longest one");
	http_chunk_head(buf, 5);
	snprintf(text, sizeof(text), "%shello%s%s", buf, HTTP_CHUNK_END,
	    HTTP_CHUNK_LAST);
	begin_request(TE "chunked" END);
	feed(text, strlen(text), 2);
	is_int(body.verdict, HTTP_BODY_DONE, "what is written can be read");
	is_mem(got, got_n, "hello", 5, "... and has the same data");
}

static void
test_verdicts(void)
{
	for (int v = HTTP_BODY_MORE; v <= HTTP_BODY_LONG_TRAILER; v++)
		ok(http_body_verdict_text((enum http_body_verdict)v)[0] !=
		    '\0', "verdict %d has a text", v);
	is_int(http_body_verdict_status(HTTP_BODY_BOTH), 400, "a status");
	is_int(http_body_verdict_status(HTTP_BODY_BAD_CODING), 501,
	    "... of a coding that nobody has");
}
