/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/handshake.h"
#include "script.h"
#include "tap.h"

static void	test_at_once(void);
static void	test_byte_by_byte(void);
static void	test_glued(void);
static void	test_greedy(void);
static void	test_refused(void);
static void	test_broken(void);
static void	test_slow(void);
static void	test_layer(void);

int
main(void)
{
	test_at_once();
	test_byte_by_byte();
	test_glued();
	test_greedy();
	test_refused();
	test_broken();
	test_slow();
	test_layer();
	return tap_done();
}

/* --- a made-up dialogue -------------------------------------------------- */

/*
 * We say "knock\n", and the peer "who?\n"; then we say "me\n", and it "in\n".
 * Any other line refuses.
 */
struct knock {
	unsigned		 answers;
	enum dialogue_verdict	 verdict;
	char			 line[16];
	size_t			 line_n;
	const char		*output;
};

static enum dialogue_verdict
knock_line(struct knock *k)
{
	static const char *const answers[] = { "who?", "in" };

	k->line[k->line_n] = '\0';
	if (strcmp(k->line, answers[k->answers]) != 0)
		return DIALOGUE_REFUSED;
	k->line_n = 0;
	if (++k->answers == 2)
		return DIALOGUE_DONE;
	k->output = "me\n";
	return DIALOGUE_MORE;
}

static enum dialogue_verdict
knock_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct knock *k = state;

	/* Only greedy, and only what is glued. */
	if (k->verdict == DIALOGUE_DONE && n > 0)
		k->verdict = DIALOGUE_REFUSED;
	for (*used = 0; *used < n && k->verdict == DIALOGUE_MORE; ++*used) {
		if (in[*used] == '\n')
			k->verdict = knock_line(k);
		else if (k->line_n + 1 < sizeof(k->line))
			k->line[k->line_n++] = (char)in[*used];
	}
	return k->verdict;
}

/* All that comes is for the dialogue. */
static enum dialogue_verdict
knock_feed_greedy(void *state, const unsigned char *in, size_t n, size_t *used)
{
	enum dialogue_verdict verdict = knock_feed(state, in, n, used);

	if (*used < n && verdict == DIALOGUE_DONE)
		verdict = knock_feed(state, in + *used, n - *used, used);
	*used = n;
	return verdict;
}

static const unsigned char *
knock_output(void *state, size_t *n)
{
	struct knock *k = state;

	*n = strlen(k->output);
	return (const unsigned char *)k->output;
}

static void
knock_sent(void *state, size_t n)
{
	struct knock *k = state;

	k->output += n;
}

static enum result
knock_refuse(void *state, const char *name, struct error *err)
{
	const struct knock *k = state;

	return error_set(err, RESULT_DENIED, "%s: \"%.*s\"", name,
	    (int)k->line_n, k->line);
}

static const struct dialogue_codec knock_codec = {
	.feed = knock_feed,
	.output = knock_output,
	.sent = knock_sent,
	.refuse = knock_refuse,
};

static const struct dialogue_codec greedy_codec = {
	.feed = knock_feed_greedy,
	.output = knock_output,
	.sent = knock_sent,
	.refuse = knock_refuse,
	.greedy = true,
};

/* --- help ---------------------------------------------------------------- */

struct fixture {
	struct script		*script;
	struct knock		 knock;
	struct handshake	 handshake;
	struct error		 err;
	bool			 done;
	short			 wants;
};

static void
begin(struct fixture *f, const struct dialogue_codec *codec,
    const struct script_step *reads, const struct script_step *writes)
{
	*f = (struct fixture){
		.script = script_new(reads, writes),
		.knock = { .output = "knock\n" },
		.handshake = { codec, NULL, "the door" },
		.err = { .result = RESULT_OK },
	};
	f->handshake.state = &f->knock;
}

static enum result
step(struct fixture *f)
{
	return handshake_step(&f->handshake, &f->script->stream, &f->done,
	    &f->wants, &f->err);
}

/* A step that has to wait for `wants' of poll(2). */
static void
waits(struct fixture *f, short wants, const char *said, const char *name)
{
	is_int(step(f), RESULT_OK, "%s", name);
	ok(!f->done, "%s: it is not done", name);
	is_int(f->wants, wants, "%s: what it waits for", name);
	is_mem(f->script->taken, f->script->taken_n, said, strlen(said),
	    "%s: what was said", name);
}

/* The last step; the peer's next bytes are `next'. */
static void
succeeds(struct fixture *f, const char *next, const char *name)
{
	char data[16];
	ssize_t n;

	is_int(step(f), RESULT_OK, "%s", name);
	ok(f->done, "%s: it is done", name);
	is_mem(f->script->taken, f->script->taken_n, "knock\nme\n", 9,
	    "%s: what was said", name);
	n = stream_read(&f->script->stream, data, sizeof(data));
	is_mem(data, n > 0 ? (size_t)n : 0, next, strlen(next),
	    "%s: what comes next", name);
}

static void
fails(struct fixture *f, enum result want, const char *text, const char *name)
{
	is_int(step(f), want, "%s", name);
	ok(!f->done, "%s: it is not done", name);
	is_str(f->err.text, text, "%s: said", name);
}

static void
end(struct fixture *f)
{
	stream_close(&f->script->stream, false);
}

/* --- the tests ----------------------------------------------------------- */

static void
test_at_once(void)
{
	static const struct script_step reads[] = { GIVE("who?\n"),
		GIVE("in\n"), GIVE("data"), LAST };
	static const struct script_step both[] = { GIVE("who?\nin\n"),
		GIVE("data"), LAST };
	struct fixture f;

	begin(&f, &knock_codec, reads, NULL);
	succeeds(&f, "data", "answers that are there");
	end(&f);
	begin(&f, &knock_codec, both, NULL);
	succeeds(&f, "data", "both answers in one");
	end(&f);
}

static void
test_byte_by_byte(void)
{
	static const struct script_step reads[] = { AGAIN, GIVE("w"), AGAIN,
		GIVE("h"), AGAIN, GIVE("o"), AGAIN, GIVE("?"), AGAIN,
		GIVE("\n"), AGAIN, GIVE("i"), AGAIN, GIVE("n"), AGAIN,
		GIVE("\n"), GIVE("d"), LAST };
	struct fixture f;

	begin(&f, &knock_codec, reads, NULL);
	for (int i = 0; i < 5; i++)
		waits(&f, POLLIN, "knock\n", "the first answer");
	for (int i = 0; i < 3; i++)
		waits(&f, POLLIN, "knock\nme\n", "the second answer");
	succeeds(&f, "d", "the last byte");
	end(&f);
}

/* What is behind the answer is data, and comes next. */
static void
test_glued(void)
{
	static const struct script_step reads[] = { GIVE("who?\nin\nglued"),
		GIVE(" more"), LAST };
	struct fixture f;
	char data[16];
	ssize_t n;

	begin(&f, &knock_codec, reads, NULL);
	succeeds(&f, "glued", "bytes behind the answer");
	n = stream_read(&f.script->stream, data, sizeof(data));
	is_mem(data, (size_t)n, " more", 5, "and then those that came later");
	end(&f);
}

/* ... or an attack. */
static void
test_greedy(void)
{
	static const struct script_step clean[] = { GIVE("who?\nin\n"), AGAIN,
		GIVE("data"), LAST };
	static const struct script_step glued[] = { GIVE("who?\nin\nglued"),
		LAST };
	static const struct script_step waiting[] = { GIVE("who?\nin\n"),
		GIVE("glued"), LAST };
	static const struct script_step ended[] = { GIVE("who?\nin\n"), LAST };
	struct fixture f;

	begin(&f, &greedy_codec, clean, NULL);
	succeeds(&f, "data", "nothing is glued to the answer");
	end(&f);
	begin(&f, &greedy_codec, glued, NULL);
	fails(&f, RESULT_DENIED, "the door: \"\"", "bytes behind the answer");
	end(&f);
	begin(&f, &greedy_codec, waiting, NULL);
	fails(&f, RESULT_DENIED, "the door: \"\"", "bytes that are there");
	end(&f);
	begin(&f, &greedy_codec, ended, NULL);
	fails(&f, RESULT_BROKEN, "the door: the peer ended the connection",
	    "an end behind the answer");
	end(&f);
}

static void
test_refused(void)
{
	static const struct script_step reads[] = { GIVE("who?\ngo "), AGAIN,
		GIVE("away\n"), LAST };
	struct fixture f;

	begin(&f, &knock_codec, reads, NULL);
	waits(&f, POLLIN, "knock\nme\n", "half an answer");
	fails(&f, RESULT_DENIED, "the door: \"go away\"", "the other half");
	fails(&f, RESULT_DENIED, "the door: \"go away\"", "it stays");
	end(&f);
}

static void
test_broken(void)
{
	static const struct script_step ended[] = { GIVE("who"), LAST };
	static const struct script_step reset[] = { GIVE("who?\n"),
		FAIL(ECONNRESET) };
	static const struct script_step gone[] = { TAKE(2), FAIL(EPIPE) };
	struct fixture f;

	begin(&f, &knock_codec, ended, NULL);
	fails(&f, RESULT_BROKEN, "the door: the peer ended the connection",
	    "an end within an answer");
	end(&f);
	begin(&f, &knock_codec, reset, NULL);
	fails(&f, RESULT_BROKEN, "the door: the connection broke: Connection "
	    "reset by peer", "a reset");
	end(&f);
	begin(&f, &knock_codec, ended, gone);
	fails(&f, RESULT_BROKEN, "the door: the connection broke: Broken pipe",
	    "nobody reads");
	end(&f);
}

static void
test_slow(void)
{
	static const struct script_step reads[] = { GIVE("who?\nin\n"), LAST };
	static const struct script_step writes[] = { AGAIN, TAKE(2), AGAIN,
		TAKE(4), AGAIN, TAKE(1), AGAIN, LAST };
	static const struct script_step early[] = { GIVE("who?\nin\n!"),
		LAST };
	struct fixture f;

	begin(&f, &knock_codec, reads, writes);
	waits(&f, POLLOUT, "", "nothing can be written");
	waits(&f, POLLOUT, "kn", "a part is written");
	is_int(f.script->calls_read, 0, "nothing is read before it has gone");
	/* Both answers are there, but the second one is not waited for. */
	waits(&f, POLLOUT, "knock\n", "all of it");
	waits(&f, POLLOUT, "knock\nm", "a part of the next");
	succeeds(&f, "", "what was left to be said");
	end(&f);
	begin(&f, &knock_codec, early, writes);
	waits(&f, POLLOUT, "", "the same");
	waits(&f, POLLOUT, "kn", "a part is written");
	waits(&f, POLLOUT, "knock\n", "all of it");
	waits(&f, POLLOUT, "knock\nm", "a part of the next");
	succeeds(&f, "!", "bytes that were given back before that");
	end(&f);
}

/* --- over a layer -------------------------------------------------------- */

static bool	held;

static int
hold(struct stream *s)
{
	errno = EAGAIN;
	s->unflushed = held;
	return held ? -1 : 0;
}

static ssize_t
write_held(struct stream *s, const void *data, size_t n)
{
	s->unflushed = true;
	return stream_write(s->below, data, n);
}

/* What a layer holds has to go before an answer can come. */
static void
test_layer(void)
{
	static const struct stream_ops ops = { .write = write_held,
		.flush = hold };
	static const struct script_step reads[] = { GIVE("who?\nin\n"), LAST };
	struct script *script = script_new(reads, NULL);
	struct stream *s = xcalloc(1, sizeof(*s));
	struct knock knock = { .output = "knock\n" };
	const struct handshake h = { &knock_codec, &knock, "the door" };
	struct error err;
	short wants;
	bool done;

	stream_layer_init(s, &ops, &script->stream);
	held = true;
	is_int(handshake_step(&h, s, &done, &wants, &err), RESULT_OK,
	    "a layer that holds bytes");
	ok(!done && wants == POLLOUT, "it is waited for");
	is_int(script->calls_read, 0, "nothing is read");
	held = false;
	is_int(handshake_step(&h, s, &done, &wants, &err), RESULT_OK,
	    "they have gone");
	ok(done && !stream_unflushed(s), "it is done");
	stream_close(s, false);
}
