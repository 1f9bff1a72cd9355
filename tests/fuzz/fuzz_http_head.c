/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/http_head.h"

/* One way to feed the input. */
struct run {
	struct http_head	*h;
	size_t			 used;
};

static void	run_init(struct run *, enum http_head_kind);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	check_same(const struct run *, const struct run *);
static void	check_head(const struct run *, size_t);
static void	check_strict(const struct run *, const uint8_t *);
static void	check_text(const struct http_head *, const struct http_text *);
static void	check_field(const struct http_head *, size_t);
static void	check_list(struct http_text);

/* The first byte is the kind, the second one a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum http_head_kind kind = HTTP_REQUEST;
	struct run whole, halves, bytes;
	size_t at;

	if (size > 0) {
		kind = *data % 2 == 0 ? HTTP_REQUEST : HTTP_RESPONSE;
		data++;
		size--;
	}
	at = fuzz_split(&data, &size);
	run_init(&whole, kind);
	run_init(&halves, kind);
	run_init(&bytes, kind);
	run_feed(&whole, data, size);
	run_feed(&halves, data, at);
	run_feed(&halves, data + at, size - at);
	for (size_t i = 0; i < size; i++)
		run_feed(&bytes, data + i, 1);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	check_head(&whole, size);
	if (kind == HTTP_REQUEST)
		check_strict(&whole, data);
	free(whole.h);
	free(halves.h);
	free(bytes.h);
	return 0;
}

static void
run_init(struct run *run, enum http_head_kind kind)
{
	run->h = fuzz_alloc(sizeof(*run->h));
	memset(run->h, 0xa5, sizeof(*run->h));
	run->used = 0;
	http_head_init(run->h, kind);
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	enum http_head_verdict before = run->h->verdict, verdict;
	size_t used;

	verdict = http_head_feed(run->h, copy, n, &used);
	free(copy);
	CHECK(used <= n);
	CHECK(used == n || verdict == HTTP_HEAD_DONE);
	CHECK(before == HTTP_HEAD_MORE || verdict == before);
	CHECK(http_head_verdict_text(verdict)[0] != '\0');
	CHECK(http_head_verdict_status(verdict) >= 400);
	run->used += used;
}

static void
check_same(const struct run *a, const struct run *b)
{
	const struct http_head *h = a->h, *other = b->h;

	CHECK(h->verdict == other->verdict && a->used == b->used);
	if (h->verdict != HTTP_HEAD_DONE)
		return;
	CHECK(h->fields == other->fields && h->n == other->n);
	CHECK(memcmp(h->data, other->data, h->n) == 0);
	CHECK(h->minor == other->minor && h->status == other->status);
}

static void
check_head(const struct run *run, size_t size)
{
	const struct http_head *h = run->h;

	CHECK(h->fields <= HTTP_FIELDS_MAX && h->n <= HTTP_HEAD_MAX);
	CHECK(run->used <= size);
	if (h->verdict != HTTP_HEAD_DONE)
		return;
	CHECK(h->minor == 0 || h->minor == 1);
	if (h->kind == HTTP_REQUEST) {
		check_text(h, &h->target);
		CHECK(http_text_is_token(&h->method) && h->target.n > 0);
	} else {
		CHECK(h->status >= 100 && h->status <= 999);
		if (h->reason.n > 0)
			check_text(h, &h->reason);
	}
	for (size_t i = 0; i < h->fields; i++)
		check_field(h, i);
}

/* No byte of a head that was taken could be read in another way: each line ends
 * with CRLF, and neither stands anywhere else. */
static void
check_strict(const struct run *run, const uint8_t *in)
{
	if (run->h->verdict != HTTP_HEAD_DONE)
		return;
	for (size_t i = 0; i < run->used; i++) {
		CHECK(in[i] >= ' ' || in[i] == '\t' || in[i] == '\r' ||
		    in[i] == '\n');
		if (in[i] == '\r')
			CHECK(i + 1 < run->used && in[i + 1] == '\n');
		if (in[i] == '\n')
			CHECK(i > 0 && in[i - 1] == '\r');
		if (i > 0 && in[i - 1] == '\n')
			CHECK(in[i] != ' ' && in[i] != '\t');
	}
}

/* It is in the head, and in one line. */
static void
check_text(const struct http_head *h, const struct http_text *text)
{
	CHECK(text->at >= h->data && text->at + text->n <= h->data + h->n);
	for (size_t i = 0; i < text->n; i++)
		CHECK((unsigned char)text->at[i] >= ' ' || text->at[i] == '\t');
}

static void
check_field(const struct http_head *h, size_t i)
{
	const struct http_field *f = &h->field[i];
	char *name = fuzz_text((const uint8_t *)f->name.at, f->name.n);
	const struct http_text *value;
	size_t next = i;

	check_text(h, &f->name);
	check_text(h, &f->value);
	CHECK(http_text_is_token(&f->name));
	CHECK(http_text_trim(f->value).n == f->value.n);
	value = http_head_find(h, name);
	CHECK(value != NULL && value <= &f->value);
	CHECK(http_head_next(h, name, &next) == &f->value && next == i + 1);
	CHECK(http_head_count(h, name) > 0);
	check_list(f->value);
	free(name);
}

/* Each member is not empty, trimmed, and found. */
static void
check_list(struct http_text list)
{
	struct http_text rest = list, member;

	while (http_list_next(&rest, &member)) {
		char *text = fuzz_text((const uint8_t *)member.at, member.n);

		CHECK(member.n > 0 && http_text_trim(member).n == member.n);
		CHECK(memchr(member.at, ',', member.n) == NULL);
		CHECK(http_list_has(list, text));
		free(text);
	}
	CHECK(rest.n == 0);
}
