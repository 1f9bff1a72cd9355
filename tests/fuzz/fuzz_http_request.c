/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/http_response.h"
#include "wire/http_server.h"

#define US	"us.example"

/* One way to feed the input, and what has been sent. */
struct run {
	struct http_server	*s;
	size_t			 used;
	char			*sent;
	size_t			 sent_n;
};

static void	run_init(struct run *, bool);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	run_free(struct run *);
static void	check_same(const struct run *, const struct run *);
static void	check_sent(const struct run *);
static void	check_request(const struct http_request *);
static void	check_forward(const struct http_request *);
static void	check_fields(const struct http_head *,
		    const struct http_head *);
static void	fuzz_response(const struct http_request *,
		    const uint8_t *, size_t);
static int	may(void *, const struct http_head *, char *, size_t);

/* The first byte says whether who asks has to say who he is, the second one is
 * a place to cut at.  What is behind a request is taken for its response. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole, halves, bytes;
	bool asks = false;
	size_t at;

	if (size > 0) {
		asks = *data % 2 == 1;
		data++;
		size--;
	}
	at = fuzz_split(&data, &size);
	run_init(&whole, asks);
	run_init(&halves, asks);
	run_init(&bytes, asks);
	run_feed(&whole, data, size);
	run_feed(&halves, data, at);
	run_feed(&halves, data + at, size - at);
	for (size_t i = 0; i < size; i++)
		run_feed(&bytes, data + i, 1);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	check_sent(&whole);
	if (whole.s->verdict == DIALOGUE_DONE) {
		check_request(&whole.s->request);
		fuzz_response(&whole.s->request, data + whole.used,
		    size - whole.used);
	}
	run_free(&whole);
	run_free(&halves);
	run_free(&bytes);
	return 0;
}

static void
run_init(struct run *run, bool asks)
{
	static const struct http_server_options all = { .pseudonym = US };
	static const struct http_server_options users = { .pseudonym = US,
		.authorize = may };

	run->s = fuzz_alloc(sizeof(*run->s));
	memset(run->s, 0xa5, sizeof(*run->s));
	run->sent = fuzz_alloc(sizeof(run->s->out));
	run->used = run->sent_n = 0;
	http_server_init(run->s, asks ? &users : &all);
}

static void
run_free(struct run *run)
{
	free(run->s);
	free(run->sent);
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	enum dialogue_verdict before = run->s->verdict, verdict;
	const unsigned char *out;
	size_t used;

	verdict = http_server_codec.feed(run->s, copy, n, &used);
	free(copy);
	CHECK(used <= n && (used == n || verdict == DIALOGUE_DONE));
	CHECK(before == DIALOGUE_MORE || verdict == before);
	run->used += used;
	out = http_server_codec.output(run->s, &n);
	CHECK(run->sent_n + n <= sizeof(run->s->out));
	if (n > 0)
		memcpy(run->sent + run->sent_n, out, n);
	run->sent_n += n;
	http_server_codec.sent(run->s, n);
}

static int
may(void *context, const struct http_head *head, char *fields, size_t size)
{
	(void)context;
	if (http_head_count(head, "Proxy-Authorization") > 0)
		return 0;
	snprintf(fields, size, "Proxy-Authenticate: Basic realm=\"x\"\r\n");
	return 407;
}

static void
check_same(const struct run *a, const struct run *b)
{
	struct error err;

	CHECK(a->s->verdict == b->s->verdict && a->used == b->used);
	CHECK(a->sent_n == b->sent_n);
	CHECK(memcmp(a->sent, b->sent, a->sent_n) == 0);
	if (a->s->verdict == DIALOGUE_REFUSED)
		CHECK(http_server_codec.refuse(a->s, "http", &err) ==
		    RESULT_DENIED && strlen(err.text) > 6);
}

/* Another answer begins there; what is said in one does not begin so. */
static bool
is_answer(const char *at, size_t n)
{
	static const char begin[] = "HTTP/1.1 ";

	return n >= sizeof(begin) - 1 &&
	    memcmp(at, begin, sizeof(begin) - 1) == 0;
}

/* All are answers, and the last one says when it is that. */
static void
check_sent(const struct run *run)
{
	struct http_head *h = fuzz_alloc(sizeof(*h));
	const char *at = run->sent;
	size_t left = run->sent_n, used;
	bool closed = false;

	while (left > 0) {
		unsigned long long length = 0;

		CHECK(!closed && is_answer(at, left));
		http_head_init(h, HTTP_RESPONSE);
		http_head_feed(h, (const unsigned char *)at, left, &used);
		CHECK(h->verdict == HTTP_HEAD_DONE);
		at += used;
		left -= used;
		if (left > 0 && !is_answer(at, left))	/* not to HEAD */
			CHECK(http_text_number(http_head_find(h,
			    "Content-Length"), left, &length));
		at += length;
		left -= (size_t)length;
		closed = http_head_lists(h, "Connection", "close");
	}
	CHECK(closed == (run->s->verdict == DIALOGUE_REFUSED));
	free(h);
}

static void
check_request(const struct http_request *r)
{
	int status;

	CHECK(r->status == 0 && r->target.port > 0);
	CHECK(r->target.host[0] != '\0' &&
	    strlen(r->target.host) < HTTP_HOST_MAX);
	CHECK(strpbrk(r->target.host, " \t\r\n/@?#[]%,\"\\") == NULL);
	CHECK(!http_request_own(r, &status));
	if (r->connect)
		CHECK(r->body.verdict == HTTP_BODY_DONE);
	else
		check_forward(r);
}

/* What is forwarded is a strict head, whose body is what it was, and has
 * nothing that is between us and the client. */
static void
check_forward(const struct http_request *r)
{
	struct http_head *h = fuzz_alloc(sizeof(*h));
	char *out = fuzz_alloc(HTTP_FORWARD_MAX);
	size_t n = http_request_forward(r, US, out), used;
	struct http_body body;

	CHECK(n > 0 && n < HTTP_FORWARD_MAX);
	if (n <= HTTP_HEAD_MAX && r->head->fields < HTTP_FIELDS_MAX - 4) {
		http_head_init(h, HTTP_REQUEST);
		http_head_feed(h, (const unsigned char *)out, n, &used);
		CHECK(h->verdict == HTTP_HEAD_DONE && used == n);
		CHECK(h->method.n == r->head->method.n && h->minor == 1);
		CHECK(h->target.at[0] == '/' || http_text_is(&h->target, "*"));
		CHECK(http_head_count(h, "Host") == 1);
		CHECK(http_text_equal(http_head_find(h, "Host"),
		    &r->target.authority));
		CHECK(http_body_init_request(&body, h) == r->body.verdict);
		CHECK(body.framing == r->body.framing);
		CHECK(body.length == r->body.length);
		check_fields(h, r->head);
	}
	free(out);
	free(h);
}

static void
check_fields(const struct http_head *h, const struct http_head *was)
{
	CHECK(http_head_count(h, "Proxy-Authorization") == 0);
	CHECK(http_head_count(h, "Proxy-Connection") == 0);
	CHECK(http_head_count(h, "Connection") == 1);
	CHECK(http_head_lists(h, "Connection", "close"));
	CHECK(http_head_count(h, "TE") == 0);
	CHECK(http_head_count(h, "Upgrade") == 0);
	for (size_t i = 0; i < h->fields; i++) {
		char *name = fuzz_text((const uint8_t *)h->field[i].name.at,
		    h->field[i].name.n);

		CHECK(http_head_count(was, name) > 0 ||
		    strcmp(name, "Connection") == 0 ||
		    strcmp(name, "Via") == 0 || strcmp(name, "Host") == 0);
		CHECK(!http_head_lists(was, "Connection", name) ||
		    strcasecmp(name, "Connection") == 0 ||
		    strcasecmp(name, "Host") == 0 ||
		    strcasecmp(name, "Via") == 0 ||
		    strcasecmp(name, "Max-Forwards") == 0 ||
		    strcasecmp(name, "Content-Length") == 0 ||
		    strcasecmp(name, "Transfer-Encoding") == 0);
		free(name);
	}
}

/* What is returned to the client has the body that the origin's has, if it has
 * one. */
static void
fuzz_response(const struct http_request *r, const uint8_t *data, size_t size)
{
	struct http_head *h = fuzz_alloc(sizeof(*h));
	struct http_head *again = fuzz_alloc(sizeof(*again));
	char *out = fuzz_alloc(HTTP_FORWARD_MAX);
	struct http_response response;
	struct http_body body;
	size_t n, used;

	http_head_init(h, HTTP_RESPONSE);
	http_head_feed(h, data, size, &used);
	if (h->verdict == HTTP_HEAD_DONE &&
	    http_response_judge(&response, h, r)) {
		n = http_response_forward(&response, US, size % 2 == 0, out);
		CHECK(n > 0 && n < HTTP_FORWARD_MAX);
		http_head_init(again, HTTP_RESPONSE);
		http_head_feed(again, (const unsigned char *)out, n, &used);
		if (n <= HTTP_HEAD_MAX && h->fields < HTTP_FIELDS_MAX - 3)
			CHECK(again->verdict == HTTP_HEAD_DONE && used == n &&
			    http_body_init_response(&body, again,
			    r->to_head) <= HTTP_BODY_DONE &&
			    body.framing == response.framing);
	} else if (h->verdict == HTTP_HEAD_DONE) {
		CHECK(response.why != NULL);
	}
	free(out);
	free(again);
	free(h);
}
