/* SPDX-License-Identifier: ISC */
/*
 * Preloaded into a program, this makes its I/O calls do what the kernel is
 * allowed to do and seldom does: be interrupted (EINTR), be not ready (EAGAIN,
 * where the call can't block), and move less than asked for.
 *
 * SHIM_SEED chooses the run, SHIM_ONE_IN how often a call is disturbed (3).
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LET_GO, INTERRUPT, NOT_READY, SHORTEN };

static uint64_t
shim_random(void)
{
	static uint64_t state;

	if (state == 0) {
		const char *seed = getenv("SHIM_SEED");

		state = (seed == NULL ? 1 : strtoull(seed, NULL, 10)) *
		    UINT64_C(0x9E3779B97F4A7C15) + 1;
	}
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* What happens to this call, and when it is to be short, to *n. */
static int
shim_fate(size_t *n, int may_wait)
{
	const char *text = getenv("SHIM_ONE_IN");
	uint64_t one_in = text == NULL ? 3 : strtoull(text, NULL, 10);
	uint64_t r = shim_random();

	if (r % one_in != 0)
		return LET_GO;
	switch ((r >> 32) % 3) {
	case 0:
		errno = EINTR;
		return INTERRUPT;
	case 1:
		if (!may_wait)
			return LET_GO;
		errno = EAGAIN;
		return NOT_READY;
	default:
		if (n != NULL && *n > 1)
			*n = 1 + (r >> 40) % (*n < 5000 ? *n - 1 : 5000);
		return SHORTEN;
	}
}

static int
shim_fails(size_t *n, int may_wait)
{
	int fate = shim_fate(n, may_wait);

	return fate == INTERRUPT || fate == NOT_READY;
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

ssize_t
read(int fd, void *data, size_t n)
{
	return shim_fails(&n, 0) ? -1 : REAL(read)(fd, data, n);
}

ssize_t
write(int fd, const void *data, size_t n)
{
	/* Lines on standard error are one write each. */
	if (fd == STDERR_FILENO)
		return REAL(write)(fd, data, n);
	return shim_fails(&n, 0) ? -1 : REAL(write)(fd, data, n);
}

ssize_t
recv(int fd, void *data, size_t n, int flags)
{
	return shim_fails(&n, 1) ? -1 : REAL(recv)(fd, data, n, flags);
}

ssize_t
send(int fd, const void *data, size_t n, int flags)
{
	return shim_fails(&n, 1) ? -1 : REAL(send)(fd, data, n, flags);
}

ssize_t
preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	struct iovec one = iov[0];

	return shim_fails(&one.iov_len, 1) ? -1 :
	    REAL(preadv2)(fd, &one, count, offset, flags);
}

ssize_t
pwritev2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	struct iovec one = iov[0];

	return shim_fails(&one.iov_len, 1) ? -1 :
	    REAL(pwritev2)(fd, &one, count, offset, flags);
}

ssize_t
splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t n,
    unsigned flags)
{
	return shim_fails(&n, 1) ? -1 :
	    REAL(splice)(in, in_offset, out, out_offset, n, flags);
}

ssize_t
sendfile(int out, int in, off_t *offset, size_t n)
{
	return shim_fails(&n, 1) ? -1 : REAL(sendfile)(out, in, offset, n);
}

int
poll(struct pollfd *pfd, nfds_t count, int timeout)
{
	return shim_fate(NULL, 0) == INTERRUPT ? -1 :
	    REAL(poll)(pfd, count, timeout);
}

int
accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	return shim_fails(NULL, 1) ? -1 : REAL(accept4)(fd, addr, len, flags);
}

int
connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	return shim_fate(NULL, 0) == INTERRUPT ? -1 :
	    REAL(connect)(fd, addr, len);
}
