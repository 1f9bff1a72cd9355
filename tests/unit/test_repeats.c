/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/repeats.h"
#include "tap.h"

#define HOUR	(3600 * CLOCK_SECOND)

static int	reader = -1;

/* What has been said since. */
static const char *
said(void)
{
	static char text[65536];
	ssize_t n = read(reader, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static bool
say(struct repeats *r, const char *text, int64_t seconds)
{
	return repeats_say(r, text, strlen("who: "), HOUR + seconds *
	    CLOCK_SECOND);
}

static int64_t
due(struct repeats *r, int64_t seconds)
{
	int64_t at = repeats_say_counts(r, HOUR + seconds * CLOCK_SECOND);

	return at == CLOCK_NEVER ? -1 : (at - HOUR) / CLOCK_SECOND;
}

static void
test_intervals(void)
{
	struct repeats *r = repeats_new();

	ok(!say(r, "a's: trouble", 0), "the first one is no count");
	is_str(said(), "sockcat: a's: trouble\n", "... and is said");
	ok(say(r, "b's: trouble", 1), "the next one is a count");
	ok(!say(r, "b's: trouble", 2), "... that grows");
	is_str(said(), "", "... and waits");
	is_int(due(r, 3), 10, "... for ten seconds");
	is_int(due(r, 10), -1, "... which are over then");
	is_str(said(), "sockcat: trouble (2 times more)\n", "... and it is "
	    "said");
	ok(say(r, "c's: trouble", 11), "one more waits");
	is_int(due(r, 11), 30, "... twice as long");
	due(r, 30);
	is_str(said(), "sockcat: trouble (once more)\n", "... and is said");
	ok(!say(r, "d's: trouble", 71), "after the next time has passed");
	is_str(said(), "sockcat: d's: trouble\n", "... it is said at once");
	say(r, "e's: trouble", 72);
	is_int(due(r, 72), 71 + 80, "... and that grows, too");
	repeats_end(r);
	is_str(said(), "sockcat: trouble (once more)\n", "the end: all is "
	    "said");
	repeats_end(r);
	is_str(said(), "", "... once");
	say(r, "e's: trouble", 5 * 3600);
	say(r, "e's: trouble", 5 * 3600);
	is_int(due(r, 5 * 3600), 5 * 3600 + 10, "after hours it is new");
	repeats_free(r);
}

/* Said at most once an hour, however long it goes on. */
static void
test_flood(void)
{
	struct repeats *r = repeats_new();
	int lines = 0;

	said();
	for (int second = 0; second < 24 * 3600; second += 10) {
		say(r, "a's: trouble", second);
		due(r, second);
		lines += *said() != '\0';
	}
	ok(lines > 24 && lines < 40, "a day of trouble is %d lines", lines);
	repeats_free(r);
}

static void
test_many(void)
{
	struct repeats *r = repeats_new();
	char text[32];

	said();
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "a's: trouble %d", i);
		say(r, text, 0);
	}
	ok(strstr(said(), "trouble 7") != NULL, "eight kinds are said");
	ok(say(r, "a's: trouble of another kind", 1), "others are counted");
	ok(!say(r, "a's: trouble of a third kind", 1), "... together");
	is_str(said(), "", "... and not said");
	due(r, 11);
	is_str(said(), "sockcat: other failures, which -v tells one by one (2 "
	    "times more)\n", "... but their number");
	say(r, "a's: trouble of a third kind", 12);
	is_str(said(), "sockcat: a's: trouble of a third kind\n", "when the "
	    "first ones have gone by, there is room");
	repeats_free(r);
	repeats_free(NULL);
}

int
main(void)
{
	int fd[2];

	setprogname("sockcat");
	if (pipe2(fd, O_NONBLOCK) == -1 || dup2(fd[1], STDERR_FILENO) == -1)
		return 1;
	reader = fd[0];
	test_intervals();
	test_flood();
	test_many();
	return tap_done();
}
