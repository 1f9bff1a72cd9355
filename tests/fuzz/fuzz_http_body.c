/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/http_body.h"

/* One way to feed a body. */
struct run {
	struct http_body	 body;
	size_t			 used;
	unsigned char		*data;
	size_t			 data_n;
};

static bool	parse(struct http_head *, uint8_t, const uint8_t **, size_t *);
static void	run_init(struct run *, const struct http_head *, uint8_t,
		    size_t);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	check_same(const struct run *, const struct run *);
static void	check_body(const struct run *, size_t);
static void	check_again(const struct run *);

/*
 * The first byte says whether it is a response, and whether that is one to
 * HEAD; the second one is a place to cut at; then come the head and the body.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head *head = fuzz_alloc(sizeof(*head));
	struct run whole, halves, bytes;
	uint8_t kind = size > 0 ? *data : 0;
	size_t at;

	if (size > 0) {
		data++;
		size--;
	}
	at = fuzz_split(&data, &size);
	if (parse(head, kind, &data, &size)) {
		at = size > 0 ? at % size : 0;
		run_init(&whole, head, kind, size);
		run_init(&halves, head, kind, size);
		run_init(&bytes, head, kind, size);
		run_feed(&whole, data, size);
		run_feed(&halves, data, at);
		run_feed(&halves, data + at, size - at);
		for (size_t i = 0; i < size; i++)
			run_feed(&bytes, data + i, 1);
		check_same(&whole, &bytes);
		check_same(&halves, &bytes);
		check_body(&whole, size);
		check_again(&whole);
		free(whole.data);
		free(halves.data);
		free(bytes.data);
	}
	free(head);
	return 0;
}

/* The head, taken from the front; false: it is none. */
static bool
parse(struct http_head *head, uint8_t kind, const uint8_t **data, size_t *size)
{
	size_t used;

	http_head_init(head, kind % 2 == 0 ? HTTP_REQUEST : HTTP_RESPONSE);
	http_head_feed(head, *data, *size, &used);
	*data += used;
	*size -= used;
	return head->verdict == HTTP_HEAD_DONE;
}

static void
run_init(struct run *run, const struct http_head *head, uint8_t kind,
    size_t size)
{
	enum http_body_verdict verdict;

	run->used = run->data_n = 0;
	run->data = fuzz_alloc(size);
	memset(&run->body, 0xa5, sizeof(run->body));
	verdict = kind % 2 == 0 ? http_body_init_request(&run->body, head) :
	    http_body_init_response(&run->body, head, kind % 4 > 1);
	CHECK(verdict == run->body.verdict);
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	enum http_body_verdict before = run->body.verdict, verdict;
	size_t used = 0, all = 0;
	struct http_text data;

	do {
		verdict = http_body_feed(&run->body, copy + all, n - all,
		    &used, &data);
		CHECK(used <= n - all && data.n <= used);
		CHECK(used > 0 || n == all || verdict == HTTP_BODY_DONE);
		CHECK(http_body_verdict_text(verdict)[0] != '\0');
		CHECK(before == HTTP_BODY_MORE || verdict == before);
		if (data.n > 0) {
			CHECK((const unsigned char *)data.at >= copy + all);
			memcpy(run->data + run->data_n, data.at, data.n);
		}
		run->data_n += data.n;
		all += used;
	} while (all < n && verdict == HTTP_BODY_MORE);
	CHECK(all == n || verdict >= HTTP_BODY_DONE);
	run->used += verdict == HTTP_BODY_DONE ? all : n;
	free(copy);
}

static void
check_same(const struct run *a, const struct run *b)
{
	CHECK(a->body.verdict == b->body.verdict);
	CHECK(a->used == b->used && a->data_n == b->data_n);
	CHECK(memcmp(a->data, b->data, a->data_n) == 0);
}

static void
check_body(const struct run *run, size_t size)
{
	const struct http_body *b = &run->body;

	CHECK(run->data_n <= run->used && run->used <= size);
	CHECK(http_body_verdict_status(b->verdict) >= 400);
	CHECK(b->framing != HTTP_FRAMING_NONE ||
	    b->verdict != HTTP_BODY_MORE);
	if (b->verdict == HTTP_BODY_DONE &&
	    b->framing == HTTP_FRAMING_LENGTH)
		CHECK(run->data_n == b->length && run->used == b->length);
	if (b->verdict == HTTP_BODY_MORE && b->framing == HTTP_FRAMING_END)
		CHECK(run->data_n == size && http_body_ends(b));
	if (b->verdict > HTTP_BODY_DONE)
		CHECK(!http_body_ends(b));
}

/* What is written as one chunk is read as the same data. */
static void
check_again(const struct run *run)
{
	static const char head[] = "POST / HTTP/1.1\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n";
	struct http_head *h = fuzz_alloc(sizeof(*h));
	const uint8_t *p = (const uint8_t *)head;
	size_t n = sizeof(head) - 1, length = 0;
	uint8_t *text = fuzz_alloc(run->data_n + 64);
	struct run again;

	CHECK(parse(h, 0, &p, &n));
	run_init(&again, h, 0, run->data_n);
	if (run->data_n > 0) {
		length = http_chunk_head((char *)text, run->data_n);
		memcpy(text + length, run->data, run->data_n);
		length += run->data_n;
		memcpy(text + length, HTTP_CHUNK_END, 2);
		length += 2;
	}
	memcpy(text + length, HTTP_CHUNK_LAST, 5);
	length += 5;
	run_feed(&again, text, length);
	CHECK(again.body.verdict == HTTP_BODY_DONE && again.used == length);
	CHECK(again.data_n == run->data_n);
	CHECK(memcmp(again.data, run->data, run->data_n) == 0);
	free(again.data);
	free(text);
	free(h);
}
