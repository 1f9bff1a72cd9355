/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "base/wait.h"
#include "tap.h"

#define SHORT	(20 * CLOCK_MS)
#define LONG	(10 * CLOCK_SECOND)
#define MANY	40

static void	test_ready(void);
static void	test_times(void);
static void	test_many(void);
static void	test_interruption(void);
static void	test_failure(void);
static void	test_reload(void);
static void	test_held_signal(void);
static void	test_signal(void);
static void	test_errors(void);

/* Nothing has been written to one, and its reader takes all. */
static int	empty[2];
/* There is something to read. */
static int	full[2];

int
main(void)
{
	if (pipe(empty) == -1 || pipe(full) == -1 ||
	    write(full[1], "x", 1) != 1 || signals_install() == -1)
		return 1;
	test_ready();
	test_times();
	test_many();
	test_interruption();
	test_failure();
	test_reload();
	test_held_signal();
	test_signal();
	test_errors();
	return tap_done();
}

static int64_t
soon(int64_t span)
{
	return clock_after(clock_now(), span);
}

static void
test_ready(void)
{
	struct pollfd pfd[3] = {
		{ .fd = empty[0], .events = POLLIN, .revents = POLLIN },
		{ .fd = full[0], .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	int closed[2];

	is_int(wait_for(pfd, 3, CLOCK_NEVER, 0), WAIT_READY, "one of three");
	ok(pfd[0].revents == 0 && pfd[1].revents == POLLIN &&
	    pfd[2].revents == 0, "... and which one");
	is_int(wait_fd(empty[1], POLLOUT, soon(LONG), WAIT_NO_SIGNALS),
	    WAIT_READY, "a pipe takes something");
	is_int(wait_fd(full[0], POLLIN, 1, 0), WAIT_READY,
	    "what is ready is ready, also when it is too late");
	ok(wait_is_ready(full[0], POLLIN), "something to read");
	ok(!wait_is_ready(empty[0], POLLIN), "nothing to read");
	if (pipe(closed) == -1)
		return;
	close(closed[1]);
	is_int(wait_fd(closed[0], 0, CLOCK_NEVER, 0), WAIT_READY,
	    "whose peer has gone is ready, whatever is asked");
	close(closed[0]);
}

static void
test_times(void)
{
	struct pollfd pfd = { .fd = empty[0], .events = POLLIN,
	    .revents = POLLIN };
	int64_t began = clock_now();

	is_int(wait_for(&pfd, 1, began + SHORT, 0), WAIT_TIMEOUT, "too late");
	ok(clock_now() >= began + SHORT, "... and no earlier");
	is_int(pfd.revents, 0, "... and nothing is ready");
	is_int(wait_fd(empty[0], POLLIN, WAIT_NOW, 0), WAIT_TIMEOUT,
	    "nothing is ready now");
	is_int(wait_fd(empty[0], POLLIN, 1, 0), WAIT_TIMEOUT, "long past");
	began = clock_now();
	is_int(wait_span(SHORT), WAIT_TIMEOUT, "a pause");
	ok(clock_now() >= began + SHORT, "... is as long as asked for");
}

/* More than there is room for without asking for memory. */
static void
test_many(void)
{
	struct pollfd pfd[MANY];
	size_t ready = 0;

	for (size_t i = 0; i < MANY; i++)
		pfd[i] = (struct pollfd){ .fd = empty[0], .events = POLLIN };
	is_int(wait_for(pfd, MANY, soon(SHORT), 0), WAIT_TIMEOUT,
	    "many, and none is ready");
	pfd[MANY - 1].fd = full[0];
	is_int(wait_for(pfd, MANY, CLOCK_NEVER, WAIT_HELD_SIGNALS), WAIT_READY,
	    "the last of many is ready");
	for (size_t i = 0; i < MANY; i++)
		ready += pfd[i].revents != 0;
	ok(ready == 1 && pfd[MANY - 1].revents == POLLIN,
	    "... and no other one");
}

static volatile sig_atomic_t alarms;

static void
handle_alarm(int signum)
{
	(void)signum;
	alarms++;
}

static void
test_interruption(void)
{
	struct sigaction sa = { .sa_handler = handle_alarm }, before;
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { 0 };
	int64_t began = clock_now();

	sigaction(SIGALRM, &sa, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	is_int(wait_fd(empty[0], POLLIN, began + SHORT, 0), WAIT_TIMEOUT,
	    "signals of other kinds end nothing");
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	ok(clock_now() >= began + SHORT, "... and shorten nothing");
	ok(alarms > 0, "... and they came");
}

static void
test_failure(void)
{
	struct rlimit limit, few;
	struct pollfd pfd[MANY];
	struct error err = { .result = RESULT_OK };
	enum wait_result how;

	for (size_t i = 0; i < MANY; i++)
		pfd[i] = (struct pollfd){ .fd = full[0], .events = POLLIN,
		    .revents = POLLIN };
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
	how = wait_for(pfd, MANY, CLOCK_NEVER, 0);
	ok(how == WAIT_FAILED && errno == EINVAL, "poll fails");
	is_int(pfd[0].revents, 0, "... and nothing is ready");
	errno = EINVAL;
	is_int(wait_error(how, &err), RESULT_LOCAL, "... and is an error");
	is_str(err.text, "poll: Invalid argument", "... which says why");
	is_int(err.errnum, EINVAL, "... with errno");
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* From here on signals are held back. */
static void
test_reload(void)
{
	struct pollfd pfd = { .fd = empty[0], .events = POLLIN };

	signals_manage(true);
	signals_want_reload();
	raise(SIGHUP);
	is_int(wait_for(&pfd, 1, soon(SHORT), WAIT_HELD_SIGNALS), WAIT_TIMEOUT,
	    "a signal to read files again does not end it");
	ok(wait_is_ready(signals_received_fd(), POLLIN),
	    "... but wakes whom it is for");
	ok(signals_take_reload(), "... who has to do it");
}

static void
test_held_signal(void)
{
	struct pollfd pfd = { .fd = full[0], .events = POLLIN };

	raise(SIGTERM);
	is_int(wait_fd(empty[0], POLLIN, soon(SHORT), 0), WAIT_TIMEOUT,
	    "a signal that is held back does not end it");
	is_int(wait_fd(empty[0], POLLIN, CLOCK_NEVER, WAIT_HELD_SIGNALS),
	    WAIT_SIGNAL, "... but who asks for it is told");
	is_int(wait_for(&pfd, 1, CLOCK_NEVER, WAIT_HELD_SIGNALS), WAIT_SIGNAL,
	    "... also where something is ready");
	is_int(pfd.revents, POLLIN, "... which can be seen");
}

static void
test_signal(void)
{
	struct pollfd pfd = { .fd = full[0], .events = POLLIN };

	signals_stop();
	is_int(wait_span(LONG), WAIT_SIGNAL, "a signal ends a pause");
	is_int(wait_for(&pfd, 1, WAIT_NOW, 0), WAIT_SIGNAL,
	    "... and goes before what is ready");
	is_int(wait_fd(full[0], POLLIN, CLOCK_NEVER, WAIT_NO_SIGNALS),
	    WAIT_READY, "... unless nobody wants to know");
	is_int(wait_fd(empty[0], POLLIN, soon(SHORT), WAIT_NO_SIGNALS),
	    WAIT_TIMEOUT, "... who waits to the end");
}

static void
test_errors(void)
{
	struct error err = { .result = RESULT_OK };

	is_int(wait_error(WAIT_READY, &err), RESULT_OK, "ready: no error");
	is_int(wait_error(WAIT_TIMEOUT, &err), RESULT_OK,
	    "too late: the caller's error");
	is_int(err.result, RESULT_OK, "... and nothing is said");
	is_int(wait_error(WAIT_SIGNAL, &err), RESULT_SIGNAL, "a signal");
	is_str(err.text, "interrupted", "... interrupts");
	is_int(err.result, RESULT_SIGNAL, "... as the error says, too");
}
