/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "tap.h"

#define FILL	'~'	/* what memory that must not be written to holds */

static void	test_escape(void);
static void	test_escape_sizes(const char *, size_t, const char *);
static void	test_whole(void);
static void	test_every_byte(void);
static void	test_levels(void);
static void	test_line(void);
static void	test_begin_of_line(int);
static size_t	read_line(int, char *, size_t);

int
main(void)
{
	test_escape();
	test_whole();
	test_every_byte();
	test_levels();
	test_line();
	return tap_done();
}

static void
test_escape(void)
{
	static const struct {
		const char	*in;
		size_t		 n;
		const char	*out;
	} tests[] = {
		{ BYTES(""), "" },
		{ BYTES("plain text ~"), "plain text ~" },
		{ BYTES("a\\b"), "a\\b" },
		{ BYTES("a\nb"), "a\\x0ab" },
		{ BYTES("\r\t\0\x1b[2J"), "\\x0d\\x09\\x00\\x1b[2J" },
		{ BYTES("\x7f"), "\\x7f" },
		/* printable UTF-8 of 2, 3 and 4 bytes */
		{ BYTES("\xc3\xa4"), "\xc3\xa4" },
		{ BYTES("\xc2\xa0"), "\xc2\xa0" },
		{ BYTES("\xe2\x82\xac"), "\xe2\x82\xac" },
		{ BYTES("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
		{ BYTES("\xef\xbf\xbd"), "\xef\xbf\xbd" },
		{ BYTES("\xf4\x8f\xbf\xbd"), "\xf4\x8f\xbf\xbd" },
		/* C1: CSI as a byte and as UTF-8 */
		{ BYTES("\x9b" "31m"), "\\x9b31m" },
		{ BYTES("\xc2\x9b" "31m"), "\\xc2\\x9b31m" },
		{ BYTES("\xc2\x80\xc2\x9f"), "\\xc2\\x80\\xc2\\x9f" },
		/* no UTF-8: stray, cut short, too long a form, out of range */
		{ BYTES("\x80"), "\\x80" },
		{ BYTES("\xff\xfe"), "\\xff\\xfe" },
		{ BYTES("\xc3"), "\\xc3" },
		{ BYTES("\xc3("), "\\xc3(" },
		{ BYTES("\xe2\x82"), "\\xe2\\x82" },
		{ BYTES("\xe2\x82z"), "\\xe2\\x82z" },
		{ BYTES("\xf0\x9f\x98"), "\\xf0\\x9f\\x98" },
		{ BYTES("\xe2\xe2\x82\xac"), "\\xe2\xe2\x82\xac" },
		{ BYTES("\xc0\x8a"), "\\xc0\\x8a" },
		{ BYTES("\xc1\xbf"), "\\xc1\\xbf" },
		{ BYTES("\xe0\x80\x8a"), "\\xe0\\x80\\x8a" },
		{ BYTES("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf" },
		{ BYTES("\xf0\x80\x80\x8a"), "\\xf0\\x80\\x80\\x8a" },
		{ BYTES("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf" },
		{ BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
		{ BYTES("\xed\xbf\xbf"), "\\xed\\xbf\\xbf" },
		{ BYTES("\xed\x9f\xbf"), "\xed\x9f\xbf" },
		{ BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
		{ BYTES("\xf8\x88\x80\x80\x80"),
		    "\\xf8\\x88\\x80\\x80\\x80" },
		/* what turns the direction of the text or ends the line */
		{ BYTES("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
		{ BYTES("\xe2\x80\xa8"), "\\xe2\\x80\\xa8" },
		{ BYTES("\xe2\x81\xa6"), "\\xe2\\x81\\xa6" },
		{ BYTES("\xd8\x9c"), "\\xd8\\x9c" },
		{ BYTES("\xe2\x81\xaa"), "\\xe2\\x81\\xaa" },
		{ BYTES("\xef\xbf\xb9"), "\\xef\\xbf\\xb9" },
		{ BYTES("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81" },
		/* left: the zero width joiner, which emoji need */
		{ BYTES("\xe2\x80\x8d"), "\xe2\x80\x8d" },
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		test_escape_sizes(tests[i].in, tests[i].n, tests[i].out);
}

/* All of it, then with each smaller size: a part that ends between pieces. */
static void
test_escape_sizes(const char *in, size_t n, const char *want)
{
	char out[64];
	size_t size, used, length = strlen(want);
	bool good = true;

	used = log_escape(out, sizeof(out), in, n);
	is_mem(out, used, want, length, "escape gives %s", want);
	memset(out, FILL, sizeof(out));
	ok(log_escape(out, 0, in, n) == 0 && out[0] == FILL,
	    "... and nothing into no room");
	for (size = 1; size <= length + 1; size++) {
		memset(out, FILL, sizeof(out));
		used = log_escape(out, size, in, n);
		/* A piece is no longer than 4 bytes, so one fits unless: */
		good = good && used < size && out[used] == '\0' &&
		    out[size] == FILL && strncmp(out, want, used) == 0 &&
		    (used == length || size - used <= 4);
	}
	ok(good, "... and as many whole pieces as there is room for");
}

static void
test_whole(void)
{
	char out[16];

	ok(log_escape_whole(out, 6, "a\nb\n", 2), "all has room");
	is_str(out, "a\\x0a", "... and is there");
	ok(!log_escape_whole(out, 8, "abc\ndef", 7), "not all has room");
	is_str(out, "abc...", "... which shows, behind a whole piece");
	ok(!log_escape_whole(out, 4, "abcdef", 6) && strcmp(out, "...") == 0,
	    "room for nothing else");
	ok(!log_escape_whole(out, 3, "abcdef", 6) && strcmp(out, "ab") == 0,
	    "room for less");
	ok(log_escape_whole(out, 1, "", 0) && out[0] == '\0', "nothing");
}

static void
test_every_byte(void)
{
	char out[8], want[8];
	char in;
	int c;
	bool good = true;

	for (c = 0; c < 256; c++) {
		in = (char)c;
		if (c >= 0x20 && c < 0x7f)
			snprintf(want, sizeof(want), "%c", c);
		else
			snprintf(want, sizeof(want), "\\x%02x", (unsigned)c);
		log_escape(out, sizeof(out), &in, 1);
		good = good && strcmp(out, want) == 0;
	}
	ok(good, "each byte of its own");
}

static void
test_levels(void)
{
	ok(log_enabled(LOG_ERROR) && !log_enabled(LOG_STEP),
	    "errors alone are shown by default");
	log_set_level(LOG_DETAIL);
	ok(log_enabled(LOG_ERROR) && log_enabled(LOG_STEP) &&
	    log_enabled(LOG_DETAIL) && !log_enabled(LOG_TRACE),
	    "a level shows itself and what is below");
	log_set_level(LOG_QUIET);
	ok(!log_enabled(LOG_ERROR) && !log_enabled(LOG_QUIET),
	    "quiet shows nothing at all");
	log_set_level(LOG_ERROR);
}

static void
test_line(void)
{
	char got[8192], text[6000];
	int saved, fds[2];
	size_t n;

	setprogname("pro\ngram");
	saved = dup(STDERR_FILENO);
	if (saved == -1 || pipe(fds) == -1 ||
	    dup2(fds[1], STDERR_FILENO) == -1) {
		ok(false, "a pipe in the place of standard error");
		return;
	}

	errno = ERANGE;
	log_line(LOG_ERROR, "from %s: %d\n", "a\033peer", 7);
	is_int(errno, ERANGE, "errno is kept");
	n = read_line(fds[0], got, sizeof(got));
	is_mem(got, n, BYTES("pro\\x0agram: from a\\x1bpeer: 7\\x0a\n"),
	    "one line, all of it escaped");

	test_begin_of_line(fds[0]);
	log_line(LOG_STEP, "not shown");
	memset(text, '\001', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_line(LOG_ERROR, "%s", text);
	n = read_line(fds[0], got, sizeof(got));
	ok(n <= 4096 && n > 4000 && got[n - 1] == '\n' &&
	    memchr(got, '\n', n - 1) == NULL &&
	    memcmp(got + n - 4, "...", 3) == 0,
	    "a long line is cut to what a pipe takes in one piece");

	/* The reading end of a pipe cannot be written to. */
	dup2(fds[0], STDERR_FILENO);
	errno = ERANGE;
	log_line(LOG_ERROR, "lost");
	is_int(errno, ERANGE, "errno is kept when the line cannot be written");

	close(fds[0]);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
}

/* Numbers of connections with -v alone, and the time with -vv alone; fd is what
 * is written. */
static void
test_begin_of_line(int fd)
{
	static const char program[] = "pro\\x0agram: ";
	char got[256];
	size_t n, at = strlen(program);

	log_many_connections();
	log_set_connection(7);
	log_line(LOG_ERROR, "a");
	n = read_line(fd, got, sizeof(got));
	is_mem(got, n, BYTES("pro\\x0agram: a\n"), "no number without -v");
	log_set_level(LOG_STEP);
	log_line(LOG_ERROR, "a");
	n = read_line(fd, got, sizeof(got));
	is_mem(got, n, BYTES("pro\\x0agram: #7 a\n"), "the number");
	log_set_connection(0);
	log_line(LOG_STEP, "a");
	n = read_line(fd, got, sizeof(got));
	is_mem(got, n, BYTES("pro\\x0agram: a\n"), "of no connection");
	log_set_level(LOG_DETAIL);
	log_set_connection(UINT64_MAX);
	log_line(LOG_STEP, "a");
	n = read_line(fd, got, sizeof(got));
	ok(n > at + 28 && got[at] == '2' && got[at + 26] == 'Z',
	    "the time of day");
	is_mem(got + at + 27, n - at - 27,
	    BYTES(" #18446744073709551615 a\n"), "and the number behind it");
	log_set_level(LOG_ERROR);
	log_set_connection(0);
}

static size_t
read_line(int fd, char *buf, size_t size)
{
	ssize_t n;

	n = read(fd, buf, size);
	return n > 0 ? (size_t)n : 0;
}
