/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/wait.h"
#include "io/fdio.h"

static enum fd_kind
fdio_kind(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return FD_OTHER;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
		return FD_FILE;
	case S_IFIFO:
		return FD_PIPE;
	case S_IFSOCK:
		return FD_SOCKET;
	case S_IFCHR:
		return isatty(fd) ? FD_TERMINAL : FD_DEVICE;
	default:
		return FD_OTHER;
	}
}

void
fdio_init(struct fdio *f, int fd, bool own)
{
	int flags = fcntl(fd, F_GETFL);
	int type = SOCK_STREAM;
	socklen_t len = sizeof(type);

	*f = (struct fdio){
		.fd = fd,
		.kind = fdio_kind(fd),
		.own = own,
		.reopened = -1,
		.expected = -1,
	};
	if (f->kind == FD_FILE && flags != -1 &&
	    (flags & O_ACCMODE) != O_WRONLY)
		f->expected = lseek(fd, 0, SEEK_CUR);
	/* Who writes there, too, may move the offset behind the end. */
	f->claims = f->expected != -1 && (flags & O_ACCMODE) == O_RDONLY;
	if (f->kind == FD_SOCKET && !own &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0)
		f->messages = type != SOCK_STREAM;
}

void
fdio_init_socket(struct fdio *f, int fd)
{
	*f = (struct fdio){
		.fd = fd,
		.kind = FD_SOCKET,
		.own = true,
		.reopened = -1,
		.expected = -1,
	};
}

void
fdio_reopen_terminal(struct fdio *f)
{
	char path[32];

	if (f->kind != FD_TERMINAL)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	f->reopened = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
fdio_release(struct fdio *f)
{
	if (f->reopened != -1)
		close(f->reopened);
	f->reopened = -1;
}

void
fdio_grow_pipe(struct fdio *f)
{
	if (f->kind != FD_PIPE || f->grown)
		return;
	f->grown = true;
	if (fcntl(f->fd, F_GETPIPE_SZ) < FDIO_PIPE_SIZE)
		fcntl(f->fd, F_SETPIPE_SZ, FDIO_PIPE_SIZE);
}

size_t
fdio_available(const struct fdio *f)
{
	int n = 0;

	return ioctl(f->fd, FIONREAD, &n) == -1 || n < 0 ? 0 : (size_t)n;
}

/* Whether a call failed because RWF_NOWAIT is not known for this file. */
static bool
fdio_no_nowait(ssize_t n)
{
	return n == -1 && (errno == EOPNOTSUPP || errno == ENOSYS ||
	    errno == EINVAL);
}

static ssize_t
fdio_read_message(int fd, void *data, size_t n)
{
	struct iovec iov = { .iov_base = data, .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (r == -1 || (msg.msg_flags & MSG_TRUNC) == 0)
		return r;
	errno = EMSGSIZE;
	return -1;
}

/* --- files --------------------------------------------------------------- */

static off_t
fdio_file_size(int fd)
{
	struct stat st;
	uint64_t bytes;

	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISBLK(st.st_mode))
		return ioctl(fd, BLKGETSIZE64, &bytes) == -1 ? -1 :
		    (off_t)bytes;
	return st.st_size;
}

/* Move the offset by n, whatever others do with it. */
static off_t
fdio_move(struct fdio *f, off_t n)
{
	off_t at = lseek(f->fd, n, SEEK_CUR);

	if (at != -1 && f->expected != -1)
		f->expected += n;
	return at;
}

size_t
fdio_claim(struct fdio *f, size_t most)
{
	off_t size, at, end, excess;

	if (f->claimed > 0 || !f->claims)
		return f->claimed < most ? f->claimed : most;
	size = fdio_file_size(f->fd);
	at = lseek(f->fd, 0, SEEK_CUR);
	if (at == -1 || at >= size)
		return 0;
	if (size - at < (off_t)most)
		most = (size_t)(size - at);
	end = fdio_move(f, (off_t)most);
	if (end == -1)
		return 0;
	f->claim = end - (off_t)most;
	f->claimed = most;
	/* Others were here since.  All up to the end is claimed by somebody. */
	excess = end - size < (off_t)most ? end - size : (off_t)most;
	if (excess > 0) {
		fdio_move(f, -excess);
		f->claimed -= (size_t)excess;
	}
	return f->claimed;
}

void
fdio_take_claimed(struct fdio *f, size_t n)
{
	ASSERT(n <= f->claimed);
	f->claim += (off_t)n;
	f->claimed -= n;
}

void
fdio_drop_claim(struct fdio *f)
{
	fdio_move(f, -(off_t)f->claimed);
	f->claimed = 0;
}

void
fdio_give_back(struct fdio *f, size_t n)
{
	n += f->claimed;
	f->claimed = 0;
	if (n > 0 && f->expected != -1 && lseek(f->fd, 0, SEEK_CUR) ==
	    f->expected)
		fdio_move(f, -(off_t)n);
}

static ssize_t
fdio_read_file(struct fdio *f, void *data, size_t n)
{
	ssize_t r;

	if (f->claimed > 0) {
		r = pread(f->fd, data, n < f->claimed ? n : f->claimed,
		    f->claim);
		if (r > 0)
			fdio_take_claimed(f, (size_t)r);
		if (r != 0)
			return r;
		fdio_drop_claim(f);
	}
	r = read(f->fd, data, n);
	if (r > 0 && f->expected != -1)
		f->expected += r;
	return r;
}

/* ------------------------------------------------------------------------- */

static ssize_t
fdio_read_once(struct fdio *f, void *data, size_t n)
{
	struct iovec iov = { .iov_base = data, .iov_len = n };
	ssize_t r;

	if (f->messages)
		return fdio_read_message(f->fd, data, n);
	if (f->kind == FD_SOCKET)
		return recv(f->fd, data, n, MSG_DONTWAIT);
	if (f->kind == FD_FILE)
		return fdio_read_file(f, data, n);
	if (f->own)
		return read(f->fd, data, n);
	if (f->kind == FD_PIPE && !f->no_nowait) {
		r = preadv2(f->fd, &iov, 1, -1, RWF_NOWAIT);
		if (!fdio_no_nowait(r))
			return r;
		f->no_nowait = true;
	}
	if (!wait_is_ready(f->fd, POLLIN)) {
		errno = EAGAIN;
		return -1;
	}
	return read(f->fd, data, n);
}

ssize_t
fdio_read(struct fdio *f, void *data, size_t n)
{
	ssize_t r;

	do
		r = fdio_read_once(f, data, n);
	while (r == -1 && errno == EINTR);
	return r;
}

static ssize_t
fdio_write_once(struct fdio *f, const void *data, size_t n)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data,
	    .iov_len = n };
	ssize_t w;

	if (f->kind == FD_SOCKET)
		return send(f->fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (f->own || f->kind == FD_FILE)
		return write(f->fd, data, n);
	if (f->reopened != -1)
		return write(f->reopened, data, n);
	if ((f->kind == FD_PIPE || f->kind == FD_DEVICE) && !f->no_nowait) {
		w = pwritev2(f->fd, &iov, 1, -1, RWF_NOWAIT);
		if (!fdio_no_nowait(w))
			return w;
		f->no_nowait = true;
	}
	if (!wait_is_ready(f->fd, POLLOUT)) {
		errno = EAGAIN;
		return -1;
	}
	/* A pipe that poll(2) calls writable takes this much at once. */
	return write(f->fd, data, n < PIPE_BUF ? n : PIPE_BUF);
}

ssize_t
fdio_write(struct fdio *f, const void *data, size_t n)
{
	ssize_t w;

	do
		w = fdio_write_once(f, data, n);
	while (w == -1 && errno == EINTR);
	return w;
}
