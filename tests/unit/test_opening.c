/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tap.h"
#include "wire/opening.h"

static void	test_recognize(void);
static void	test_bytes(void);
static void	test_advice(void);

int
main(void)
{
	test_recognize();
	test_bytes();
	test_advice();
	return tap_done();
}

static const struct {
	const char	*data;
	size_t		 n;
	enum opening	 opening;
} tests[] = {
	{ BYTES("\x16\x03\x01\x02\x00\x01\x00\x01"), OPENING_TLS_HELLO },
	{ BYTES("\x16\x03\x03\x00\x7a\x01"), OPENING_TLS_HELLO },
	{ BYTES("\x15\x03\x01\x00\x02\x02\x46"), OPENING_TLS_ALERT },
	{ BYTES("\x15\x03\x03\x00\x02\x01\x00"), OPENING_TLS_ALERT },
	{ BYTES("GET / HTTP/1.1\r\n"), OPENING_HTTP },
	{ BYTES("HTTP/1.1 400 Bad Request"), OPENING_HTTP },
	{ BYTES("OPTIONS * HTTP/1.0"), OPENING_HTTP },
	{ BYTES("SSH-2.0-x"), OPENING_SSH },
	{ BYTES("220 mail ESMTP"), OPENING_REPLY },
	{ BYTES("220-welcome"), OPENING_REPLY },
	{ BYTES("* OK ready"), OPENING_IMAP },
	{ BYTES("+OK ready"), OPENING_POP3 },
	/* A server's part of a handshake, and what an alert is not. */
	{ BYTES("\x16\x03\x03\x00\x7a\x02\x00"), OPENING_UNKNOWN },
	{ BYTES("\x15\x03\x01\x00\x02\x03\x46"), OPENING_UNKNOWN },
	{ BYTES("\x15\x03\x01\x00\x1a\x02\x46"), OPENING_UNKNOWN },
	{ BYTES("\x16\x02\x01\x02\x00\x01\x00"), OPENING_UNKNOWN },
	{ BYTES("\x16\x03\x09\x02\x00\x01\x00"), OPENING_UNKNOWN },
	{ BYTES("GETTING"), OPENING_UNKNOWN },
	{ BYTES("get / "), OPENING_UNKNOWN },
	{ BYTES("2200"), OPENING_UNKNOWN },
	{ BYTES("hello"), OPENING_UNKNOWN },
	{ BYTES(""), OPENING_UNKNOWN },
};

static void
test_recognize(void)
{
	for (size_t i = 0; i < NITEMS(tests); i++)
		is_int(opening_recognize((const unsigned char *)tests[i].data,
		    tests[i].n), tests[i].opening, "opening %zu", i);
}

/* What is known is known by its first bytes, and by no fewer than it takes. */
static void
test_bytes(void)
{
	for (size_t i = 0; i < NITEMS(tests); i++) {
		const unsigned char *data =
		    (const unsigned char *)tests[i].data;
		size_t n = tests[i].n < OPENING_BYTES ? tests[i].n :
		    OPENING_BYTES;

		is_int(opening_recognize(data, n), tests[i].opening,
		    "the first bytes of opening %zu", i);
		ok(opening_recognize(data, n < 2 ? n : 2) == OPENING_UNKNOWN,
		    "two are too few, %zu", i);
	}
}

static void
test_advice(void)
{
	is_str(opening_without_tls(OPENING_UNKNOWN), "", "nothing is known");
	is_str(opening_without_tls(OPENING_TLS_HELLO), "", "it is TLS");
	for (int o = OPENING_HTTP; o <= OPENING_POP3; o++)
		ok(strncmp(opening_without_tls((enum opening)o), ": ", 2) == 0,
		    "there is something to say of %d", o);
}
