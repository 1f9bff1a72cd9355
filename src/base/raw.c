/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "base/raw.h"
#include "base/screen.h"
#include "base/signals.h"

/* What would kill us and leave the terminal as it is. */
static const int deadly[] = { SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE,
	SIGUSR2, SIGXCPU };

static void
raw_handle(int signum, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&sa.sa_mask);
	sigaction(signum, &sa, NULL);
}

/* The shell gets the terminal as it gave it. */
static void
raw_handle_stop(int signum)
{
	int saved = errno;

	screen_suspend_raw();
	raw_handle(signum, SIG_DFL, 0);
	raise(signum);
	/* It goes on. */
	raw_handle(signum, raw_handle_stop, SA_NODEFER);
	screen_resume_raw();
	errno = saved;
}

/* Stopped by a signal that can't be caught, it was not handed back. */
static void
raw_handle_continue(int signum)
{
	int saved = errno;

	(void)signum;
	screen_resume_raw();
	errno = saved;
}

int
raw_begin(void)
{
	if (screen_begin_raw() == -1)
		return -1;
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		raw_handle(deadly[i], signals_die, 0);
	raw_handle(SIGTSTP, raw_handle_stop, SA_NODEFER);
	raw_handle(SIGCONT, raw_handle_continue, 0);
	return 0;
}

void
raw_end(void)
{
	if (!screen_is_raw())
		return;
	raw_handle(SIGTSTP, SIG_DFL, 0);
	raw_handle(SIGCONT, SIG_DFL, 0);
	screen_end_raw();
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		raw_handle(deadly[i], SIG_DFL, 0);
}
