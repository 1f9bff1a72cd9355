/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/flow.h"
#include "io/tap.h"
#include "script.h"
#include "tap.h"
#include "wire/crlf.h"

static void	test_whole(void);
static void	test_source_waits(void);
static void	test_sink_waits(void);
static void	test_source_fails(void);
static void	test_sink_fails(void);
static void	test_stop(void);
static void	test_read_limit(void);
static void	test_filter(void);
static void	test_more(void);
static void	test_inject(void);
static void	test_flush(void);
static void	test_pauses(void);
static void	test_discard(void);
static void	test_fair_share(void);
static void	test_splice(void);
static void	test_spliced(void);
static void	test_sendfile(void);

/* Times are the caller's, so these are none of the clock's. */
#define NOW	(1000 * CLOCK_SECOND)

int
main(void)
{
	test_whole();
	test_source_waits();
	test_sink_waits();
	test_source_fails();
	test_sink_fails();
	test_stop();
	test_read_limit();
	test_filter();
	test_more();
	test_inject();
	test_flush();
	test_pauses();
	test_discard();
	test_fair_share();
	test_splice();
	test_spliced();
	test_sendfile();
	return tap_done();
}

/* --- help ---------------------------------------------------------------- */

struct fixture {
	struct script	*source, *sink;
	struct flow	 flow;
};

static void
begin(struct fixture *f, const struct script_step *reads,
    const struct script_step *writes)
{
	f->source = script_new(reads, NULL);
	f->sink = script_new(NULL, writes);
	flow_init(&f->flow, &f->source->stream, &f->sink->stream, NULL, true);
}

static void
end(struct fixture *f)
{
	flow_free(&f->flow);
	stream_close(&f->source->stream, false);
	stream_close(&f->sink->stream, false);
}

static const char *
step_name(enum flow_step step)
{
	static const char *const names[] = {
		[FLOW_BLOCKED] = "blocked",
		[FLOW_MOVED] = "moved",
		[FLOW_ENDED] = "ended",
		[FLOW_SOURCE_FAILED] = "source failed",
		[FLOW_SINK_FAILED] = "sink failed",
	};

	return names[step];
}

/* A step, what it waits for, and all that the sink has then. */
static void
steps_to(struct fixture *f, enum flow_step step, const char *waits,
    const char *taken, const char *name)
{
	const char *got;

	is_str(step_name(flow_step(&f->flow, NOW)), step_name(step), "%s",
	    name);
	got = f->flow.wants_in ? f->flow.wants_out ? "both" : "in" :
	    f->flow.wants_out ? "out" : "";
	is_str(got, waits, "%s: what it waits for", name);
	is_mem(f->sink->taken, f->sink->taken_n, taken, strlen(taken),
	    "%s: what has arrived", name);
}

/* --- both ends as they should be ----------------------------------------- */

static void
test_whole(void)
{
	static const struct script_step reads[] = { GIVE("one "), GIVE("two"),
		LAST };
	struct fixture f;

	begin(&f, reads, NULL);
	is_str(flow_method_name(f.flow.method), "read/write",
	    "what is not raw is copied");
	ok(flow_busy(&f.flow), "it has something to do");
	/* Behind a short read it waits, instead of hearing EAGAIN. */
	steps_to(&f, FLOW_BLOCKED, "in", "one ", "a short read");
	ok(f.flow.guessed, "that it has to wait is a guess");
	steps_to(&f, FLOW_BLOCKED, "in", "one two", "another one");
	steps_to(&f, FLOW_ENDED, "", "one two", "the end");
	ok(f.flow.exhausted, "the source has said it");
	is_int((int64_t)f.flow.bytes, 7, "bytes");
	is_int((int64_t)f.flow.reads, 2, "reads");
	ok(!flow_busy(&f.flow), "there is nothing more to do");
	steps_to(&f, FLOW_BLOCKED, "", "one two", "behind the end");
	is_int(f.sink->shutdowns, 0, "the end is the caller's to pass on");
	end(&f);
}

static void
test_source_waits(void)
{
	static const struct script_step reads[] = { AGAIN, GIVE("x"), AGAIN,
		LAST };
	struct fixture f;

	begin(&f, reads, NULL);
	steps_to(&f, FLOW_BLOCKED, "in", "", "nothing yet");
	ok(!f.flow.guessed, "the source has said so");
	is_int(f.sink->calls_write, 0, "nothing is written");
	steps_to(&f, FLOW_BLOCKED, "in", "x", "something");
	steps_to(&f, FLOW_BLOCKED, "in", "x", "nothing more yet");
	steps_to(&f, FLOW_ENDED, "", "x", "the end after a pause");
	end(&f);
}

static void
test_sink_waits(void)
{
	static const struct script_step reads[] = { GIVE("abcdef"), LAST };
	static const struct script_step writes[] = { AGAIN, TAKE(2), AGAIN,
		AGAIN, LAST };
	struct fixture f;

	begin(&f, reads, writes);
	steps_to(&f, FLOW_BLOCKED, "both", "", "the sink is full");
	is_int((int64_t)flow_pending(&f.flow), 6, "all is pending");
	is_int((int64_t)f.flow.bytes, 0, "nothing is delivered");
	steps_to(&f, FLOW_BLOCKED, "out", "ab", "it takes a part");
	is_int((int64_t)flow_pending(&f.flow), 4, "the rest is pending");
	ok(f.flow.state == FLOW_DRAINING, "meanwhile the source has ended");
	steps_to(&f, FLOW_BLOCKED, "out", "ab", "it takes nothing");
	steps_to(&f, FLOW_ENDED, "", "abcdef", "it takes the rest");
	is_int((int64_t)f.flow.bytes, 6, "all is delivered");
	end(&f);
}

/* --- failures ------------------------------------------------------------ */

static void
test_source_fails(void)
{
	static const struct script_step at_once[] = { FAIL(ECONNRESET) };
	static const struct script_step reads[] = { GIVE("abc"),
		FAIL(ECONNRESET) };
	static const struct script_step writes[] = { AGAIN, AGAIN, TAKE(1),
		AGAIN, LAST };
	struct fixture f;

	begin(&f, at_once, NULL);
	steps_to(&f, FLOW_SOURCE_FAILED, "", "", "a source that is broken");
	is_int(f.flow.error, ECONNRESET, "why");
	end(&f);
	begin(&f, reads, writes);
	steps_to(&f, FLOW_BLOCKED, "both", "", "bytes are in flight");
	steps_to(&f, FLOW_BLOCKED, "out", "", "the source breaks");
	ok(!flow_is_over(&f.flow), "the flow goes on");
	steps_to(&f, FLOW_BLOCKED, "out", "a", "what came is delivered");
	steps_to(&f, FLOW_SOURCE_FAILED, "", "abc", "all of it, before");
	ok(!f.flow.exhausted, "that is no end");
	is_int(f.flow.error, ECONNRESET, "why it broke");
	is_int((int64_t)f.flow.bytes, 3, "bytes before that");
	end(&f);
}

static void
test_sink_fails(void)
{
	static const struct script_step reads[] = { GIVE("abc"), GIVE("def"),
		LAST };
	static const struct script_step writes[] = { TAKE(2), FAIL(EPIPE) };
	struct fixture f;
	char data[8];
	ssize_t n;

	begin(&f, reads, writes);
	steps_to(&f, FLOW_SINK_FAILED, "in", "ab", "the sink breaks");
	is_int(f.flow.error, EPIPE, "why");
	is_int((int64_t)f.flow.bytes, 2, "what it has taken counts");
	is_int((int64_t)flow_pending(&f.flow), 1, "the rest is pending");
	ok(flow_is_over(&f.flow), "the flow is over");
	flow_free(&f.flow);
	ok(stream_more(&f.source->stream), "the source has it back");
	n = stream_read(&f.source->stream, data, sizeof(data));
	is_mem(data, (size_t)n, "c", 1, "it is read first");
	n = stream_read(&f.source->stream, data, sizeof(data));
	is_mem(data, (size_t)n, "def", 3, "and the next bytes behind it");
	end(&f);
}

/* --- an end before the end ----------------------------------------------- */

static void
test_stop(void)
{
	static const struct script_step reads[] = { GIVE("abc"), GIVE("def"),
		LAST };
	static const struct script_step writes[] = { AGAIN, LAST };
	struct fixture f;

	begin(&f, reads, writes);
	steps_to(&f, FLOW_BLOCKED, "both", "", "bytes are pending");
	flow_stop_reading(&f.flow);
	ok(!f.flow.wants_in, "nothing more is waited for");
	steps_to(&f, FLOW_ENDED, "", "abc", "what is pending is delivered");
	is_int(f.source->calls_read, 1, "nothing more is read");
	end(&f);
	f.source = script_new(reads, NULL);
	f.sink = script_new(NULL, NULL);
	flow_init_none(&f.flow, &f.source->stream, &f.sink->stream);
	ok(!flow_busy(&f.flow), "one that never was has nothing to do");
	steps_to(&f, FLOW_BLOCKED, "", "", "it moves nothing");
	is_int(f.source->calls_read, 0, "it does not read");
	end(&f);
}

static void
test_read_limit(void)
{
	static const struct script_step reads[] = { GIVE("a"), GIVE("b"),
		GIVE("c"), LAST };
	struct fixture f;

	begin(&f, reads, NULL);
	f.flow.read_limit = 2;
	steps_to(&f, FLOW_BLOCKED, "in", "a", "the first read of two");
	steps_to(&f, FLOW_ENDED, "", "ab", "the second one is the last");
	ok(f.flow.limited && !f.flow.exhausted, "it was the limit");
	is_int(f.source->calls_read, 2, "so many reads");
	end(&f);
}

/* --- what is done on the way --------------------------------------------- */

static size_t
run_crlf(void *state, const unsigned char *in, size_t n, unsigned char *out)
{
	return crlf_expand(state, in, n, out);
}

static void
test_filter(void)
{
	static const struct script_step reads[] = { GIVE("\n\n\n"), GIVE("a\r"),
		GIVE("\nb"), LAST };
	static const struct script_step writes[] = { TAKE(1), AGAIN, LAST };
	struct crlf crlf = { 0 };
	const struct filter filter = { run_crlf, &crlf, 2 };
	struct fixture f;

	f.source = script_new(reads, NULL);
	f.sink = script_new(NULL, writes);
	f.source->stream.raw_in = f.sink->stream.raw_out = true;
	flow_init(&f.flow, &f.source->stream, &f.sink->stream, &filter, true);
	is_int(f.flow.method, FLOW_COPY, "what is filtered is copied");
	steps_to(&f, FLOW_BLOCKED, "both", "\r", "cut in a pair");
	is_int((int64_t)flow_pending(&f.flow), 5, "what it became is pending");
	steps_to(&f, FLOW_BLOCKED, "in", "\r\n\r\n\r\na\r", "the rest");
	steps_to(&f, FLOW_BLOCKED, "in", "\r\n\r\n\r\na\r\nb",
	    "a pair that was cut at the source");
	steps_to(&f, FLOW_ENDED, "", "\r\n\r\n\r\na\r\nb", "the end");
	is_int((int64_t)f.flow.bytes, 10, "bytes are those of the sink");
	end(&f);
}

/* Bytes that poll(2) can't see are not waited for. */
static void
test_more(void)
{
	static const struct script_step reads[] = { GIVE("a"), GIVE("b"),
		AGAIN, AGAIN, LAST };
	struct fixture f;

	begin(&f, reads, NULL);
	f.source->stream.more = true;
	steps_to(&f, FLOW_BLOCKED, "", "ab", "all is read, without a guess");
	f.source->stream.more = false;
	steps_to(&f, FLOW_BLOCKED, "in", "ab", "now there is nothing more");
	stream_unread(&f.source->stream, "cd", 2);
	steps_to(&f, FLOW_BLOCKED, "in", "abcd", "what was unread is read");
	steps_to(&f, FLOW_ENDED, "", "abcd", "the end");
	end(&f);
}

static void
test_inject(void)
{
	static const struct script_step reads[] = { GIVE("abc"), LAST };
	static const struct script_step writes[] = { TAKE(2), AGAIN, TAKE(1),
		AGAIN, LAST };
	char much[64 * 1024] = "";
	struct fixture f;

	begin(&f, reads, writes);
	steps_to(&f, FLOW_BLOCKED, "both", "ab", "bytes are in flight");
	ok(flow_inject(&f.flow, "<->", 3), "bytes of our own");
	ok(flow_injected(&f.flow), "they wait");
	ok(!f.flow.wants_in && !f.flow.wants_out, "there is a step to make");
	ok(!flow_inject(&f.flow, much, sizeof(much)), "these are too many");
	steps_to(&f, FLOW_BLOCKED, "out", "ab<", "they come first");
	steps_to(&f, FLOW_ENDED, "", "ab<->c", "then the others");
	ok(!flow_injected(&f.flow) && !flow_busy(&f.flow), "none waits");
	is_int((int64_t)f.flow.bytes, 3, "they do not count");
	ok(flow_inject(&f.flow, "late", 4), "bytes behind the last one");
	ok(flow_busy(&f.flow), "a flow that is over has to send them");
	steps_to(&f, FLOW_BLOCKED, "", "ab<->clate", "they are sent");
	stream_shutdown(&f.sink->stream);
	ok(!flow_inject(&f.flow, "!", 1), "none behind a shutdown");
	end(&f);
}

/* A sink that holds bytes until it is flushed. */
static int
flush_again(struct stream *s)
{
	s->unflushed = s->no_input;	/* ... which says when */
	errno = EAGAIN;
	return s->unflushed ? -1 : 0;
}

static void
test_flush(void)
{
	static const struct script_step reads[] = { GIVE("a"), AGAIN, LAST };
	struct stream_ops ops;
	struct fixture f;

	begin(&f, reads, NULL);
	ops = *f.sink->stream.ops;
	ops.flush = flush_again;
	f.sink->stream.ops = &ops;
	f.sink->stream.unflushed = f.sink->stream.no_input = true;
	steps_to(&f, FLOW_BLOCKED, "out", "", "what is held goes first");
	is_int(f.source->calls_read, 0, "nothing is read meanwhile");
	f.sink->stream.no_input = false;
	steps_to(&f, FLOW_BLOCKED, "in", "a", "it has gone");
	steps_to(&f, FLOW_BLOCKED, "in", "a", "nothing yet");
	steps_to(&f, FLOW_ENDED, "", "a", "the end");
	f.sink->stream.unflushed = true;
	ok(flow_busy(&f.flow), "what is held is something to do");
	end(&f);
}

/* Some bytes more may go each time that it is asked. */
static void
test_pieces(void)
{
	static char text[100000];
	const struct script_step reads[] = {
		{ SCRIPT_GIVE, text, sizeof(text) }, LAST
	};
	struct fixture f;
	int pieces = 0;

	begin(&f, reads, NULL);
	f.flow.rate = sizeof(text);
	for (int64_t t = NOW; t <= NOW + CLOCK_SECOND; t += CLOCK_MS / 100) {
		uint64_t before = f.flow.bytes;

		flow_step(&f.flow, t);
		pieces += f.flow.bytes != before;
	}
	is_int((int64_t)f.flow.bytes, sizeof(text), "a second's bytes");
	ok(pieces <= 40, "in few pieces, however often it is asked: %d",
	    pieces);
	end(&f);
}

static void
test_pauses(void)
{
	static const struct script_step lines[] = { GIVE("a\nb\nc"), LAST };
	char text[1000];
	const struct script_step reads[] = {
		{ SCRIPT_GIVE, text, sizeof(text) }, LAST
	};
	struct fixture f;

	begin(&f, lines, NULL);
	f.flow.line_delay = CLOCK_SECOND;
	steps_to(&f, FLOW_BLOCKED, "in", "a\n", "a line, and a pause");
	is_int(f.flow.hold_until, NOW + CLOCK_SECOND, "until then");
	steps_to(&f, FLOW_BLOCKED, "", "a\n", "it is kept");
	flow_step(&f.flow, NOW + CLOCK_SECOND);
	is_mem(f.sink->taken, f.sink->taken_n, "a\nb\n", 4, "the next line");
	is_str(step_name(flow_step(&f.flow, NOW + 2 * CLOCK_SECOND)), "ended",
	    "the last one has no end, and needs no pause");
	end(&f);

	memset(text, 'x', sizeof(text));
	begin(&f, reads, NULL);
	f.flow.rate = 1000;
	while (flow_step(&f.flow, NOW) == FLOW_MOVED)
		continue;
	is_int((int64_t)f.flow.bytes, 50, "a twentieth of a second's bytes");
	ok(f.flow.hold_until > NOW && f.flow.hold_until <= NOW +
	    51 * CLOCK_MS, "as long as these last");
	while (flow_step(&f.flow, NOW + 20 * CLOCK_MS) == FLOW_MOVED)
		continue;
	is_int((int64_t)f.flow.bytes, 50, "nothing before that");
	for (int64_t t = NOW; t <= NOW + CLOCK_SECOND && !flow_is_over(&f.flow);
	    t += CLOCK_MS)
		flow_step(&f.flow, t);
	ok(f.flow.bytes >= 990 && f.flow.bytes <= 1000,
	    "all of it takes a second");
	end(&f);
	test_pieces();
}

static void
test_discard(void)
{
	static const struct script_step reads[] = { GIVE("abc"), AGAIN,
		GIVE("de"), FAIL(EIO) };
	struct script *source = script_new(reads, NULL);
	struct flow f;

	flow_init_discard(&f, &source->stream);
	stream_unread(&source->stream, "12", 2);
	is_str(step_name(flow_step(&f, NOW)), "blocked", "read until EAGAIN");
	ok(f.wants_in, "more is waited for");
	is_int((int64_t)f.discarded, 5, "bytes that were forgotten");
	is_int((int64_t)f.bytes, 0, "none of them has arrived");
	is_str(step_name(flow_step(&f, NOW)), "source failed", "a failure");
	is_int(f.error, EIO, "why");
	is_int((int64_t)f.discarded, 7, "bytes before that");
	flow_free(&f);
	stream_close(&source->stream, false);
}

/* One direction must not keep the other one waiting. */
static void
test_fair_share(void)
{
	enum {
		PIECE = 8192,
		PIECES = 40
	};
	static char text[PIECE];
	struct script_step reads[PIECES + 1] = { LAST };
	struct fixture f;
	enum flow_step step;
	int steps = 1;

	for (int i = 0; i < PIECES; i++)
		reads[i] = (struct script_step){ SCRIPT_GIVE, text, PIECE };
	reads[PIECES] = (struct script_step)LAST;
	begin(&f, reads, NULL);
	step = flow_step(&f.flow, NOW);
	is_str(step_name(step), "moved", "it has used up its share");
	ok(f.flow.bytes < (uint64_t)PIECE * PIECES, "that is not all");
	for (; step == FLOW_MOVED; steps++)
		step = flow_step(&f.flow, NOW);
	is_str(step_name(step), "ended", "all of it");
	is_int((int64_t)f.flow.bytes, (int64_t)PIECE * PIECES, "bytes");
	ok(steps > 2 && steps < 10, "in some steps, not in many");
	end(&f);
}

/* --- the kernel's ways --------------------------------------------------- */

static void
is_received(int fd, const char *want, const char *name)
{
	char data[256];
	ssize_t n = read(fd, data, sizeof(data));

	is_mem(data, n > 0 ? (size_t)n : 0, want, strlen(want), "%s", name);
}

/* What was unread comes before what the kernel has, whose way it is still. */
static void
test_splice(void)
{
	int from, to;
	struct stream *source = script_socket(&from);
	struct stream *sink = script_socket(&to);
	struct flow f;

	flow_init(&f, source, sink, NULL, true);
	is_int(f.method, FLOW_SPLICE_VIA, "two sockets");
	if (write(from, " world", 6) != 6)
		exit(1);
	stream_unread(source, "hello", 5);
	is_str(step_name(flow_step(&f, NOW)), "blocked", "all that is there");
	ok(f.wants_in, "more is waited for");
	is_received(to, "hello world", "what was unread, and what came");
	is_int(f.method, FLOW_SPLICE_VIA, "it goes by the kernel still");
	shutdown(from, SHUT_WR);
	is_str(step_name(flow_step(&f, NOW)), "ended", "the end");
	ok(f.exhausted, "of the source");
	is_int((int64_t)f.bytes, 11, "bytes");
	flow_free(&f);
	stream_close(source, false);
	stream_close(sink, false);
	close(from);
	close(to);
}

/* What a tap was told: bytes, behind those from a pipe a bar. */
static char told[64];

static void
tell_piece(void *state, enum tap_way way, const unsigned char *data, size_t n)
{
	size_t at = strlen(told);

	(void)state;
	(void)way;
	snprintf(told + at, sizeof(told) - at, "%.*s", (int)n,
	    (const char *)data);
}

static void
tell_spliced(void *state, int pipe, size_t n)
{
	unsigned char data[32];
	ssize_t r = read(pipe, data, n < sizeof(data) ? n : sizeof(data));

	if (r > 0)
		tell_piece(state, TAP_RECEIVED, data, (size_t)r);
	strlcat(told, "|", sizeof(told));
}

static void
tell_end(void *state, enum tap_way way, bool reset)
{
	(void)state;
	(void)way;
	(void)reset;
}

static void
tell_close(void *state)
{
	(void)state;
}

/* Who wants to see all sees what the kernel moves, in its order. */
static void
test_spliced(void)
{
	static const struct tap_ops ops = {
		.piece = tell_piece, .end = tell_end, .close = tell_close,
		.spliced = tell_spliced,
	};
	int from, to;
	struct stream *source = tap_new(script_socket(&from), &ops, NULL);
	struct stream *sink = script_socket(&to);
	struct flow f;

	told[0] = '\0';
	flow_init(&f, source, sink, NULL, true);
	is_int(f.method, FLOW_SPLICE_VIA, "a tap that takes pipes");
	f.small = false;
	if (write(from, "hello", 5) != 5)
		exit(1);
	flow_step(&f, NOW);
	is_received(to, "hello", "it has gone on");
	is_str(told, "hello|", "and was seen in a pipe");
	f.small = true;
	if (write(from, " small", 6) != 6)
		exit(1);
	flow_step(&f, NOW);
	is_str(told, "hello| small", "a piece that was read is seen, too");
	stream_unsplice(source, " again", 6);
	flow_step(&f, NOW);
	is_received(to, " small again", "what was taken back goes on");
	is_str(told, "hello| small again", "and is seen when it is read");
	shutdown(from, SHUT_WR);
	is_str(step_name(flow_step(&f, NOW)), "ended", "the end");
	flow_free(&f);
	stream_close(source, false);
	stream_close(sink, false);
	close(from);
	close(to);
}

static void
test_sendfile(void)
{
	static const struct stream_ops none = { .read = NULL };
	struct stream source = { .ops = NULL }, *sink;
	char path[] = "/tmp/test_flow.XXXXXX";
	int to, fd = mkstemp(path);
	struct flow f;
	enum flow_step step;

	if (fd == -1 || write(fd, "in the file", 11) != 11 || close(fd) == -1)
		exit(1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	stream_init(&source, &none, "a file");
	fdio_init(&source.in, fd, false);
	source.raw_in = true;
	sink = script_socket(&to);
	flow_init(&f, &source, sink, NULL, true);
	is_int(f.method, FLOW_SENDFILE, "a file to a socket");
	stream_unread(&source, "before ", 7);
	do
		step = flow_step(&f, NOW);
	while (step == FLOW_MOVED || (step == FLOW_BLOCKED && f.wants_in));
	is_str(step_name(step), "ended", "all of it");
	is_received(to, "before in the file", "what was unread came first");
	ok(f.exhausted, "the file has ended");
	is_int((int64_t)f.bytes, 18, "bytes");
	flow_free(&f);
	stream_release(&source);
	stream_close(sink, false);
	close(fd);
	close(to);
}
