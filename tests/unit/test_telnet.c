/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tap.h"
#include "wire/telnet.h"

#define NOP	"\361"
#define AYT	"\366"
#define SE	"\360"
#define SB	"\372"
#define WILL	"\373"
#define WONT	"\374"
#define DO	"\375"
#define DONT	"\376"
#define IAC	"\377"

#define ECHO	"\001"
#define TTYPE	"\030"

struct test {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*data;
	size_t		 data_n;
	const char	*reply;
	size_t		 reply_n;
};

struct result {
	unsigned char	data[64];
	size_t		data_n;
	unsigned char	reply[64];
	size_t		reply_n;
};

static void	check_pieces(const struct test *);
static bool	result_is(const struct result *, const struct test *);
static bool	strip(struct telnet *, const char *, size_t, struct result *);

static const struct test tests[] = {
	{ "nothing", BYTES(""), BYTES(""), BYTES("") },
	{ "data alone", BYTES("a\0b\r\n\376"), BYTES("a\0b\r\n\376"),
	    BYTES("") },
	{ "IAC IAC is 0xFF", BYTES("a" IAC IAC "b"), BYTES("a\377b"),
	    BYTES("") },
	{ "only IAC IAC", BYTES(IAC IAC IAC IAC), BYTES("\377\377"),
	    BYTES("") },
	{ "an odd number of IAC", BYTES(IAC IAC IAC NOP "a"), BYTES("\377a"),
	    BYTES("") },
	{ "commands of two bytes", BYTES("a" IAC NOP "b" IAC AYT "c"),
	    BYTES("abc"), BYTES("") },
	{ "SE alone", BYTES("a" IAC SE "b"), BYTES("ab"), BYTES("") },
	{ "a command that is none", BYTES("a" IAC "\001" "b"), BYTES("ab"),
	    BYTES("") },
	{ "IAC NUL", BYTES("a" IAC "\0b"), BYTES("ab"), BYTES("") },
	{ "DO gets WONT", BYTES("a" IAC DO ECHO "b"), BYTES("ab"),
	    BYTES(IAC WONT ECHO) },
	{ "WILL gets DONT", BYTES("a" IAC WILL ECHO "b"), BYTES("ab"),
	    BYTES(IAC DONT ECHO) },
	{ "DONT and WONT get nothing",
	    BYTES(IAC DONT ECHO "a" IAC WONT ECHO "b"), BYTES("ab"),
	    BYTES("") },
	{ "several in a row",
	    BYTES(IAC DO "\001" IAC WILL "\002" IAC DO "\0" IAC DONT "\003"),
	    BYTES(""), BYTES(IAC WONT "\001" IAC DONT "\002" IAC WONT "\0") },
	{ "option 255", BYTES(IAC DO "\377" "a" IAC WILL "\377" "b"),
	    BYTES("ab"), BYTES(IAC WONT "\377" IAC DONT "\377") },
	{ "option SE", BYTES(IAC DO SE "a"), BYTES("a"), BYTES(IAC WONT SE) },
	{ "the same once more", BYTES(IAC DO ECHO IAC DO ECHO), BYTES(""),
	    BYTES(IAC WONT ECHO IAC WONT ECHO) },
	{ "a subnegotiation", BYTES("a" IAC SB TTYPE "\001" IAC SE "b"),
	    BYTES("ab"), BYTES("") },
	{ "an empty one", BYTES("a" IAC SB IAC SE "b"), BYTES("ab"),
	    BYTES("") },
	{ "one with IAC IAC in it",
	    BYTES("a" IAC SB TTYPE IAC IAC SE "x" IAC IAC IAC SE "b"),
	    BYTES("ab"), BYTES("") },
	{ "one with a bare SE in it",
	    BYTES("a" IAC SB TTYPE SE "x" IAC SE "b"), BYTES("ab"),
	    BYTES("") },
	{ "one without an end", BYTES("a" IAC SB TTYPE "xyz\r\nabc"),
	    BYTES("a"), BYTES("") },
	{ "one that another command ends",
	    BYTES("a" IAC SB TTYPE "x" IAC DO ECHO "b"), BYTES("ab"),
	    BYTES(IAC WONT ECHO) },
	{ "one that NOP ends", BYTES("a" IAC SB "x" IAC NOP "b"), BYTES("ab"),
	    BYTES("") },
	{ "one that the next one ends",
	    BYTES("a" IAC SB "x" IAC SB "y" IAC SE "b"), BYTES("ab"),
	    BYTES("") },
	{ "IAC at the end", BYTES("a" IAC), BYTES("a"), BYTES("") },
	{ "IAC DO at the end", BYTES("a" IAC DO), BYTES("a"), BYTES("") },
	{ "SB IAC at the end", BYTES("a" IAC SB "x" IAC), BYTES("a"),
	    BYTES("") },
	{ "what a telnet server says first",
	    BYTES(IAC DO TTYPE IAC DO "\040" IAC DO "\043" IAC DO "\047"
	    "login: "), BYTES("login: "),
	    BYTES(IAC WONT TTYPE IAC WONT "\040" IAC WONT "\043"
	    IAC WONT "\047") },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check_pieces(&tests[i]);
	return tap_done();
}

/* In three pieces, cut everywhere; this has one and two pieces in it. */
static void
check_pieces(const struct test *t)
{
	size_t first, second;
	bool split = true, bounds = true;

	for (first = 0; first <= t->n; first++) {
		for (second = first; second <= t->n; second++) {
			struct telnet tn = { 0 };
			struct result r = { .data_n = 0 };

			bounds = strip(&tn, t->in, first, &r) && bounds;
			bounds = strip(&tn, t->in + first, second - first,
			    &r) && bounds;
			bounds = strip(&tn, t->in + second, t->n - second,
			    &r) && bounds;
			split = split && result_is(&r, t);
			if (second - first < t->n)
				continue;
			is_mem(r.data, r.data_n, t->data, t->data_n,
			    "%s: the data", t->name);
			is_mem(r.reply, r.reply_n, t->reply, t->reply_n,
			    "%s: the reply", t->name);
		}
	}
	ok(split, "%s: the same in pieces", t->name);
	ok(bounds, "%s: no reply is longer than promised", t->name);
}

static bool
result_is(const struct result *r, const struct test *t)
{
	return r->data_n == t->data_n && r->reply_n == t->reply_n &&
	    memcmp(r->data, t->data, r->data_n) == 0 &&
	    memcmp(r->reply, t->reply, r->reply_n) == 0;
}

/* Both buffers are of the very size, so that a sanitizer sees the rest. */
static bool
strip(struct telnet *t, const char *in, size_t n, struct result *r)
{
	unsigned char *data = malloc(n + 1);
	unsigned char *reply = malloc(TELNET_REPLY_MAX(n));
	size_t left, reply_n = 99;
	bool good = false;

	if (data != NULL && reply != NULL) {
		memcpy(data, in, n);
		left = telnet_strip(t, data, n, reply, &reply_n);
		memcpy(r->data + r->data_n, data, left);
		memcpy(r->reply + r->reply_n, reply, reply_n);
		r->data_n += left;
		r->reply_n += reply_n;
		good = left <= n && reply_n <= TELNET_REPLY_MAX(n);
	}
	free(data);
	free(reply);
	return good;
}
