/* SPDX-License-Identifier: ISC */
/* The local end that is the master of a pseudo-terminal; see stream.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/stream.h"

/* If we have no terminal ourselves. */
#define ROWS	24
#define COLUMNS	80

static ssize_t
terminal_read(struct stream *s, void *data, size_t n)
{
	ssize_t r = fdio_read(&s->in, data, n);

	/* Nobody has it open any more. */
	return r == -1 && errno == EIO ? 0 : r;
}

static ssize_t
terminal_write(struct stream *s, const void *data, size_t n)
{
	return fdio_write(&s->out, data, n);
}

/* A terminal has no half-close, but a character that means the end: once for
 * a line that has begun, once for the end. */
static int
terminal_shutdown(struct stream *s)
{
	static const char end[2] = { CEOF, CEOF };

	s->shut = true;
	return fdio_write(&s->out, end, sizeof(end)) == -1 ? -1 : 0;
}

static size_t
terminal_unacked(struct stream *s)
{
	(void)s;
	return 0;
}

static void
terminal_close(struct stream *s, bool abort)
{
	(void)abort;
	close(s->in.fd);
	free(s);
}

static const struct stream_ops terminal_ops = {
	.read = terminal_read,
	.write = terminal_write,
	.shutdown = terminal_shutdown,
	.unacked = terminal_unacked,
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
	t = xcalloc(1, sizeof(*t));
	t->ops = &terminal_ops;
	t->name = t->in_name = "the terminal";
	fdio_init(&t->in, fd, true);
	fdio_init(&t->out, fd, true);
	t->read_events = POLLIN;
	t->write_events = POLLOUT;
	*s = t;
	return RESULT_OK;
}
