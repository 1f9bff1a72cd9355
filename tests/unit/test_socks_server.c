/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/socks_client.h"
#include "wire/socks_server.h"

#define ALL	(SOCKS_SERVE(SOCKS_4) | SOCKS_SERVE(SOCKS_4A) |		\
		    SOCKS_SERVE(SOCKS_5))
#define FOUR	SOCKS_SERVE(SOCKS_4)
#define FOUR_A	SOCKS_SERVE(SOCKS_4A)
#define FIVE	SOCKS_SERVE(SOCKS_5)

#define OPEN(versions)	{ versions, NULL, NULL }
#define CLOSED(versions)	{ versions, check, NULL }

#define INET	"\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb"	/* 192.0.2.1 443 */
#define FAILED_5(code)	"\x05" code "\0\x01\0\0\0\0\0\0"
#define FAILED_4	"\0\x5b\0\0\0\0\0\0"
#define LOGIN	"\x01\x01u\x06secret"

/* What a client says, and what comes of it. */
struct test {
	const char			*name;
	struct socks_server_policy	 policy;
	const char			*in;
	size_t				 n;
	size_t				 rest;	/* not for the dialogue */
	enum dialogue_verdict		 verdict;
	const char			*sent;
	size_t				 sent_n;
	/* Where to: "192.0.2.1 443" or "x.example 80", and the user behind
	 * that; or why not. */
	enum result			 result;
	const char			*text;
};

/* One way to feed it. */
struct run {
	struct socks_server	s;
	enum dialogue_verdict	verdict;
	size_t			used;
	char			sent[64];
	size_t			sent_n;
};

static bool	check(void *, const char *, const char *);
static void	check_dialogue(const struct test *);
static void	check_pieces(const struct test *);
static const char	*describe(struct run *);
static void	run_init(struct run *, const struct socks_server_policy *);
static void	run_feed(struct run *, const char *, size_t);
static void	run_send(struct run *);
static void	check_names(void);
static void	check_logins(void);
static bool	is_long(void *, const char *, const char *);
static void	check_endless(void);
static void	check_clients(void);
static void	check_client(const struct socks_request *, size_t);
static void	check_replies(void);
static void	check_wiped(void);
static void	check_stays(void);

static const struct test tests[] = {
	/* RFC 1928 */
	{ "5: an IPv4 address", OPEN(ALL), BYTES("\x05\x01\0" INET), 0,
	    DIALOGUE_DONE, BYTES("\x05\0"), RESULT_OK, "192.0.2.1 443" },
	{ "5: what is glued to the request is data", OPEN(FIVE),
	    BYTES("\x05\x01\0" INET "GET /"), 5, DIALOGUE_DONE,
	    BYTES("\x05\0"), RESULT_OK, "192.0.2.1 443" },
	{ "5: an IPv6 address", OPEN(FIVE), BYTES("\x05\x01\0"
	    "\x05\x01\0\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50"),
	    0, DIALOGUE_DONE, BYTES("\x05\0"), RESULT_OK,
	    "20010db8000000000000000000000001 80" },
	{ "5: a name", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x09x.example\xff\xfe"), 0,
	    DIALOGUE_DONE, BYTES("\x05\0"), RESULT_OK, "x.example 65534" },
	{ "5: a name in UTF-8", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x02\xc3\xa4\0\x50"), 0,
	    DIALOGUE_DONE, BYTES("\x05\0"), RESULT_OK, "\xc3\xa4 80" },
	{ "5: many methods", OPEN(FIVE), BYTES("\x05\x03\x01\x02\0" INET), 0,
	    DIALOGUE_DONE, BYTES("\x05\0"), RESULT_OK, "192.0.2.1 443" },
	{ "5: nothing", OPEN(FIVE), BYTES(""), 0, DIALOGUE_MORE, BYTES(""),
	    RESULT_OK, NULL },
	{ "5: half a request", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x09x.example\xff"), 0,
	    DIALOGUE_MORE, BYTES("\x05\0"), RESULT_OK, NULL },
	{ "5: BIND", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x02\0\x01\xc0\0\x02\x01\x01\xbb"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\0" FAILED_5("\x07")), RESULT_DENIED,
	    "x: BIND (command 2) is not served" },
	{ "5: UDP ASSOCIATE", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x03\0\x03\x01x\0\0"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\0" FAILED_5("\x07")), RESULT_DENIED,
	    "x: UDP ASSOCIATE (command 3) is not served" },
	{ "5: another command", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\xf0\0\x03\x01x\0\0"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\0" FAILED_5("\x07")), RESULT_DENIED,
	    "x: this (command 240) is not served" },
	{ "5: another type of address", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x02x"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\0" FAILED_5("\x08")), RESULT_BROKEN,
	    "x: malformed: address type 2" },
	{ "5: type 0", OPEN(FIVE), BYTES("\x05\x01\0\x05\x01\0\0"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\0" FAILED_5("\x08")), RESULT_BROKEN,
	    "x: malformed: address type 0" },
	{ "5: another version in the request", OPEN(ALL),
	    BYTES("\x05\x01\0\x04\x01"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\0" FAILED_5("\x01")), RESULT_BROKEN,
	    "x: malformed: version 4" },
	{ "5: an empty name", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\0\0\x50"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\0" FAILED_5("\x01")), RESULT_BROKEN,
	    "x: malformed: a name that is empty, or has blanks or control "
	    "characters in it" },
	{ "5: a NUL in the name", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x03x\0y\0\x50"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\0" FAILED_5("\x01")), RESULT_BROKEN,
	    NULL },
	{ "5: a line end in the name", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x03x\ny\0\x50"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\0" FAILED_5("\x01")), RESULT_BROKEN,
	    NULL },
	{ "5: a blank in the name", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x03x y\0\x50"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\0" FAILED_5("\x01")), RESULT_BROKEN,
	    NULL },
	{ "5: a DEL in the name", OPEN(FIVE),
	    BYTES("\x05\x01\0\x05\x01\0\x03\x01\x7f\0\x50"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\0" FAILED_5("\x01")), RESULT_BROKEN,
	    NULL },
	{ "5: is not served", OPEN(FOUR | FOUR_A), BYTES("\x05\x01\0"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\xff"), RESULT_DENIED,
	    "x: SOCKS5 is not served" },

	/* Methods, and RFC 1929 */
	{ "5: no methods", OPEN(FIVE), BYTES("\x05\0"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\xff"), RESULT_DENIED,
	    "x: no authentication method is offered that will do" },
	{ "5: GSSAPI alone", OPEN(FIVE), BYTES("\x05\x01\x01"), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\xff"), RESULT_DENIED,
	    "x: no authentication method is offered that will do" },
	{ "5: a method behind the methods", OPEN(FIVE),
	    BYTES("\x05\x01\x01\0"), 0, DIALOGUE_REFUSED, BYTES("\x05\xff"),
	    RESULT_DENIED, NULL },
	{ "5: a password", CLOSED(ALL),
	    BYTES("\x05\x02\0\x02" LOGIN INET "x"), 1, DIALOGUE_DONE,
	    BYTES("\x05\x02\x01\0"), RESULT_OK, "192.0.2.1 443 u" },
	{ "5: no password", CLOSED(FIVE), BYTES("\x05\x01\0" INET), 0,
	    DIALOGUE_REFUSED, BYTES("\x05\xff"), RESULT_DENIED,
	    "x: no authentication method is offered that will do" },
	{ "5: a password that nobody needs", OPEN(FIVE),
	    BYTES("\x05\x01\x02\x01\x01v\x01z" INET), 0, DIALOGUE_DONE,
	    BYTES("\x05\x02\x01\0"), RESULT_OK, "192.0.2.1 443 v" },
	{ "5: no method before a password", OPEN(FIVE),
	    BYTES("\x05\x02\x02\0" INET), 0, DIALOGUE_DONE, BYTES("\x05\0"),
	    RESULT_OK, "192.0.2.1 443" },
	{ "5: a wrong password", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x01\x01u\x06SECRET"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_DENIED,
	    "x: wrong user or password (user \"u\")" },
	{ "5: a shorter password", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x01\x01u\x05secret"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_DENIED, NULL },
	{ "5: an empty password", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x01\x01u\0"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_DENIED, NULL },
	{ "5: an empty user", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x01\0\x06secret"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_DENIED,
	    "x: wrong user or password (user \"\")" },
	{ "5: something behind a NUL in the password", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x01\x01u\x08secret\0x"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_DENIED, NULL },
	{ "5: something behind a NUL in the user", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x01\x03u\0x\x06secret"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_DENIED, NULL },
	{ "5: the password's version", CLOSED(FIVE),
	    BYTES("\x05\x01\x02\x05\x01u\x06secret"), 0, DIALOGUE_REFUSED,
	    BYTES("\x05\x02\x01\x01"), RESULT_BROKEN,
	    "x: malformed: version 5" },

	/* Version 4 and 4A */
	{ "4", OPEN(ALL), BYTES("\x04\x01\x01\xbb\xc0\0\x02\x01\0" "x"), 1,
	    DIALOGUE_DONE, BYTES(""), RESULT_OK, "192.0.2.1 443" },
	{ "4: a user", OPEN(FOUR), BYTES("\x04\x01\0\x50\xc0\0\x02\x01"
	    "fred\0"), 0, DIALOGUE_DONE, BYTES(""), RESULT_OK,
	    "192.0.2.1 80 fred" },
	{ "4: what looks like a name is data", OPEN(ALL),
	    BYTES("\x04\x01\0\x50\0\0\0\0\0x\0"), 2, DIALOGUE_DONE, BYTES(""),
	    RESULT_OK, "0.0.0.0 80" },
	{ "4: almost a name", OPEN(ALL),
	    BYTES("\x04\x01\0\x50\0\0\x01\x01\0x\0"), 2, DIALOGUE_DONE,
	    BYTES(""), RESULT_OK, "0.0.1.1 80" },
	{ "4A: a name", OPEN(ALL),
	    BYTES("\x04\x01\0\x50\0\0\0\xff" "fred\0x.example\0y"), 1,
	    DIALOGUE_DONE, BYTES(""), RESULT_OK, "x.example 80 fred" },
	{ "4A: an address", OPEN(FOUR_A),
	    BYTES("\x04\x01\0\x50\xc0\0\x02\x01\0"), 0, DIALOGUE_DONE,
	    BYTES(""), RESULT_OK, "192.0.2.1 80" },
	{ "4A: a name without its end", OPEN(FOUR_A),
	    BYTES("\x04\x01\0\x50\0\0\0\x01\0x.example"), 0, DIALOGUE_MORE,
	    BYTES(""), RESULT_OK, NULL },
	{ "4: names are not served", OPEN(FOUR),
	    BYTES("\x04\x01\0\x50\0\0\0\x01\0x.example\0"), 0,
	    DIALOGUE_REFUSED, BYTES(FAILED_4), RESULT_DENIED,
	    "x: SOCKS4A is not served: no names" },
	{ "4: is not served", OPEN(FIVE),
	    BYTES("\x04\x01\0\x50\xc0\0\x02\x01\0"), 0, DIALOGUE_REFUSED,
	    BYTES(FAILED_4), RESULT_DENIED, "x: SOCKS4 is not served" },
	{ "4A: is not served", OPEN(FIVE),
	    BYTES("\x04\x01\0\x50\0\0\0\x01\0x\0"), 0, DIALOGUE_REFUSED,
	    BYTES(FAILED_4), RESULT_DENIED, "x: SOCKS4A is not served" },
	{ "4: a password is needed", CLOSED(ALL),
	    BYTES("\x04\x01\0\x50\xc0\0\x02\x01u\0"), 0, DIALOGUE_REFUSED,
	    BYTES(FAILED_4), RESULT_DENIED,
	    "x: SOCKS4 has no passwords, and one is needed" },
	{ "4: BIND", OPEN(ALL), BYTES("\x04\x02\0\x50\xc0\0\x02\x01\0"), 0,
	    DIALOGUE_REFUSED, BYTES(FAILED_4), RESULT_DENIED,
	    "x: BIND (command 2) is not served" },
	{ "4A: an empty name", OPEN(ALL),
	    BYTES("\x04\x01\0\x50\0\0\0\x01\0\0"), 0, DIALOGUE_REFUSED,
	    BYTES(FAILED_4), RESULT_BROKEN,
	    "x: malformed: a name that is empty, or has blanks or control "
	    "characters in it" },
	{ "4A: a tabulator in the name", OPEN(ALL),
	    BYTES("\x04\x01\0\x50\0\0\0\x01\0x\ty\0"), 0, DIALOGUE_REFUSED,
	    BYTES(FAILED_4), RESULT_BROKEN, NULL },

	/* What is not SOCKS */
	{ "HTTP", OPEN(ALL), BYTES("GET / HTTP/1.1\r\n"), 0,
	    DIALOGUE_REFUSED, BYTES(""), RESULT_BROKEN,
	    "x: this is not SOCKS (it begins with 0x47)" },
	{ "version 0", OPEN(ALL), BYTES("\0"), 0, DIALOGUE_REFUSED, BYTES(""),
	    RESULT_BROKEN, "x: this is not SOCKS (it begins with 0x00)" },
	{ "version 6", OPEN(ALL), BYTES("\x06\x01\0"), 0, DIALOGUE_REFUSED,
	    BYTES(""), RESULT_BROKEN,
	    "x: this is not SOCKS (it begins with 0x06)" },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		check_dialogue(&tests[i]);
		check_pieces(&tests[i]);
	}
	check_names();
	check_logins();
	check_endless();
	check_clients();
	check_replies();
	check_wiped();
	check_stays();
	return tap_done();
}

static bool
check(void *context, const char *user, const char *password)
{
	(void)context;
	return strcmp(user, "u") == 0 && strcmp(password, "secret") == 0;
}

/* Byte by byte. */
static void
check_dialogue(const struct test *t)
{
	struct run run;
	struct error err = { .text = "" };
	size_t i;

	run_init(&run, &t->policy);
	for (i = 0; i < t->n; i++)
		run_feed(&run, t->in + i, 1);
	is_int(run.verdict, t->verdict, "%s", t->name);
	is_mem(run.sent, run.sent_n, t->sent, t->sent_n, "%s: what is sent",
	    t->name);
	if (run.verdict != DIALOGUE_REFUSED)
		is_int((int64_t)run.used, (int64_t)(t->n - t->rest),
		    "%s: used", t->name);
	else
		is_int(socks_server_codec.refuse(&run.s, "x", &err),
		    t->result, "%s: result", t->name);
	if (t->text != NULL)
		is_str(run.verdict == DIALOGUE_DONE ? describe(&run) :
		    err.text, t->text, "%s: text", t->name);
}

/* All at once, and cut anywhere. */
static void
check_pieces(const struct test *t)
{
	struct error err;
	struct run run;
	bool same = true;
	size_t at;

	for (at = 0; at <= t->n && same; at++) {
		run_init(&run, &t->policy);
		run_feed(&run, t->in, at);
		run_feed(&run, t->in + at, t->n - at);
		same = run.verdict == t->verdict && run.sent_n == t->sent_n &&
		    memcmp(run.sent, t->sent, t->sent_n) == 0;
		if (run.verdict != DIALOGUE_REFUSED)
			same = same && run.used == t->n - t->rest;
		else
			same = same && run.used == t->n &&
			    socks_server_codec.refuse(&run.s, "x", &err) ==
			    t->result;
		if (same && run.verdict == DIALOGUE_DONE)
			same = strcmp(describe(&run), t->text) == 0;
	}
	ok(same, "%s: cut anywhere, the last time before %zu", t->name, at);
}

/* As in struct test; the text is good until the next call. */
static const char *
describe(struct run *run)
{
	static char text[SOCKS_TEXT_MAX * 2 + 32];
	const struct socks_server *s = &run->s;
	const unsigned char *b = s->to.bytes;
	char *p = text, *end = text + sizeof(text);
	size_t i;

	if (s->to.kind == SOCKS_NAME)
		p += snprintf(p, sizeof(text), "%s", s->name);
	else if (s->to.kind == SOCKS_INET)
		p += snprintf(p, sizeof(text), "%u.%u.%u.%u", b[0], b[1], b[2],
		    b[3]);
	else
		for (i = 0; i < 16; i++)
			p += snprintf(p, (size_t)(end - p), "%02x", b[i]);
	snprintf(p, (size_t)(end - p), " %u%s%s", s->to.port,
	    s->user[0] != '\0' ? " " : "", s->user);
	return text;
}

static void
run_init(struct run *run, const struct socks_server_policy *policy)
{
	memset(run, 0xa5, sizeof(*run));
	run->sent_n = run->used = 0;
	run->verdict = DIALOGUE_MORE;
	socks_server_init(&run->s, policy);
	run_send(run);
}

static void
run_feed(struct run *run, const char *in, size_t n)
{
	unsigned char *copy = malloc(n > 0 ? n : 1);
	size_t used;

	memcpy(copy, in, n);
	run->verdict = socks_server_codec.feed(&run->s, copy, n, &used);
	free(copy);
	if (used != n && run->verdict != DIALOGUE_DONE)
		ok(false, "all is used up to the end");
	run->used += used;
	run_send(run);
}

/* A byte at a time. */
static void
run_send(struct run *run)
{
	const unsigned char *out;
	size_t n;

	while ((out = socks_server_codec.output(&run->s, &n)), n > 0) {
		run->sent[run->sent_n++] = (char)out[0];
		socks_server_codec.sent(&run->s, 1);
	}
}

/* Lengths are no signed numbers; byte by byte. */
static void
check_names(void)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 254, 255 };
	const struct socks_server_policy policy = OPEN(FIVE);
	char in[3 + 5 + 255 + 2 + 1];
	struct run run;
	size_t i, j, n;

	for (i = 0; i < NITEMS(lengths); i++) {
		n = 8 + lengths[i] + 2;
		memset(in, 'a', sizeof(in));
		memcpy(in, "\x05\x01\0\x05\x01\0\x03", 7);
		in[7] = (char)lengths[i];
		memcpy(in + n - 2, "\x12\x34", 2);
		run_init(&run, &policy);
		for (j = 0; j < n - 1; j++)
			run_feed(&run, in + j, 1);
		is_int(run.verdict, DIALOGUE_MORE, "a name of %zu bytes, but "
		    "not all", lengths[i]);
		run_feed(&run, in + j, 2);
		is_int(run.verdict, lengths[i] > 0 ? DIALOGUE_DONE :
		    DIALOGUE_REFUSED, "a name of %zu bytes", lengths[i]);
		if (lengths[i] == 0)
			continue;
		is_int((int64_t)run.used, (int64_t)n, "used");
		is_int((int64_t)strlen(run.s.name), (int64_t)lengths[i],
		    "its length");
		is_int(run.s.to.port, 0x1234, "its port");
	}
}

/* Users and passwords of all lengths. */
static void
check_logins(void)
{
	static const size_t lengths[] = { 1, 127, 128, 254, 255 };
	const struct socks_server_policy policy = { FIVE, is_long, NULL };
	char in[3 + 3 + 255 + 255];
	struct run run;
	size_t i, n;

	for (i = 0; i < NITEMS(lengths); i++) {
		n = lengths[i];
		memcpy(in, "\x05\x01\x02\x01", 4);
		in[4] = (char)n;
		memset(in + 5, 'u', n);
		in[5 + n] = (char)n;
		memset(in + 6 + n, 'p', n);
		run_init(&run, &policy);
		run_feed(&run, in, 6 + n + n - 1);
		is_mem(run.sent, run.sent_n, "\x05\x02", 2, "%zu bytes each, "
		    "but not all", n);
		run_feed(&run, in + 6 + n + n - 1, 1);
		is_mem(run.sent, run.sent_n, "\x05\x02\x01\0", 4, "%zu bytes "
		    "each", n);
		run_feed(&run, BYTES(INET));
		is_int(run.verdict, DIALOGUE_DONE, "and a request");
		is_int((int64_t)strlen(run.s.user), (int64_t)n, "of the user");
	}
}

static bool
is_long(void *context, const char *user, const char *password)
{
	size_t n = strlen(user);

	(void)context;
	return strlen(password) == n && strspn(user, "u") == n &&
	    strspn(password, "p") == n;
}

/* IDs and names that don't end: 255 bytes, and not one more. */
static void
check_endless(void)
{
	const struct socks_server_policy policy = OPEN(ALL);
	char id[8 + 256 + 1], name[9 + 256 + 1];
	struct error err;
	struct run run;

	memset(id, 'a', sizeof(id));
	memcpy(id, "\x04\x01\0\x50\0\0\0\x01", 8);
	memset(name, 'a', sizeof(name));
	memcpy(name, "\x04\x01\0\x50\0\0\0\x01\0", 9);
	run_init(&run, &policy);
	run_feed(&run, id, 8 + 255);
	run_feed(&run, "", 1);
	run_feed(&run, name + 9, 255);
	run_feed(&run, "", 1);
	is_int(run.verdict, DIALOGUE_DONE, "an ID and a name of 255 bytes");
	is_int((int64_t)strlen(run.s.user), 255, "the ID");
	is_int((int64_t)strlen(run.s.name), 255, "the name");
	run_init(&run, &policy);
	run_feed(&run, id, 8 + 255);
	is_int(run.verdict, DIALOGUE_MORE, "an ID of 255 bytes");
	run_feed(&run, id + 8 + 255, 1);
	is_int(run.verdict, DIALOGUE_REFUSED, "one of 256");
	is_mem(run.sent, run.sent_n, BYTES(FAILED_4), "its answer");
	is_int(socks_server_codec.refuse(&run.s, "x", &err), RESULT_BROKEN,
	    "its result");
	is_str(err.text, "x: malformed: a user without end", "its text");
	run_init(&run, &policy);
	run_feed(&run, name, 9 + 255);
	is_int(run.verdict, DIALOGUE_MORE, "a name of 255 bytes");
	run_feed(&run, name + 9 + 255, 1);
	is_int(run.verdict, DIALOGUE_REFUSED, "one of 256");
	is_mem(run.sent, run.sent_n, BYTES(FAILED_4), "its answer");
	socks_server_codec.refuse(&run.s, "x", &err);
	is_str(err.text, "x: malformed: a name without end", "its text");
}

/* Our client and our server, with everything of each length. */
static void
check_clients(void)
{
	struct socks_request r = { .to = { SOCKS_NAME, { 0 }, 0x8001 } };
	int failed = tap.failed;
	char text[SOCKS_TEXT_MAX + 1] = "", password[SOCKS_TEXT_MAX + 1] = "";
	size_t n;

	for (n = 1; n <= SOCKS_TEXT_MAX; n++) {
		memset(text, 'u', n);
		memset(password, 'p', n);
		r.name = r.user = text;
		r.version = SOCKS_4A;
		r.password = NULL;
		check_client(&r, n);
		r.version = SOCKS_5;
		r.password = password;
		check_client(&r, n);
		r.user = r.password = NULL;
		check_client(&r, n);
		if (tap.failed > failed)
			return;
	}
	ok(true, "what our client asks for with any lengths");
}

static void
check_client(const struct socks_request *r, size_t length)
{
	const struct socks_server_policy policy = { ALL,
	    r->password != NULL ? is_long : NULL, NULL };
	const struct dialogue_codec *client = &socks_client_codec;
	const struct dialogue_codec *server = &socks_server_codec;
	struct socks_client c;
	struct socks_server s;
	const unsigned char *out;
	size_t n, used;

	socks_client_init(&c, r);
	socks_server_init(&s, &policy);
	for (;;) {
		out = client->output(&c, &n);
		if (n == 0)
			break;
		server->feed(&s, out, n, &used);
		client->sent(&c, n);
		out = server->output(&s, &n);
		client->feed(&c, out, n, &used);
		server->sent(&s, n);
	}
	if (s.verdict != DIALOGUE_DONE || c.verdict != DIALOGUE_MORE ||
	    strcmp(s.name, r->name) != 0 || s.to.port != r->to.port ||
	    s.version != r->version ||
	    strcmp(s.user, r->user != NULL ? r->user : "") != 0)
		ok(false, "what our client asks for with %zu bytes", length);
}

static void
check_replies(void)
{
	const struct socks_address inet = { SOCKS_INET, { 127, 0, 0, 1 }, 80 };
	const struct socks_address inet6 = { SOCKS_INET6, { 0xfe, [15] = 1 },
	    80 };
	const struct socks_address name = { SOCKS_NAME, { 1, 2 }, 80 };
	struct socks_server s;
	unsigned char out[SOCKS_REPLY_MAX];
	size_t n;
	int i;

	memset(&s, 0, sizeof(s));
#define CHECK(reply, bound, bytes, ...) \
	do { \
		memset(out, 0xa5, sizeof(out)); \
		n = socks_server_reply(&s, (reply), (bound), out); \
		is_mem(out, n, BYTES(bytes), __VA_ARGS__); \
	} while (0)
	s.version = SOCKS_5;
	CHECK(SOCKS_GRANTED, &inet, "\x05\0\0\x01\x7f\0\0\x01\0\x50",
	    "5: an IPv4 address");
	CHECK(SOCKS_GRANTED, &inet6, "\x05\0\0\x04\xfe\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\x01\0\x50", "5: an IPv6 address");
	CHECK(SOCKS_GRANTED, NULL, FAILED_5("\0"), "5: nowhere");
	CHECK(SOCKS_GRANTED, &name, FAILED_5("\0"), "5: no name");
	for (i = SOCKS_FAILURE; i <= SOCKS_NO_ADDRESS_TYPE; i++) {
		n = socks_server_reply(&s, (enum socks_reply)i, NULL, out);
		is_int(out[1], i, "5: reply %d", i);
		is_int((int64_t)n, 10, "its length");
	}
	for (i = SOCKS_4; i <= SOCKS_4A; i++) {
		s.version = (enum socks_version)i;
		CHECK(SOCKS_GRANTED, &inet, "\0\x5a\0\x50\x7f\0\0\x01",
		    "4: an address");
		CHECK(SOCKS_GRANTED, &inet6, "\0\x5a\0\0\0\0\0\0",
		    "4: no IPv6 address");
		CHECK(SOCKS_GRANTED, NULL, "\0\x5a\0\0\0\0\0\0",
		    "4: nowhere");
		CHECK(SOCKS_REFUSED, NULL, FAILED_4, "4: refused");
		CHECK(SOCKS_NOT_ALLOWED, NULL, FAILED_4, "4: not allowed");
	}
#undef CHECK
}

/* The password is gone once it was looked at. */
static void
check_wiped(void)
{
	const struct socks_server_policy policy = CLOSED(FIVE);
	struct run run;

	run_init(&run, &policy);
	run_feed(&run, BYTES("\x05\x01\x02\x01\x01u\x06secre"));
	ok(memmem(&run.s, sizeof(run.s), "secre", 5) != NULL,
	    "half a password is there");
	run_feed(&run, BYTES("t"));
	ok(memmem(&run.s, sizeof(run.s), "secre", 5) == NULL,
	    "the whole is not");
	run_init(&run, &policy);
	run_feed(&run, BYTES("\x05\x01\x02\x01\x01u\x06secre"));
	socks_server_wipe(&run.s);
	ok(memmem(&run.s, sizeof(run.s), "secre", 5) == NULL,
	    "nor the half after socks_server_wipe()");
}

/* Verdicts stay. */
static void
check_stays(void)
{
	const struct socks_server_policy policy = OPEN(ALL);
	const unsigned char more[] = "\x05\x01\0";
	struct run run;
	size_t used;

	run_init(&run, &policy);
	run_feed(&run, BYTES("\x05\x01\0" INET));
	is_int(socks_server_codec.feed(&run.s, more, 3, &used), DIALOGUE_DONE,
	    "it is done, and remains so");
	is_int((int64_t)used, 0, "nothing more is used");
	is_int(socks_server_codec.feed(&run.s, NULL, 0, &used), DIALOGUE_DONE,
	    "how things stand");
	run_init(&run, &policy);
	run_feed(&run, BYTES("x"));
	is_int(socks_server_codec.feed(&run.s, more, 3, &used),
	    DIALOGUE_REFUSED, "it is refused, and remains so");
	is_int((int64_t)used, 3, "all is used");
	ok(!socks_server_codec.greedy, "bytes behind it are data");
}
