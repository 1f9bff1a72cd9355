/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "dialogue.h"
#include "wire/socks_client.h"
#include "wire/socks_server.h"

static const struct socks_request	*pick(const uint8_t **, size_t *);
static void	run_init(struct fuzz_dialogue *, const struct socks_request *);
static void	check_same(struct fuzz_dialogue *, struct fuzz_dialogue *);
static void	check_verdict(struct fuzz_dialogue *, const uint8_t *, size_t);
static void	fuzz_request(const uint8_t *, size_t);
static bool	accept_all(void *, const char *, const char *);
static void	check_server(const struct socks_request *);

/* The first byte is what is asked for, the second one a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct socks_request *request = pick(&data, &size);
	size_t at = fuzz_split(&data, &size);
	struct fuzz_dialogue whole, halves, bytes;

	run_init(&whole, request);
	run_init(&halves, request);
	run_init(&bytes, request);
	fuzz_dialogue_feed_all(&whole, &halves, &bytes, data, size, at);
	check_verdict(&bytes, data, size);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	fuzz_dialogue_stays(&whole);
	fuzz_dialogue_stays(&bytes);
	free(whole.state);
	free(halves.state);
	free(bytes.state);
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
run_init(struct fuzz_dialogue *run, const struct socks_request *request)
{
	CHECK(socks_client_init(fuzz_dialogue_begin(run, &socks_client_codec,
	    sizeof(struct socks_client), SOCKS_CLIENT_OUTPUT_MAX), request) ==
	    SOCKS_CLIENT_OK);
	run->mute = true;
	fuzz_dialogue_send(run);
}

/* However it is cut; what is refused early may have less to say. */
static void
check_same(struct fuzz_dialogue *a, struct fuzz_dialogue *bytes)
{
	CHECK(a->verdict == bytes->verdict);
	CHECK(a->sent_n <= bytes->sent_n);
	if (a->verdict == DIALOGUE_REFUSED) {
		fuzz_dialogue_refused_same(a, bytes);
	} else {
		CHECK(a->used == bytes->used && a->sent_n == bytes->sent_n);
		CHECK(memcmp(a->sent, bytes->sent, a->sent_n) == 0);
	}
}

static void
check_verdict(struct fuzz_dialogue *run, const uint8_t *in, size_t n)
{
	struct socks_client *c = run->state;
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
