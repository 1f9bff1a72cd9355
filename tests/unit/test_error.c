/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/error.h"
#include "tap.h"

static void
test_steps(void)
{
	struct error e;
	int length;
	const char *subject;

	is_int(error_at(&e, RESULT_NAME, STEP_RESOLVE, "host", "%s", "why"),
	    RESULT_NAME, "the result is returned");
	is_str(e.text, "resolve host: why", "words, subject, reason");
	is_int(e.step, STEP_RESOLVE, "the step");
	subject = error_subject(&e, &length);
	is_mem(subject, (size_t)length, "host", 4, "the subject");
	is_str(error_reason(&e), "why", "the reason");
	ok(error_is_about(&e, "host"), "about its subject");
	ok(!error_is_about(&e, "hos"), "... not a part of it");
	ok(!error_is_about(&e, "host:"), "... nor more");
	error_at(&e, RESULT_LOCAL, STEP_BIND, "bind : x", "a: b");
	is_str(e.text, "bind bind : x: a: b", "what looks like a message");
	ok(error_is_about(&e, "bind : x"), "... is a subject");
	is_str(error_reason(&e), "a: b", "... with its reason");
	error_at(&e, RESULT_LOCAL, STEP_PASS_SOCKET, "", "why");
	is_str(e.text, "pass the socket to standard output: why",
	    "without a subject");
	error_at(&e, RESULT_DENIED, STEP_PROXY_SAID, "p:1", "403 No");
	is_str(e.text, "p:1: the proxy says: 403 No", "the subject first");
	is_str(error_reason(&e), "403 No", "... and its answer");
	error_at(&e, RESULT_TIMEOUT, STEP_IDLE, "", "nothing moved");
	is_str(e.text, "nothing moved", "no words at all");
	is_int(error_at(NULL, RESULT_NAME, STEP_BIND, "x", "y"), RESULT_NAME,
	    "nobody wants to know");
}

static void
test_forgotten(void)
{
	struct error e;
	int length;

	error_at(&e, RESULT_NAME, STEP_RESOLVE, "host", "why");
	error_set(&e, RESULT_LOCAL, "another");
	is_int(e.step, STEP_OTHER, "another message has no step");
	error_subject(&e, &length);
	is_int(length, 0, "... no subject");
	is_str(error_reason(&e), "another", "... and is its own reason");
	ok(!error_is_about(&e, "host"), "... not about the former one");
	error_set_errno(&e, RESULT_LOCAL, ENOENT, "open");
	is_str(error_reason(&e), "open: No such file or directory",
	    "with an errno value alike");
}

static void
test_put_before(void)
{
	struct error e;

	error_at(&e, RESULT_REFUSED, STEP_CONNECT, "a port 1", "refused");
	e.errnum = ECONNREFUSED;
	error_own(&e, 3);
	is_int(error_put_before(&e, "%s %d: ", "client", 7), RESULT_REFUSED,
	    "the result stays");
	is_str(e.text, "client 7: connect to a port 1: refused", "in front");
	ok(error_is_about(&e, "a port 1"), "the subject has moved");
	is_str(error_reason(&e), "refused", "... and the reason");
	is_int((intmax_t)e.own_at, 13, "... and what is our own");
	is_int(e.errnum, ECONNREFUSED, "what else is known stays");
}

static void
test_long(void)
{
	static const char dots[] = "...";
	char much[2 * ERROR_TEXT_MAX];
	struct error e;
	int length;

	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	error_at(&e, RESULT_NAME, STEP_RESOLVE, much, "why");
	is_int((intmax_t)strlen(e.text), ERROR_TEXT_MAX - 1, "it is cut");
	is_str(e.text + ERROR_TEXT_MAX - 4, dots, "... which is seen");
	error_subject(&e, &length);
	is_int(length, ERROR_TEXT_MAX - 1 - 8, "the subject up to there");
	is_str(error_reason(&e), "", "no reason is left");
	error_at(&e, RESULT_NAME, STEP_RESOLVE, "host", "why");
	error_put_before(&e, "%s", much);
	is_int((intmax_t)strlen(e.text), ERROR_TEXT_MAX - 1,
	    "what is put before is cut");
	is_str(e.text + ERROR_TEXT_MAX - 4, dots, "... which is seen");
	error_subject(&e, &length);
	is_int(length, 0, "nothing is left of the subject");
	is_str(error_reason(&e), "", "... nor of the reason");
	error_at(&e, RESULT_NAME, STEP_RESOLVE, "host", "why");
	much[ERROR_TEXT_MAX - 10] = '\0';
	error_put_before(&e, "%s", much);
	is_str(e.text + ERROR_TEXT_MAX - 4, dots,
	    "the former message is cut, which is seen");
}

int
main(void)
{
	test_steps();
	test_forgotten();
	test_put_before();
	test_long();
	return tap_done();
}
