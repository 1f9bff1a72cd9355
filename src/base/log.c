/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/screen.h"
#include "base/signals.h"
#include "base/utf8.h"

/* What Linux writes to a pipe in one piece (PIPE_BUF); the rest is cut. */
#define LINE_SIZE	4096

#define ESCAPE_LENGTH	4	/* \xNN */

/* For a reader that is stuck, when we have to leave; milliseconds. */
#define MOMENT		200

static void	log_write(const char *, size_t);
static void	log_write_above(const char *, size_t);
static size_t	line_format(char *, size_t, const char *, va_list)
		    __attribute__((format(printf, 3, 0)));
static int	code_is_printable(uint32_t);

static enum log_level log_threshold = LOG_ERROR;
static bool log_numbered;		/* there are many connections */
static _Thread_local uint64_t log_connection;
static atomic_bool log_abandoned;	/* its reader is stuck, and we leave */

/* The line that stays, while screen_has_line(). */
static struct {
	pthread_mutex_t	 lock;
	char		 text[LOG_STATUS_MAX];
	size_t		 n;
} status = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
log_set_level(enum log_level level)
{
	log_threshold = level;
}

void
log_many_connections(void)
{
	log_numbered = true;
}

void
log_set_connection(uint64_t number)
{
	log_connection = number;
}

int
log_enabled(enum log_level level)
{
	return level > LOG_QUIET && level <= log_threshold;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_SIZE];
	int saved_errno = errno;
	size_t n;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	n = line_format(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_lines(line, n);
	errno = saved_errno;
}

void
log_lines(const char *lines, size_t n)
{
	int saved_errno = errno;

	if (screen_has_line())
		log_write_above(lines, n);
	else
		log_write(lines, n);
	errno = saved_errno;
}

/* Where only O_NONBLOCK keeps write(2) from blocking, which must not be set on
 * what others share: it is opened once more. */
static ssize_t
log_write_opened(const char *data, size_t n)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC), saved;
	ssize_t w;

	if (fd == -1) {
		if (poll(&pfd, 1, 0) == 1)
			return write(STDERR_FILENO, data, n);
		errno = EAGAIN;
		return -1;
	}
	w = write(fd, data, n);
	saved = errno;
	close(fd);
	errno = saved;
	return w;
}

/* As write(2), but never blocks where there may be a reader that is stuck. */
static ssize_t
log_write_some(const char *data, size_t n)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data,
	    .iov_len = n };
	struct stat st;
	ssize_t w;

	if (fstat(STDERR_FILENO, &st) == -1)
		return -1;
	if (S_ISSOCK(st.st_mode))
		return send(STDERR_FILENO, data, n, MSG_DONTWAIT |
		    MSG_NOSIGNAL);
	if (S_ISFIFO(st.st_mode)) {
		w = pwritev2(STDERR_FILENO, &iov, 1, -1, RWF_NOWAIT);
		if (w != -1 || (errno != EOPNOTSUPP && errno != ENOSYS &&
		    errno != EINVAL))
			return w;
	}
	if (S_ISFIFO(st.st_mode) || isatty(STDERR_FILENO))
		return log_write_opened(data, n);
	return write(STDERR_FILENO, data, n);
}

/*
 * The reader may take its time, but once a signal has asked us to leave we wait
 * no longer than a moment for it, and after that not at all: whoever writes
 * here may hold locks, and is waited for itself.
 */
static void
log_write_all(const char *line, size_t n)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	bool last = false;

	while (n > 0) {
		ssize_t w = log_write_some(line, n);

		if (w > 0) {
			line += w;
			n -= (size_t)w;
		} else if (w == -1 && errno != EINTR && errno != EAGAIN) {
			return;		/* nobody is left to tell */
		} else if (w == -1 && errno == EAGAIN) {
			if (last || log_abandoned) {
				log_abandoned = true;
				return;
			}
			last = signals_received() != 0;
			poll(&pfd, 1, MOMENT);
		}
	}
}

/* A raw terminal does not begin a line by itself. */
static void
log_write(const char *lines, size_t n)
{
	char out[2 * LINE_SIZE];
	size_t used = 0;

	if (!screen_is_raw() || isatty(STDERR_FILENO) != 1) {
		log_write_all(lines, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (lines[i] == '\n')
			out[used++] = '\r';
		out[used++] = lines[i];
		if (used > sizeof(out) - 2 || i + 1 == n) {
			log_write_all(out, used);
			used = 0;
		}
	}
}

/* --- the line that stays ------------------------------------------------- */

/* In one piece: blanks over the line that stays, the message, and the line
 * again. */
static void
log_write_above(const char *line, size_t n)
{
	char all[LINE_SIZE + 2 * LOG_STATUS_MAX + 2];
	size_t used = 0;

	pthread_mutex_lock(&status.lock);
	/* Of a job in the background it is not on the terminal. */
	if (!screen_has_line() || !screen_is_ours()) {
		pthread_mutex_unlock(&status.lock);
		log_write(line, n);
		return;
	}
	all[used++] = '\r';
	memset(all + used, ' ', status.n);
	used += status.n;
	all[used++] = '\r';
	memcpy(all + used, line, n);
	used += n;
	memcpy(all + used, status.text, status.n);
	used += status.n;
	log_write(all, used);
	pthread_mutex_unlock(&status.lock);
}

void
log_status(const char *text, size_t n, size_t columns)
{
	char all[2 * LOG_STATUS_MAX + 1];
	size_t blanks;

	/* Who writes a message may have to wait. */
	if (n > LOG_STATUS_MAX || (n == 0 && !screen_has_line()) ||
	    pthread_mutex_trylock(&status.lock) != 0)
		return;
	blanks = status.n < columns ? status.n : columns;
	blanks = screen_has_line() && blanks > n ? blanks - n : 0;
	all[0] = '\r';
	memcpy(all + 1, text, n);
	memset(all + 1 + n, ' ', blanks);
	if (log_write_some(all, 1 + n + blanks) > 0) {
		memcpy(status.text, text, n);
		status.n = n;
		screen_set_line(true);
	}
	pthread_mutex_unlock(&status.lock);
}

void
log_status_end(void)
{
	pthread_mutex_lock(&status.lock);
	if (screen_has_line()) {
		screen_set_line(false);
		if (screen_is_ours())
			log_write("\n", 1);
	}
	pthread_mutex_unlock(&status.lock);
}

/* --- lines --------------------------------------------------------------- */

void
log_whole(const char *lines, size_t n)
{
	int saved_errno = errno;

	log_status_end();
	log_write(lines, n);
	errno = saved_errno;
}

/* As log_escape(); *n is what is left of it. */
static size_t
escape_some(char *out, size_t size, const char *in, size_t *n)
{
	const char *p = in;
	size_t used = 0, keep, need;

	if (size == 0)
		return 0;
	while (*n > 0) {
		keep = log_printable(p, *n);
		need = keep > 0 ? keep : ESCAPE_LENGTH;
		if (need >= size - used)
			break;
		if (keep > 0)
			memcpy(out + used, p, keep);
		else
			snprintf(out + used, size - used, "\\x%02x",
			    (unsigned char)*p);
		used += need;
		keep += keep == 0;
		p += keep;
		*n -= keep;
	}
	out[used] = '\0';
	return used;
}

size_t
log_escape(char *out, size_t size, const char *in, size_t n)
{
	return escape_some(out, size, in, &n);
}

bool
log_escape_whole(char *out, size_t size, const char *in, size_t n)
{
	static const char cut[] = "...";
	size_t left = n, used;

	escape_some(out, size, in, &left);
	if (left == 0)
		return true;
	if (size >= sizeof(cut)) {
		used = log_escape(out, size - (sizeof(cut) - 1), in, n);
		memcpy(out + used, cut, sizeof(cut));
	}
	return false;
}

/* What stands in front of each message. */
static size_t
line_begin(char *to, size_t size)
{
	size_t n;

	snprintf(to, size, "%s: ", getprogname());
	n = strlen(to);
	if (log_enabled(LOG_DETAIL) && size - n > CLOCK_UTC_LENGTH + 1) {
		clock_put_utc(to + n, clock_of_day());
		n += CLOCK_UTC_LENGTH;
		to[n++] = ' ';
	}
	to[n] = '\0';
	if (log_numbered && log_connection != 0 && log_enabled(LOG_STEP)) {
		snprintf(to + n, size - n, "#%llu ",
		    (unsigned long long)log_connection);
		n += strlen(to + n);
	}
	return n;
}

/* The whole line with its LF; the program's name is escaped, too. */
static size_t
line_format(char *line, size_t size, const char *fmt, va_list ap)
{
	char raw[LINE_SIZE];
	size_t n = line_begin(raw, sizeof(raw));

	if (vsnprintf(raw + n, sizeof(raw) - n, fmt, ap) < 0)
		raw[n] = '\0';
	/* As long as it can be, it was cut: its last byte gives way. */
	log_escape_whole(line, size - 1, raw, strlen(raw));
	n = strlen(line);
	line[n++] = '\n';
	return n;
}

size_t
log_printable(const char *in, size_t n)
{
	uint32_t code;
	size_t length = utf8_decode(in, n, &code);

	return length > 0 && code_is_printable(code) ? length : 0;
}

/*
 * iswprint(3) would follow the locale.  Besides the controls, what breaks a
 * line or turns the direction of text must not come from a peer: it could make
 * a line read as something else.
 */
static int
code_is_printable(uint32_t code)
{
	static const struct {
		uint32_t	low, high;
	} escaped[] = {
		{ 0x0000, 0x001f },	/* C0 */
		{ 0x007f, 0x009f },	/* DEL, C1 */
		{ 0x061c, 0x061c },	/* Arabic letter mark */
		{ 0x200e, 0x200f },	/* direction marks */
		{ 0x2028, 0x202e },	/* separators, embeddings, overrides */
		{ 0x2066, 0x206f },	/* isolates, old formatting */
		{ 0xfff9, 0xfffb },	/* annotations */
		{ 0xe0000, 0xe007f },	/* tags, which nobody sees */
	};
	size_t i;

	for (i = 0; i < sizeof(escaped) / sizeof(escaped[0]); i++)
		if (code >= escaped[i].low && code <= escaped[i].high)
			return 0;
	return 1;
}
