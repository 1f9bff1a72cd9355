/* SPDX-License-Identifier: ISC */
/* The local end that is standard input and standard output; see stream.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nothing.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/stream.h"

struct stdio_stream {
	struct stream	stream;
	bool		keep_output;
	int		key;		/* that ends the input; -1 */
	bool		ended;
};

/* Whatever stands on the terminal, what comes next begins a line. */
static void
stdio_begin_line(void)
{
	if (isatty(STDERR_FILENO) == 1 &&
	    wait_is_ready(STDERR_FILENO, POLLOUT) &&
	    write(STDERR_FILENO, "\r\n", 2) == -1) {
		/* it has gone */
	}
}

static ssize_t
stdio_read(struct stream *s, void *data, size_t n)
{
	struct stdio_stream *ss = (struct stdio_stream *)s;
	ssize_t r = ss->ended ? 0 : fdio_read(&s->in, data, n);
	const char *key;

	if (r > 0 && ss->key != -1) {
		key = memchr(data, ss->key, (size_t)r);
		ss->ended = s->more = key != NULL;
		if (key != NULL)
			stdio_begin_line();
		return key == NULL ? r : key - (const char *)data;
	}
	/* A terminal that hung up, or is another job's: no more input. */
	if (r == -1 && errno == EIO && s->in.kind == FD_TERMINAL)
		return 0;
	return r;
}

/* Whether 0 and 1 are one socket, as inetd gives it. */
static bool
stdio_one_socket(const struct stream *s)
{
	struct stat in, out;

	return s->out.kind == FD_SOCKET && s->in.kind == FD_SOCKET &&
	    fstat(STDIN_FILENO, &in) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
	    in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/*
 * Close descriptor 1, and say when that tells of a failed write (NFS, quotas).
 * Its number is taken by nothing, so that nothing else ever gets it.
 */
static int
stdio_shutdown(struct stream *s)
{
	struct stdio_stream *ss = (struct stdio_stream *)s;
	int saved = 0, null;

	if (ss->keep_output || s->shut)
		return 0;
	s->shut = true;
	if (stdio_one_socket(s))
		shutdown(STDOUT_FILENO, SHUT_WR);
	fdio_release(&s->out);
	if (close(STDOUT_FILENO) == -1 && errno != EINTR && errno != EBADF)
		saved = errno;
	null = nothing_open(O_WRONLY);
	if (null != -1 && null != STDOUT_FILENO) {
		dup2(null, STDOUT_FILENO);
		close(null);
	}
	s->out.fd = -1;
	errno = saved;
	return saved == 0 ? 0 : -1;
}

static void
stdio_close(struct stream *s, bool abort)
{
	(void)abort;
	fdio_give_back(&s->in, stream_returned(s));
	fdio_release(&s->out);
	stream_release(s);
	free(s);	/* the first member of struct stdio_stream */
}

static const struct stream_ops stdio_ops = {
	.read = stdio_read,
	.shutdown = stdio_shutdown,
	.close = stdio_close,
};

struct stream *
stream_stdio(bool keep_output)
{
	struct stdio_stream *ss = xcalloc(1, sizeof(*ss));
	struct stream *s = &ss->stream;

	stream_init(s, &stdio_ops, "standard output");
	s->in_name = "standard input";
	fdio_init(&s->in, STDIN_FILENO, false);
	fdio_init(&s->out, STDOUT_FILENO, false);
	fdio_reopen_terminal(&s->out);
	s->raw_in = s->raw_out = true;
	s->interactive = s->in.kind == FD_TERMINAL;
	/* What scripts, cron and service managers give. */
	s->no_input = nothing_is(STDIN_FILENO);
	ss->keep_output = keep_output;
	ss->key = -1;
	return s;
}

void
stream_stdio_end_at(struct stream *s, int key)
{
	struct stdio_stream *ss = (struct stdio_stream *)s;

	ss->key = key;
	s->raw_in = false;
}
