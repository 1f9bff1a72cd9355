/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <termios.h>
#include <unistd.h>

#include "base/screen.h"

static atomic_bool screen_line;
static atomic_bool screen_raw;
static struct termios cooked, raw;	/* once it has begun */

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

bool
screen_is_ours(void)
{
	pid_t job = tcgetpgrp(STDERR_FILENO);

	return job == -1 || job == getpgrp();
}

/* What comes next begins a line.  A terminal that was stopped is not waited
 * for, and one that another job has is left alone. */
static void
screen_end_line(void)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (!atomic_exchange(&screen_line, false) || !screen_is_ours())
		return;
	if (poll(&pfd, 1, 0) == 1 && write(STDERR_FILENO, "\n", 1) == -1) {
		/* it has gone */
	}
}

/* One that another job has is left alone: it would be changed under its hands,
 * or we be stopped for that.  One that is not our session's has no jobs.  What
 * is still to be shown is not waited for: it may be stopped, and its bytes are
 * what they are. */
static void
screen_set(const struct termios *modes)
{
	pid_t job = tcgetpgrp(STDIN_FILENO);

	if (job == -1 || job == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, modes);
}

int
screen_begin_raw(void)
{
	if (tcgetattr(STDIN_FILENO, &cooked) == -1)
		return -1;
	raw = cooked;
	cfmakeraw(&raw);
	screen_raw = true;
	screen_set(&raw);
	return 0;
}

bool
screen_is_raw(void)
{
	return screen_raw;
}

void
screen_suspend_raw(void)
{
	if (screen_raw)
		screen_set(&cooked);
}

void
screen_resume_raw(void)
{
	if (screen_raw)
		screen_set(&raw);
}

void
screen_end_raw(void)
{
	if (atomic_exchange(&screen_raw, false))
		screen_set(&cooked);
}

void
screen_restore(void)
{
	int saved = errno;

	screen_end_raw();
	screen_end_line();
	errno = saved;
}
