/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/socks_server.h"

/* One way to feed the input, and what has been sent. */
struct run {
	struct socks_server	*s;
	enum dialogue_verdict	 verdict;
	size_t			 used;
	size_t			 sent_n;
	unsigned char		 sent[2 + 2 + SOCKS_REPLY_MAX];
};

static struct socks_server_policy	pick(const uint8_t **, size_t *);
static bool	check(void *, const char *, const char *);
static void	run_init(struct run *, const struct socks_server_policy *);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	run_send(struct run *);
static void	check_same(struct run *, struct run *);
static void	check_verdict(struct run *, const uint8_t *, size_t);
static void	check_done(const struct socks_server *);
static void	check_stays(struct run *);

/* The first byte is who is served, the second one a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socks_server_policy policy = pick(&data, &size);
	size_t i, at = fuzz_split(&data, &size);
	struct run whole, halves, bytes;

	run_init(&whole, &policy);
	run_init(&halves, &policy);
	run_init(&bytes, &policy);
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
	free(whole.s);
	free(halves.s);
	free(bytes.s);
	return 0;
}

/* Three bits of versions, one of passwords. */
static struct socks_server_policy
pick(const uint8_t **data, size_t *size)
{
	struct socks_server_policy policy = { 7, NULL, NULL };

	if (*size > 0) {
		policy.versions = **data & 7;
		policy.check = (**data & 8) != 0 ? check : NULL;
		(*data)++;
		(*size)--;
	}
	return policy;
}

static bool
check(void *context, const char *user, const char *password)
{
	(void)context;
	CHECK(strlen(user) <= SOCKS_TEXT_MAX);
	CHECK(strlen(password) <= SOCKS_TEXT_MAX);
	return strcmp(user, "u") == 0 && strcmp(password, "secret") == 0;
}

static void
run_init(struct run *run, const struct socks_server_policy *policy)
{
	memset(run, 0, sizeof(*run));
	run->s = fuzz_alloc(sizeof(*run->s));
	memset(run->s, 0xa5, sizeof(*run->s));
	socks_server_init(run->s, policy);
	run_send(run);
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	size_t used = n + 1;

	run->verdict = socks_server_codec.feed(run->s, copy, n, &used);
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

	out = socks_server_codec.output(run->s, &n);
	CHECK(n <= sizeof(run->sent) - run->sent_n);
	memcpy(run->sent + run->sent_n, out, n);
	run->sent_n += n;
	socks_server_codec.sent(run->s, n);
	socks_server_codec.output(run->s, &n);
	CHECK(n == 0);
}

/* However it is cut. */
static void
check_same(struct run *a, struct run *bytes)
{
	struct error one, other;

	CHECK(a->verdict == bytes->verdict);
	CHECK(a->sent_n == bytes->sent_n);
	CHECK(memcmp(a->sent, bytes->sent, a->sent_n) == 0);
	CHECK(strcmp(a->s->user, bytes->s->user) == 0);
	if (a->verdict == DIALOGUE_REFUSED) {
		CHECK(socks_server_codec.refuse(a->s, "x", &one) ==
		    socks_server_codec.refuse(bytes->s, "x", &other));
		CHECK(strcmp(one.text, other.text) == 0);
	} else {
		CHECK(a->used == bytes->used);
		CHECK(strcmp(a->s->name, bytes->s->name) == 0);
		CHECK(memcmp(&a->s->to, &bytes->s->to, sizeof(a->s->to)) == 0);
	}
}

static void
check_verdict(struct run *run, const uint8_t *in, size_t n)
{
	struct socks_server *s = run->s;
	struct error err;

	switch (run->verdict) {
	case DIALOGUE_MORE:
		CHECK(run->used == n);
		break;
	case DIALOGUE_DONE:
		CHECK(run->used >= 9 && run->used <= 257 + 513 + 262);
		CHECK(in[0] == (s->version == SOCKS_5 ? 5 : 4));
		CHECK((s->policy.versions & SOCKS_SERVE(s->version)) != 0 ||
		    (s->version == SOCKS_4 && s->to.kind == SOCKS_INET &&
		    (s->policy.versions & SOCKS_SERVE(SOCKS_4A)) != 0));
		check_done(s);
		break;
	case DIALOGUE_REFUSED:
		CHECK(socks_server_codec.refuse(s, "x", &err) ==
		    RESULT_DENIED || err.result == RESULT_BROKEN);
		CHECK(strncmp(err.text, "x: ", 3) == 0);
		/* It is told why, unless it speaks something else. */
		CHECK((run->sent_n == 0) == (in[0] != 4 && in[0] != 5));
	}
}

static void
check_done(const struct socks_server *s)
{
	unsigned char out[SOCKS_REPLY_MAX];
	size_t i, n = strlen(s->name);

	CHECK((s->to.kind == SOCKS_NAME) == (n > 0));
	CHECK(n <= SOCKS_TEXT_MAX && strlen(s->user) <= SOCKS_TEXT_MAX);
	for (i = 0; i < n; i++)
		CHECK((unsigned char)s->name[i] > ' ' && s->name[i] != 0x7f);
	if (s->policy.check != NULL)
		CHECK(s->version == SOCKS_5 && strcmp(s->user, "u") == 0);
	n = socks_server_reply(s, SOCKS_GRANTED, &s->to, out);
	CHECK(n <= sizeof(out) && n >= 8);
	CHECK(out[0] == (s->version == SOCKS_5 ? 5 : 0));
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
