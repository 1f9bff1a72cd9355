/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report/record.h"
#include "tap.h"

static struct addr
make_peer(void)
{
	struct addr a = { .in = { .sin_family = AF_INET,
	    .sin_port = htons(80) }, .len = sizeof(a.in) };

	inet_pton(AF_INET, "192.0.2.1", &a.in.sin_addr);
	return a;
}

/* What is said of how it ended. */
static void
test_format(void)
{
	const struct addr peer = make_peer();
	struct error e = { .result = RESULT_OK };
	struct record r = { .remote = &peer, .sent = 1, .received = 2 };
	char text[RECORD_TEXT_MAX];

	is_str(record_format(&r, text), "192.0.2.1:80: done",
	    "nobody has counted");
	r.counted = true;
	is_str(record_format(&r, text), "192.0.2.1:80: done, sent 1 bytes, "
	    "received 2 bytes", "somebody has");
	r.error = &e;
	is_str(record_format(&r, text), "192.0.2.1:80: done, sent 1 bytes, "
	    "received 2 bytes", "no failure");
	error_set(&e, RESULT_BROKEN, "read: reset");
	is_str(record_format(&r, text), "192.0.2.1:80: read: reset",
	    "a failure, which has told the bytes");
	r.how = "the command ended";
	is_str(record_format(&r, text), "192.0.2.1:80: the command ended, "
	    "sent 1 bytes, received 2 bytes", "in other words");
	r.remote = NULL;
	r.counted = false;
	is_str(record_format(&r, text), "(no peer): the command ended",
	    "nobody came");
}

/* A text as long as an error can have. */
static void
test_long(void)
{
	const struct addr peer = make_peer();
	struct error e;
	struct record r = { .remote = &peer, .error = &e };
	char long_text[2 * ERROR_TEXT_MAX] = "", text[RECORD_TEXT_MAX];

	memset(long_text, 'x', sizeof(long_text) - 1);
	error_set(&e, RESULT_LOCAL, "%s", long_text);
	is_int((int64_t)strlen(record_format(&r, text)),
	    (int64_t)strlen("192.0.2.1:80: ") + ERROR_TEXT_MAX - 1,
	    "the longest message is there");
	r.how = long_text;
	r.counted = true;
	ok(strstr(record_format(&r, text), ", sent 0 bytes, received 0 bytes")
	    != NULL, "a longer one leaves room for the bytes");
}

/* What becomes of the error. */
static void
test_fail(void)
{
	const struct addr peer = make_peer();
	struct error e, err;
	struct record r = { .remote = &peer, .error = &e };

	error_set(&e, RESULT_BROKEN, "read: reset");
	is_int(record_fail(&r, &err), RESULT_BROKEN, "the result");
	is_str(err.text, "192.0.2.1:80: read: reset", "the peer in front");
	ok(!err.own, "it is the peer's fault");
	error_set(&e, RESULT_COMMAND, "no such command");
	e.status = 127;
	error_own(&e, 0);
	is_int(record_fail(&r, &err), RESULT_COMMAND, "a command");
	is_int(err.status, 127, "its status");
	ok(err.own, "it is our own fault");
	is_str(err.text + err.own_at, "no such command",
	    "... named behind whom it befell");
}

static void
test_measure(void)
{
	struct record r = { .begun = 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	record_measure(&r, fd);
	ok(!r.tcp.known, "nothing is measured of a UNIX-domain socket");
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	record_measure(&r, fd);
	ok(r.tcp.known && r.tcp.retransmits == 0, "but of one of TCP");
	close(fd);
}

int
main(void)
{
	test_format();
	test_long();
	test_fail();
	test_measure();
	return tap_done();
}
