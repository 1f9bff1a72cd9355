/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "tap.h"

static void	test_once(void);
static void	test_counts(void);
static void	test_none(void);
static void	test_thread(void);

int
main(void)
{
	test_once();
	test_counts();
	test_none();
	test_thread();
	return tap_done();
}

static void
test_once(void)
{
	int fd = wakeup_open(WAKEUP_ONCE);

	ok(fd != -1 && !wait_is_ready(fd, POLLIN), "at first it is not set");
	ok(!wakeup_clear(fd), "and clearing it does not wait");
	ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "no command inherits it");
	wakeup_set(fd);
	wakeup_set(fd);
	ok(wait_is_ready(fd, POLLIN), "set, it is readable");
	ok(wait_is_ready(fd, POLLIN), "until it is cleared");
	ok(wakeup_clear(fd) && !wait_is_ready(fd, POLLIN) &&
	    !wakeup_clear(fd), "set twice, it is cleared once");
	wakeup_set(fd);
	ok(wakeup_clear(fd), "it can be set again");
	wakeup_close(fd);
	ok(fcntl(fd, F_GETFD) == -1, "closed, it is gone");
}

static void
test_counts(void)
{
	int fd = wakeup_open(WAKEUP_COUNTS);

	for (int i = 0; i < 3; i++)
		wakeup_set(fd);
	ok(wakeup_clear(fd) && wakeup_clear(fd) && wait_is_ready(fd, POLLIN),
	    "one that counts, set three times, is so after two");
	ok(wakeup_clear(fd) && !wait_is_ready(fd, POLLIN) &&
	    !wakeup_clear(fd), "and not after three");
	wakeup_close(fd);
}

static void
test_none(void)
{
	struct rlimit before, limit;
	int fd;

	wakeup_set(-1);
	ok(!wakeup_clear(-1), "where there is none, it is not set");
	wakeup_close(-1);
	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &limit);
	errno = 0;
	fd = wakeup_open(WAKEUP_ONCE);
	ok(fd == -1 && errno == EMFILE, "without descriptors there is none");
	setrlimit(RLIMIT_NOFILE, &before);
}

static void *
set_it(void *arg)
{
	wakeup_set(*(int *)arg);
	return NULL;
}

static void
test_thread(void)
{
	int fd = wakeup_open(WAKEUP_ONCE);
	pthread_t thread;

	pthread_create(&thread, NULL, set_it, &fd);
	ok(wait_fd(fd, POLLIN, clock_after(clock_now(), 10 * CLOCK_SECOND),
	    WAIT_NO_SIGNALS) == WAIT_READY, "another thread wakes who waits");
	pthread_join(thread, NULL);
	wakeup_close(fd);
}
