/* SPDX-License-Identifier: ISC */
/* The local end that is the master of a pseudo-terminal; see stream.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/stream.h"

/* If we have no terminal ourselves. */
#define ROWS	24
#define COLUMNS	80

/* Pauses until the end is said again, and until it is looked again whether it
 * can be: the first one, then twice as long each time. */
#define PAUSE_FIRST	(10 * CLOCK_MS)
#define PAUSE_SAID	(1000 * CLOCK_MS)
#define PAUSE_UNREAD	(250 * CLOCK_MS)

struct terminal {
	struct stream	stream;
	int		timer_fd;	/* in place of out.fd, once it is shut;
					 * or -1 */
	int64_t		pause;
	bool		said;		/* the end, and nothing was unread
					 * since */
};

static ssize_t
terminal_read(struct stream *s, void *data, size_t n)
{
	ssize_t r = fdio_read(&s->in, data, n);

	/* Nobody has it open any more. */
	if (r == -1 && errno == EIO)
		r = 0;
	if (r == 0)
		s->unflushed = !(s->left = true);
	return r;
}

/* Whether the program still has something to read.  Only its side of the
 * terminal knows, which is opened for a moment: nobody else's is there for good
 * (TIOCGPTPEER, ioctl_tty(2)). */
static bool
terminal_has_unread(int fd)
{
	int other = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK |
	    O_CLOEXEC), n = 0;
	bool unread;

	if (other == -1)
		return false;
	/* An end that was said before is not counted, but can be polled; bytes
	 * that are fewer than VMIN are counted. */
	unread = wait_is_ready(other, POLLIN) ||
	    (ioctl(other, FIONREAD, &n) == 0 && n > 0);
	close(other);
	return unread;
}

/*
 * A terminal has no half-close, but a character that means the end: where lines
 * are edited (termios(3), ICANON), and to programs that edit them themselves.
 */
static void
terminal_say_end(int fd)
{
	struct termios t;
	cc_t end;

	if (tcgetattr(fd, &t) == -1)
		return;
	end = (t.c_lflag & ICANON) == 0 && VEOF == VMIN ? CEOF : t.c_cc[VEOF];
	if (end != _POSIX_VDISABLE && write(fd, &end, 1) == -1) {
		/* it is full: next time */
	}
}

static void
terminal_set_timer(const struct terminal *t)
{
	const struct itimerspec in = { .it_value = {
					   .tv_sec = (time_t)(t->pause /
					       CLOCK_SECOND),
					   .tv_nsec = (long)(t->pause %
					       CLOCK_SECOND),
				       } };

	timerfd_settime(t->timer_fd, 0, &in, NULL);
}

/* The end holds: it is said once everything before it was read, and again,
 * since it may go to a program that does not want it, is lost in a change of
 * modes or thrown away (tcflush(3)).  Whoever reads until then reads the end,
 * as from any other file. */
static int
terminal_flush(struct stream *s)
{
	struct terminal *t = (struct terminal *)s;
	uint64_t times;
	bool unread;

	if (read(t->timer_fd, &times, sizeof(times)) == sizeof(times)) {
		unread = terminal_has_unread(s->in.fd);
		if (!unread)
			terminal_say_end(s->in.fd);
		t->pause = !unread && !t->said ? PAUSE_FIRST :
		    clock_earlier(2 * t->pause, unread ? PAUSE_UNREAD :
		    PAUSE_SAID);
		t->said = !unread;
		terminal_set_timer(t);
	}
	errno = EAGAIN;
	return -1;
}

static int
terminal_shutdown(struct stream *s)
{
	struct terminal *t = (struct terminal *)s;

	if (s->shut)
		return 0;
	s->shut = true;
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC |
	    TFD_NONBLOCK);
	if (t->timer_fd == -1)
		return -1;
	t->pause = PAUSE_FIRST;
	terminal_set_timer(t);
	s->out.fd = t->timer_fd;
	s->write_events = POLLIN;
	s->unflushed = s->insists = true;
	return 0;
}

static void
terminal_close(struct stream *s, bool abort)
{
	struct terminal *t = (struct terminal *)s;

	(void)abort;
	close(s->in.fd);
	if (t->timer_fd != -1)
		close(t->timer_fd);
	stream_release(s);
	free(t);
}

static const struct stream_ops terminal_ops = {
	.read = terminal_read,
	.shutdown = terminal_shutdown,
	.flush = terminal_flush,
	.close = terminal_close,
};

static void
terminal_set_size(int fd)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1 &&
	    ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1)
		size = (struct winsize){ .ws_row = ROWS, .ws_col = COLUMNS };
	ioctl(fd, TIOCSWINSZ, &size);
}

enum result
stream_open_terminal(struct stream **s, char *path, size_t size, int *other,
    struct error *err)
{
	struct terminal *terminal;
	struct stream *t;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	*other = -1;
	if (fd != -1 && grantpt(fd) == 0 && unlockpt(fd) == 0 &&
	    ptsname_r(fd, path, size) == 0)
		*other = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*other == -1) {
		error_set_errno(err, RESULT_LOCAL, errno,
		    "pseudo-terminal (/dev/ptmx)");
		if (fd != -1)
			close(fd);
		return RESULT_LOCAL;
	}
	terminal_set_size(fd);
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	terminal = xcalloc(1, sizeof(*terminal));
	terminal->timer_fd = -1;
	t = &terminal->stream;
	stream_init(t, &terminal_ops, "the terminal");
	fdio_init(&t->in, fd, true);
	fdio_init(&t->out, fd, true);
	*s = t;
	return RESULT_OK;
}
