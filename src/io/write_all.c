/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/blocking.h"
#include "base/wait.h"
#include "io/write_all.h"

/* A write or a flush could not be done: wait for the stream. */
static bool
write_all_wait(struct stream *s, int64_t until)
{
	if (errno != EAGAIN)
		return false;
	blocking_begins();
	errno = ETIMEDOUT;
	return wait_fd(s->out.fd, stream_write_events(s), until, 0) ==
	    WAIT_READY;
}

bool
write_all(struct stream *s, const void *data, size_t n, int64_t until,
    uint64_t *written)
{
	const unsigned char *p = data;

	while (n > 0 || stream_unflushed(s)) {
		ssize_t w = n > 0 ? stream_write(s, p, n) : stream_flush(s);

		if (w == -1 && !write_all_wait(s, until))
			return false;
		if (w > 0) {
			p += w;
			n -= (size_t)w;
			*written += (uint64_t)w;
		}
	}
	return true;
}
