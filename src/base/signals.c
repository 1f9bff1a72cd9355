/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/signals.h"

static volatile sig_atomic_t caught;
static int wake_fd = -1;
static bool pipe_ignored;

static void
signals_default(int signum)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(signum, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, signum);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
signals_handle(int signum)
{
	const uint64_t one = 1;
	int saved = errno;

	if (caught != 0) {
		signals_default(signum);
		raise(signum);
	}
	caught = signum;
	if (write(wake_fd, &one, sizeof(one)) == -1) {
		/* nobody left to wake */
	}
	errno = saved;
}

static bool
signals_ignored(int signum)
{
	struct sigaction old;

	return sigaction(signum, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
}

int
signals_install(void)
{
	static const int leave[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction handle = { .sa_handler = signals_handle };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd == -1)
		return -1;
	sigemptyset(&handle.sa_mask);
	for (size_t i = 0; i < sizeof(leave) / sizeof(leave[0]); i++) {
		if (!signals_ignored(leave[i]))
			sigaction(leave[i], &handle, NULL);
	}
	pipe_ignored = signals_ignored(SIGPIPE);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	return 0;
}

int
signals_fd(void)
{
	return wake_fd;
}

int
signals_caught(void)
{
	return (int)caught;
}

bool
signals_pipe_ignored(void)
{
	return pipe_ignored;
}

void
signals_die(int signum)
{
	signals_default(signum);
	raise(signum);
	_Exit(128 + signum);
}
