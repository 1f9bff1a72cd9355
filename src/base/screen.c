/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/screen.h"

static atomic_bool screen_line;

void
screen_set_line(bool open)
{
	screen_line = open;
}

bool
screen_has_line(void)
{
	return screen_line;
}

/* What comes next begins a line.  A terminal that was stopped is not waited
 * for. */
static void
screen_end_line(void)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (!atomic_exchange(&screen_line, false))
		return;
	if (poll(&pfd, 1, 0) == 1 && write(STDERR_FILENO, "\n", 1) == -1) {
		/* it has gone */
	}
}

void
screen_restore(void)
{
	int saved = errno;

	screen_end_line();
	errno = saved;
}
