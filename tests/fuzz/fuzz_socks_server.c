/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "dialogue.h"
#include "wire/socks_server.h"

static struct socks_server_policy	pick(const uint8_t **, size_t *);
static bool	check(void *, const char *, const char *);
static void	run_init(struct fuzz_dialogue *,
		    const struct socks_server_policy *);
static void	check_same(struct fuzz_dialogue *, struct fuzz_dialogue *);
static void	check_verdict(struct fuzz_dialogue *, const uint8_t *, size_t);
static void	check_done(const struct socks_server *);

/* The first byte is who is served, the second one a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socks_server_policy policy = pick(&data, &size);
	size_t at = fuzz_split(&data, &size);
	struct fuzz_dialogue whole, halves, bytes;

	run_init(&whole, &policy);
	run_init(&halves, &policy);
	run_init(&bytes, &policy);
	fuzz_dialogue_feed_all(&whole, &halves, &bytes, data, size, at);
	check_verdict(&bytes, data, size);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	fuzz_dialogue_stays(&whole);
	fuzz_dialogue_stays(&bytes);
	free(whole.state);
	free(halves.state);
	free(bytes.state);
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
run_init(struct fuzz_dialogue *run, const struct socks_server_policy *policy)
{
	socks_server_init(fuzz_dialogue_begin(run, &socks_server_codec,
	    sizeof(struct socks_server), 2 + 2 + SOCKS_REPLY_MAX), policy);
	fuzz_dialogue_send(run);
}

/* However it is cut. */
static void
check_same(struct fuzz_dialogue *a, struct fuzz_dialogue *bytes)
{
	const struct socks_server *one = a->state, *other = bytes->state;

	CHECK(a->verdict == bytes->verdict);
	CHECK(a->sent_n == bytes->sent_n);
	CHECK(memcmp(a->sent, bytes->sent, a->sent_n) == 0);
	CHECK(strcmp(one->user, other->user) == 0);
	if (a->verdict == DIALOGUE_REFUSED) {
		fuzz_dialogue_refused_same(a, bytes);
	} else {
		CHECK(a->used == bytes->used);
		CHECK(strcmp(one->name, other->name) == 0);
		CHECK(memcmp(&one->to, &other->to, sizeof(one->to)) == 0);
	}
}

static void
check_verdict(struct fuzz_dialogue *run, const uint8_t *in, size_t n)
{
	struct socks_server *s = run->state;
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
