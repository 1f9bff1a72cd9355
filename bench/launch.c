/* SPDX-License-Identifier: ISC */
/*
 * Run a program, once or one time after the other, and say what it took.  It is
 * small, because a new process starts with its parent's peak of memory.
 *
 * usage: launch REPORT_FD SECONDS TIMES PROGRAM [ARGUMENT ...]
 *
 * One line for each run to REPORT_FD: when it began and ended (nanoseconds of
 * the monotonic clock), user and system time (microseconds), peak of resident
 * memory (KiB), wait status.  A run that takes longer than SECONDS is killed.
 * REPORT_FD is not passed on, other descriptors are.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

static volatile sig_atomic_t child;

static void
launch_kill(int sig)
{
	(void)sig;
	if (child > 0)
		kill((pid_t)child, SIGKILL);
}

static int64_t
launch_us(struct timeval tv)
{
	return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

static void
launch_once(int report, unsigned seconds, char **argv)
{
	struct rusage usage;
	int64_t began, ended;
	int status, n;
	char line[256];
	pid_t pid;

	began = common_now();
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	child = pid;
	alarm(seconds);
	while (wait4(pid, &status, 0, &usage) == -1) {
		if (errno != EINTR)
			err(1, "wait4");
	}
	ended = common_now();
	child = 0;
	alarm(0);
	n = snprintf(line, sizeof(line), "%lld %lld %lld %lld %ld %d\n",
	    (long long)began, (long long)ended,
	    (long long)launch_us(usage.ru_utime),
	    (long long)launch_us(usage.ru_stime), usage.ru_maxrss, status);
	common_write(report, line, (size_t)n);
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = launch_kill };
	unsigned seconds;
	int report;
	long times;

	if (argc < 5)
		errx(1, "usage: launch fd seconds times program ...");
	report = (int)common_number(argv[1], 0, 1023, "descriptor");
	seconds = (unsigned)common_number(argv[2], 1, 3600, "seconds");
	times = common_number(argv[3], 1, 100000, "times");
	if (fcntl(report, F_SETFD, FD_CLOEXEC) == -1)
		err(1, "descriptor %d", report);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	while (times-- > 0)
		launch_once(report, seconds, argv + 4);
	return 0;
}
