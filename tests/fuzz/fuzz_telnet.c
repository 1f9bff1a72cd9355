/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/telnet.h"

#define IAC	255
#define DONT	254
#define WONT	252

/* What has come out so far. */
struct stream {
	unsigned char	*data;
	size_t		 data_n;
	unsigned char	*reply;
	size_t		 reply_n;
};

static void	stream_init(struct stream *, size_t);
static void	stream_free(struct stream *);
static void	stream_feed(struct stream *, struct telnet *, const uint8_t *,
		    size_t);
static void	stream_check(const struct stream *, const uint8_t *, size_t);
static void	stream_equal(const struct stream *, const struct stream *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t i, at = fuzz_split(&data, &size);
	struct telnet t = { 0 }, t2 = { 0 }, t3 = { 0 };
	struct stream whole, halves, bytes;

	stream_init(&whole, size);
	stream_init(&halves, size);
	stream_init(&bytes, size);
	stream_feed(&whole, &t, data, size);
	stream_feed(&halves, &t2, data, at);
	stream_feed(&halves, &t2, data + at, size - at);
	for (i = 0; i < size; i++)
		stream_feed(&bytes, &t3, data + i, 1);
	stream_check(&whole, data, size);
	stream_equal(&whole, &halves);
	stream_equal(&whole, &bytes);
	stream_free(&whole);
	stream_free(&halves);
	stream_free(&bytes);
	return 0;
}

static void
stream_init(struct stream *s, size_t size)
{
	s->data = fuzz_alloc(size);
	s->reply = fuzz_alloc(size);
	s->data_n = s->reply_n = 0;
}

static void
stream_free(struct stream *s)
{
	free(s->data);
	free(s->reply);
}

static void
stream_feed(struct stream *s, struct telnet *t, const uint8_t *in, size_t n)
{
	unsigned char *data = fuzz_copy(in, n);
	unsigned char *reply = fuzz_alloc(TELNET_REPLY_MAX(n));
	size_t left, reply_n;

	left = telnet_strip(t, data, n, reply, &reply_n);
	CHECK(left <= n);
	CHECK(reply_n <= TELNET_REPLY_MAX(n));
	memcpy(s->data + s->data_n, data, left);
	memcpy(s->reply + s->reply_n, reply, reply_n);
	s->data_n += left;
	s->reply_n += reply_n;
	free(data);
	free(reply);
}

static void
stream_check(const struct stream *s, const uint8_t *in, size_t n)
{
	size_t i;

	/* Each three bytes of reply answer three of input. */
	CHECK(s->reply_n % 3 == 0);
	CHECK(s->reply_n <= n - s->data_n);
	for (i = 0; i < s->reply_n; i += 3) {
		CHECK(s->reply[i] == IAC);
		CHECK(s->reply[i + 1] == WONT || s->reply[i + 1] == DONT);
	}
	if (n == 0 || memchr(in, IAC, n) == NULL) {
		CHECK(s->data_n == n && s->reply_n == 0);
		CHECK(n == 0 || memcmp(s->data, in, n) == 0);
	}
}

static void
stream_equal(const struct stream *a, const struct stream *b)
{
	CHECK(a->data_n == b->data_n);
	CHECK(memcmp(a->data, b->data, a->data_n) == 0);
	CHECK(a->reply_n == b->reply_n);
	CHECK(memcmp(a->reply, b->reply, a->reply_n) == 0);
}
