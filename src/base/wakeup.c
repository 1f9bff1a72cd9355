/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/wakeup.h"

int
wakeup_open(enum wakeup_kind kind)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK |
	    (kind == WAKEUP_COUNTS ? EFD_SEMAPHORE : 0));
}

void
wakeup_set(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) == -1) {
		/* it is set as often as can be, or there is none */
	}
}

bool
wakeup_clear(int fd)
{
	uint64_t count;

	return fd != -1 && read(fd, &count, sizeof(count)) != -1;
}

void
wakeup_close(int fd)
{
	if (fd != -1)
		close(fd);
}
