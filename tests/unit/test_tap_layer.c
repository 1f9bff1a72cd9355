/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>

#include "io/tap.h"
#include "script.h"
#include "tap.h"

static void	test_pieces(void);
static void	test_ends(void);
static void	test_resets(void);
static void	test_closes(void);

int
main(void)
{
	test_pieces();
	test_ends();
	test_resets();
	test_closes();
	return tap_done();
}

/* What it was told: ">bytes " and "<bytes ", "F" and "R" in place of bytes at
 * the end, "." when it is closed. */
static char told[256];

static void
tell(enum tap_way way, const char *text, size_t n)
{
	size_t at = strlen(told);

	snprintf(told + at, sizeof(told) - at, "%c%.*s ",
	    way == TAP_SENT ? '>' : '<', (int)n, text);
}

static void
tell_piece(void *state, enum tap_way way, const unsigned char *data,
    size_t n)
{
	(void)state;
	tell(way, (const char *)data, n);
}

static void
tell_end(void *state, enum tap_way way, bool reset)
{
	(void)state;
	tell(way, reset ? "R" : "F", 1);
}

static void
tell_close(void *state)
{
	(void)state;
	strlcat(told, ".", sizeof(told));
}

static const struct tap_ops ops = {
	.piece = tell_piece, .end = tell_end, .close = tell_close,
};

static struct stream *
begin(const struct script_step *reads, const struct script_step *writes)
{
	told[0] = '\0';
	return tap_new(&script_new(reads, writes)->stream, &ops, NULL);
}

static void
test_pieces(void)
{
	static const struct script_step reads[] = { GIVE("hello"), AGAIN,
		GIVE("you"), LAST };
	static const struct script_step writes[] = { TAKE(2), AGAIN, LAST };
	struct stream *s = begin(reads, writes);
	char data[3];

	ok(!s->raw_in && !s->raw_out, "nobody goes around it");
	is_int(stream_read(s, data, 3), 3, "as much as is asked for");
	is_int(stream_write(s, "abc", 3), 2, "as much as is taken");
	is_int(stream_write(s, "c", 1), -1, "nothing");
	is_int(errno, EAGAIN, "... for now");
	is_int(stream_read(s, data, 3), 2, "the rest");
	is_int(stream_read(s, data, 3), -1, "not yet");
	is_int(stream_write(s, "c", 1), 1, "now it is taken");
	stream_unread(s, "lo", 2);
	is_int(stream_read(s, data, 3), 2, "what was given back, again");
	is_str(told, "<hel >ab <lo >c ", "each byte is told once, in order");
	stream_close(s, false);
}

static void
test_ends(void)
{
	struct stream *s = begin(NULL, NULL);
	char data[3];

	is_int(stream_read(s, data, 3), 0, "the end");
	is_int(stream_read(s, data, 3), 0, "... again");
	is_str(told, "<F ", "is told once");
	is_int(stream_shutdown(s), 0, "our end");
	stream_close(s, false);
	is_str(told, "<F >F .", "is told once, too");
}

static void
test_resets(void)
{
	static const struct script_step resets[] = { FAIL(ECONNRESET) };
	static const struct script_step others[] = { FAIL(ETIMEDOUT) };
	struct stream *s = begin(resets, NULL);
	char data[3];

	is_int(stream_read(s, data, 3), -1, "a reset");
	is_int(errno, ECONNRESET, "... is passed on");
	stream_close(s, true);
	is_str(told, "<R .", "and ends both directions");
	s = begin(NULL, resets);
	is_int(stream_read(s, data, 3), 0, "the peer has ended");
	is_int(stream_write(s, "x", 1), -1, "and resets when we write");
	is_str(told, "<F <R ", "both are told");
	stream_close(s, false);
	s = begin(NULL, NULL);
	((struct script *)s->below)->error = ECONNRESET;
	is_int(stream_error(s), ECONNRESET, "one that is asked for");
	is_str(told, "<R ", "... is told");
	stream_close(s, false);
	s = begin(others, NULL);
	is_int(stream_read(s, data, 3), -1, "another failure");
	is_str(told, "", "is none");
	stream_close(s, false);
}

static void
test_closes(void)
{
	struct stream *s = begin(NULL, NULL);

	stream_close(s, true);
	is_str(told, ">R .", "a reset of ours");
	s = begin(NULL, NULL);
	stream_close(s, false);
	is_str(told, ">F .", "an end of ours");
}
