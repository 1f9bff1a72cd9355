/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/screen.h"
#include "base/signals.h"
#include "base/wakeup.h"

/* What is done about a second signal, as ending commands, is done in so many
 * seconds, or not at all. */
#define PATIENCE	1

static atomic_int received;	/* the first signal */
static atomic_int count;
static atomic_int stopping;
/* Milliseconds until the main thread hears of a signal, at most. */
#define RELOAD_LOOKS	1000

static atomic_int reload_due;
static int reload_fd = -1;
static atomic_int asked;	/* and nobody has answered */
static bool answerless;
static void (*answer_with)(void *);
static void *answer_context;
static atomic_int held;
static atomic_int managed;
static int wake_fd = -1;
static int received_fd = -1;
static bool pipe_ignored;

static void
signals_default(int signum)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t set;

	/* Also called by handlers. */
	sigaction(signum, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, signum);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
signals_handle(int signum)
{
	int saved = errno;

	if (received != 0 && (!managed || count > 1))
		signals_die(signum);
	if (received == 0)
		received = signum;
	if (++count > 1)
		alarm(PATIENCE);
	if (managed)
		wakeup_set(received_fd);
	if (!held)
		signals_stop();
	errno = saved;
}

/* Somebody waits for what does not come. */
static void
signals_handle_alarm(int signum)
{
	(void)signum;
	signals_die(received);
}

static void
signals_handle_reload(int signum)
{
	int saved = errno;

	(void)signum;
	reload_due = 1;
	wakeup_set(reload_fd);
	if (managed)
		wakeup_set(received_fd);
	errno = saved;
}

static void
signals_handle_question(int signum)
{
	int saved = errno;

	(void)signum;
	asked = 1;
	wakeup_set(wake_fd);
	if (managed)
		wakeup_set(received_fd);
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
	struct sigaction enough = { .sa_handler = signals_handle_alarm };
	sigset_t set;

#ifdef __SANITIZE_THREAD__
	/* The tool forgets a signal that comes in a thread's first call of this
	 * kind. */
	poll(NULL, 0, 0);
#endif
	wake_fd = wakeup_open(WAKEUP_ONCE);
	if (wake_fd == -1)
		return -1;
	sigemptyset(&enough.sa_mask);
	sigaction(SIGALRM, &enough, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	sigemptyset(&handle.sa_mask);
	for (size_t i = 0; i < sizeof(leave) / sizeof(leave[0]); i++) {
		if (!signals_ignored(leave[i]))
			sigaction(leave[i], &handle, NULL);
	}
	pipe_ignored = signals_ignored(SIGPIPE);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	/* Ignored, it would make wait(2) forget how a command ended. */
	if (signals_ignored(SIGCHLD))
		signals_default(SIGCHLD);
	return 0;
}

int
signals_manage(bool hold)
{
	received_fd = wakeup_open(WAKEUP_ONCE);
	if (received_fd == -1)
		return -1;
	held = hold;
	managed = 1;
	if (asked)	/* before somebody looked there */
		wakeup_set(received_fd);
	return 0;
}

void
signals_want_reload(void)
{
	struct sigaction sa = { .sa_handler = signals_handle_reload };

	reload_fd = wakeup_open(WAKEUP_ONCE);
	sigemptyset(&sa.sa_mask);
	if (!signals_ignored(SIGHUP))
		sigaction(SIGHUP, &sa, NULL);
}

void
signals_want_answer(void (*answer)(void *context), void *context)
{
	/* Whoever waits is in poll(2), which is never restarted. */
	struct sigaction sa = { .sa_handler = signals_handle_question,
	    .sa_flags = SA_RESTART };

	if (answerless)
		return;
	answer_with = answer;
	answer_context = context;
	sigemptyset(&sa.sa_mask);
	if (!signals_ignored(SIGUSR1))
		sigaction(SIGUSR1, &sa, NULL);
	if (asked)	/* before there was anybody to wake */
		wakeup_set(wake_fd);
}

void
signals_want_no_answer(void)
{
	answerless = true;
	if (!signals_ignored(SIGUSR1))
		signals_default(SIGUSR1);
}

void
signals_woken(void)
{
	/* First: a question that comes now wakes once more. */
	if (!stopping) {
		wakeup_clear(wake_fd);
		if (stopping)
			wakeup_set(wake_fd);
	}
	if (atomic_exchange(&asked, 0) != 0 && answer_with != NULL)
		answer_with(answer_context);
}

bool
signals_are_stopping(void)
{
	return stopping != 0;
}

void
signals_stop(void)
{
	stopping = 1;
	wakeup_set(wake_fd);
}

void
signals_abort(int signum)
{
	int none = 0;

	atomic_compare_exchange_strong(&received, &none, signum);
	count += 2;
	if (managed)
		wakeup_set(received_fd);
	signals_stop();
}

int
signals_thread(pthread_t *thread, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int errnum;

	sigfillset(&all);
	/* Those of the terminal stop all threads, whoever has them; blocked, a
	 * job in the background would be told of an error instead. */
	sigdelset(&all, SIGTTIN);
	sigdelset(&all, SIGTTOU);
	sigdelset(&all, SIGTSTP);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errnum = pthread_create(thread, attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return errnum;
}

int
signals_fd(void)
{
	return wake_fd;
}

int
signals_received_fd(void)
{
	return received_fd;
}

int
signals_terminating(void)
{
	return stopping ? received : 0;
}

int
signals_received(void)
{
	return received;
}

int
signals_count(void)
{
	return count;
}

bool
signals_take_reload(void)
{
	/* First: one that comes now wakes once more. */
	wakeup_clear(reload_fd);
	return atomic_exchange(&reload_due, 0) != 0;
}

/* It was sent, and the main thread has not heard of it yet. */
static bool
signals_reload_is_pending(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, SIGHUP) == 1;
}

bool
signals_reload_is_due(void)
{
	if (reload_fd == -1)
		return false;
	for (int i = 0; i < RELOAD_LOOKS && signals_reload_is_pending(); i++)
		poll(NULL, 0, 1);
	return reload_due != 0;
}

int
signals_reload_fd(void)
{
	return reload_fd;
}

bool
signals_pipe_ignored(void)
{
	return pipe_ignored;
}

void
signals_die(int signum)
{
	screen_restore();
	signals_default(signum);
	raise(signum);
	_Exit(128 + signum);
}
