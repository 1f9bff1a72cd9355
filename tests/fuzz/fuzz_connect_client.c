/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/connect_client.h"

/* One way to feed the input, and what has been sent. */
struct run {
	struct connect_client	*c;
	enum dialogue_verdict	 verdict;
	size_t			 used;
	unsigned		 redials;
	size_t			 sent_n;
	unsigned char		 sent[4 * CONNECT_CLIENT_OUTPUT_MAX];
};

static bool	pick_user(const uint8_t **, size_t *);
static struct run	*run_new(bool);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	run_piece(struct run *, const uint8_t *, size_t, size_t *);
static void	run_send(struct run *);
static void	run_end(struct run *);
static void	check_refusal(struct run *);
static void	check_same(const struct run *, const struct run *);
static void	fuzz_host(const uint8_t *, size_t);

/* The first byte is whether there is a user, the second one a place to cut
 * at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool user = pick_user(&data, &size);
	size_t i, at = fuzz_split(&data, &size);
	struct run *whole = run_new(user), *halves = run_new(user);
	struct run *bytes = run_new(user);

	run_feed(whole, data, size);
	run_feed(halves, data, at);
	run_feed(halves, data + at, size - at);
	for (i = 0; i < size; i++)
		run_feed(bytes, data + i, 1);
	check_same(whole, bytes);
	check_same(halves, bytes);
	if (bytes->verdict == DIALOGUE_MORE)
		CHECK(bytes->used == size);
	run_end(whole);
	run_end(halves);
	run_end(bytes);
	fuzz_host(data, size);
	return 0;
}

static bool
pick_user(const uint8_t **data, size_t *size)
{
	bool user = false;

	if (*size > 0) {
		user = **data % 2 == 1;
		(*data)++;
		(*size)--;
	}
	return user;
}

static struct run *
run_new(bool user)
{
	const struct connect_request request = { "x.example", 22,
		user ? "us:er" : NULL, user ? "secret" : NULL, "c0" };
	struct run *run = fuzz_alloc(sizeof(*run));

	run->c = fuzz_alloc(sizeof(*run->c));
	memset(run->c, 0xa5, sizeof(*run->c));
	run->verdict = DIALOGUE_MORE;
	run->used = run->sent_n = run->redials = 0;
	CHECK(connect_client_init(run->c, &request) == NULL);
	run_send(run);
	return run;
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	size_t used;

	while (run->verdict == DIALOGUE_MORE && n > 0) {
		run_piece(run, in, n, &used);
		in += used;
		n -= used;
	}
}

static void
run_piece(struct run *run, const uint8_t *in, size_t n, size_t *used)
{
	const struct dialogue_codec *codec = &connect_client_codec;
	unsigned char *copy = fuzz_copy(in, n);

	run->verdict = codec->feed(run->c, copy, n, used);
	free(copy);
	CHECK(*used <= n);
	CHECK(*used == n || run->verdict == DIALOGUE_DONE);
	run->used += *used;
	if (run->verdict == DIALOGUE_REFUSED)
		check_refusal(run);
	run_send(run);
}

static void
run_send(struct run *run)
{
	const struct dialogue_codec *codec = &connect_client_codec;
	const unsigned char *out;
	size_t n;

	out = codec->output(run->c, &n);
	CHECK(n <= CONNECT_CLIENT_OUTPUT_MAX);
	CHECK(n == 0 || run->verdict != DIALOGUE_REFUSED);
	CHECK(run->sent_n + n <= sizeof(run->sent));
	memcpy(run->sent + run->sent_n, out, n);
	run->sent_n += n;
	codec->sent(run->c, n);
	codec->output(run->c, &n);
	CHECK(n == 0);
}

/* Ends for good, and leaves nothing. */
static void
run_end(struct run *run)
{
	static const char stale[] = "HTTP/1.1 407\r\nProxy-Authenticate: "
	    "Digest nonce=a,realm=b,stale=true,algorithm=SHA-256\r\n\r\n";
	enum dialogue_verdict before = run->verdict;
	size_t used;

	if (before != DIALOGUE_MORE) {
		run->verdict = connect_client_codec.feed(run->c,
		    (const unsigned char *)"HTTP/1.1 200\r\n\r\n", 16, &used);
		CHECK(run->verdict == before);
		CHECK(used == (before == DIALOGUE_DONE ? 0 : 16));
	}
	while (connect_client_wants_redial(run->c)) {
		CHECK(run->redials++ < 2);
		connect_client_again(run->c);
		run->verdict = DIALOGUE_MORE;
		run_send(run);
		run_feed(run, (const uint8_t *)stale, sizeof(stale) - 1);
	}
	connect_client_wipe(run->c);
	free(run->c);
	free(run);
}

/* A message in one line. */
static void
check_refusal(struct run *run)
{
	struct error err = { .result = RESULT_OK };
	enum result result = connect_client_codec.refuse(run->c, "p", &err);

	CHECK(result == RESULT_DENIED || result == RESULT_BROKEN);
	CHECK(err.text[0] == 'p' && strchr(err.text, '\n') == NULL);
	CHECK(strlen(err.text) < sizeof(err.text) - 1);
}

/* However it is cut.  In one piece, what was to be said before a refusal is not
 * said. */
static void
check_same(const struct run *a, const struct run *bytes)
{
	CHECK(a->verdict == bytes->verdict);
	CHECK(a->c->step == bytes->c->step);
	if (a->verdict == DIALOGUE_REFUSED) {
		CHECK(a->sent_n <= bytes->sent_n);
		return;
	}
	CHECK(a->used == bytes->used);
	CHECK(a->sent_n == bytes->sent_n);
	CHECK(memcmp(a->sent, bytes->sent, a->sent_n) == 0);
}

/* Whatever the host is, the request has three lines, or none. */
static void
fuzz_host(const uint8_t *data, size_t size)
{
	struct connect_client *c = fuzz_alloc(sizeof(*c));
	char *host = fuzz_text(data, size);
	const struct connect_request request = { .host = host };
	const unsigned char *out;
	size_t i, n, lines = 0;

	if (connect_client_init(c, &request) == NULL) {
		out = connect_client_codec.output(c, &n);
		for (i = 0; i < n; i++)
			lines += out[i] == '\n';
		CHECK(lines == 3);
		CHECK(memmem(out, n, host, strlen(host)) != NULL);
	}
	free(host);
	free(c);
}
