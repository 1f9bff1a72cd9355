/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/socks_client.h"
#include "wire/socks_server.h"

/* One way to feed the input, and what has been sent. */
struct run {
	struct socks_client	*c;
	enum dialogue_verdict	 verdict;
	size_t			 used;
	size_t			 sent_n;
	unsigned char		 sent[SOCKS_CLIENT_OUTPUT_MAX];
};

static const struct socks_request	*pick(const uint8_t **, size_t *);
static void	run_init(struct run *, const struct socks_request *);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	run_send(struct run *);
static void	check_same(struct run *, struct run *);
static void	check_verdict(struct run *, const uint8_t *, size_t);
static void	check_stays(struct run *);
static void	fuzz_request(const uint8_t *, size_t);
static bool	accept_all(void *, const char *, const char *);
static void	check_server(const struct socks_request *);

/* The first byte is what is asked for, the second one a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct socks_request *request = pick(&data, &size);
	size_t i, at = fuzz_split(&data, &size);
	struct run whole, halves, bytes;

	run_init(&whole, request);
	run_init(&halves, request);
	run_init(&bytes, request);
	run_feed(&whole, data, size);
	run_feed(&halves, data, at);
	run_feed(&halves, data + at, size - at);
	for (i = 0; i < size; i++)
		run_feed(&bytes, data + i, 1);
	check_verdict(&bytes, data, size);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	check_stays(&whole);
	check_stays(&bytes);
	free(whole.c);
	free(halves.c);
	free(bytes.c);
	fuzz_request(data, size);
	return 0;
}

static const struct socks_request *
pick(const uint8_t **data, size_t *size)
{
	static const struct socks_request requests[] = {
		{ SOCKS_5, { SOCKS_INET, { 192, 0, 2, 1 }, 80 }, NULL, NULL,
		    NULL },
		{ SOCKS_5, { SOCKS_INET6, { 0x20, 1 }, 80 }, NULL, "user",
		    "secret" },
		{ SOCKS_5, { SOCKS_NAME, { 0 }, 80 }, "x.example", "user",
		    "secret" },
		{ SOCKS_4, { SOCKS_INET, { 192, 0, 2, 1 }, 80 }, NULL, NULL,
		    NULL },
		{ SOCKS_4A, { SOCKS_NAME, { 0 }, 80 }, "x.example", "user",
		    NULL },
	};
	size_t i = 0;

	if (*size > 0) {
		i = **data % (sizeof(requests) / sizeof(requests[0]));
		(*data)++;
		(*size)--;
	}
	return &requests[i];
}

static void
run_init(struct run *run, const struct socks_request *request)
{
	memset(run, 0, sizeof(*run));
	run->c = fuzz_alloc(sizeof(*run->c));
	memset(run->c, 0xa5, sizeof(*run->c));
	CHECK(socks_client_init(run->c, request) == SOCKS_CLIENT_OK);
	run_send(run);
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	size_t used = n + 1;

	run->verdict = socks_client_codec.feed(run->c, copy, n, &used);
	free(copy);
	CHECK(used <= n);
	CHECK(used == n || run->verdict == DIALOGUE_DONE);
	run->used += used;
	run_send(run);
}

static void
run_send(struct run *run)
{
	const unsigned char *out;
	size_t n;

	out = socks_client_codec.output(run->c, &n);
	CHECK(run->verdict != DIALOGUE_REFUSED || n == 0);
	CHECK(n <= sizeof(run->sent) - run->sent_n);
	memcpy(run->sent + run->sent_n, out, n);
	run->sent_n += n;
	socks_client_codec.sent(run->c, n);
	socks_client_codec.output(run->c, &n);
	CHECK(n == 0);
}

/* However it is cut; what is refused early may have less to say. */
static void
check_same(struct run *a, struct run *bytes)
{
	struct error one, other;

	CHECK(a->verdict == bytes->verdict);
	CHECK(a->sent_n <= bytes->sent_n);
	if (a->verdict == DIALOGUE_REFUSED) {
		CHECK(socks_client_codec.refuse(a->c, "x", &one) ==
		    socks_client_codec.refuse(bytes->c, "x", &other));
		CHECK(strcmp(one.text, other.text) == 0);
	} else {
		CHECK(a->used == bytes->used && a->sent_n == bytes->sent_n);
		CHECK(memcmp(a->sent, bytes->sent, a->sent_n) == 0);
	}
}

static void
check_verdict(struct run *run, const uint8_t *in, size_t n)
{
	struct socks_client *c = run->c;
	struct error err;

	switch (run->verdict) {
	case DIALOGUE_MORE:
		CHECK(run->used == n);
		break;
	case DIALOGUE_DONE:
		CHECK(run->used >= 8 && run->used <= 2 + 2 +
		    SOCKS_CLIENT_ANSWER_MAX);
		CHECK(in[0] == (c->version == SOCKS_5 ? 5 : 0));
		CHECK(c->bound.kind != SOCKS_NOWHERE);
		CHECK(c->bound.port == (in[run->used - 2] << 8 |
		    in[run->used - 1]) || c->version != SOCKS_5);
		break;
	case DIALOGUE_REFUSED:
		CHECK(socks_client_codec.refuse(c, "x", &err) ==
		    RESULT_DENIED || err.result == RESULT_BROKEN);
		CHECK(strncmp(err.text, "x: ", 3) == 0);
	}
	/* Nobody finds the password who looks at it now. */
	if (run->verdict != DIALOGUE_MORE || n >= 2)
		CHECK(memmem(c, sizeof(*c), "secret", 6) == NULL ||
		    memmem(in, n, "secret", 6) != NULL);
}

static void
check_stays(struct run *run)
{
	enum dialogue_verdict before = run->verdict;
	size_t used = run->used;

	if (before == DIALOGUE_MORE)
		return;
	run_feed(run, (const uint8_t *)"", 0);
	run_feed(run, (const uint8_t *)"\x05", 1);
	CHECK(run->verdict == before);
	CHECK(before != DIALOGUE_DONE || run->used == used);
}

/* The input cut in four: a version, a name, a user, a password. */
static void
fuzz_request(const uint8_t *data, size_t size)
{
	struct socks_request r = { .to = { SOCKS_NAME, { 0 }, 80 } };
	size_t i, at[4] = { 0, size, size, size };
	char *text[3];

	if (size == 0)
		return;
	r.version = (enum socks_version)(*data++ % 3);
	size--;
	for (i = 1; i < 4; i++)
		at[i] = size * i / 3;
	for (i = 0; i < 3; i++)
		text[i] = fuzz_text(data + at[i], at[i + 1] - at[i]);
	r.name = text[0];
	r.user = text[1];
	r.password = r.version == SOCKS_5 ? text[2] : NULL;
	check_server(&r);
	for (i = 0; i < 3; i++)
		free(text[i]);
}

static bool
accept_all(void *context, const char *user, const char *password)
{
	const struct socks_request *r = context;

	CHECK(strcmp(user, r->user) == 0 &&
	    strcmp(password, r->password) == 0);
	return true;
}

/* What may be asked for is what our server reads. */
static void
check_server(const struct socks_request *r)
{
	struct socks_server_policy policy = { ~0U, NULL, NULL };
	struct socks_client c;
	struct socks_server s;
	const unsigned char *out;
	size_t n, used;

	if (socks_client_init(&c, r) != SOCKS_CLIENT_OK)
		return;
	if (r->version == SOCKS_5) {
		policy.check = accept_all;
		policy.context = (void *)(uintptr_t)r;
	}
	socks_server_init(&s, &policy);
	while (out = socks_client_codec.output(&c, &n), n > 0) {
		socks_server_codec.feed(&s, out, n, &used);
		CHECK(used == n);
		socks_client_codec.sent(&c, n);
		out = socks_server_codec.output(&s, &n);
		socks_client_codec.feed(&c, out, n, &used);
		socks_server_codec.sent(&s, n);
	}
	CHECK(s.verdict != DIALOGUE_MORE);
	CHECK(s.verdict == c.verdict || c.verdict == DIALOGUE_MORE);
	if (s.verdict == DIALOGUE_DONE)
		CHECK(strcmp(s.name, r->name) == 0 &&
		    strcmp(s.user, r->user) == 0 &&
		    s.version == r->version && s.to.port == r->to.port);
}
