/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* Both of its forms, whatever this was configured with. */
#undef ENABLE_ASSERTIONS
#define ENABLE_ASSERTIONS
#include "base/assert.h"

static void	test_on(void);
static void	test_failed(void);
static void	test_off(void);

int
main(void)
{
	test_on();
	test_failed();
	test_off();
	return tap_done();
}

static void
test_on(void)
{
	int evaluated = 0;

	ASSERT(++evaluated == 1);
	is_int(evaluated, 1, "what holds is looked at once");
}

/* In a child, whose standard error goes to a pipe. */
static void
test_failed(void)
{
	struct rlimit no_core = { 0, 0 };
	int end[2], status = 0;
	char said[256] = "";
	ssize_t n;
	pid_t pid;

	if (pipe(end) == -1 || (pid = fork()) == -1)
		return;
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		dup2(end[1], STDERR_FILENO);
		ASSERT(1 + 1 == 3);
		_exit(0);
	}
	close(end[1]);
	n = read(end[0], said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	    "what does not hold ends by SIGABRT");
	ok(strstr(said, "test_assert.c:") != NULL &&
	    strstr(said, ": it does not hold that 1 + 1 == 3\n") != NULL,
	    "... and says where, and what: %s", said);
}

#undef BASE_ASSERT_H
#undef ENABLE_ASSERTIONS
#undef ASSERT
#include "base/assert.h"

static void
test_off(void)
{
	int evaluated = 0;

	ASSERT(++evaluated == 0);
	is_int(evaluated, 0, "off, it does not even look");
}
