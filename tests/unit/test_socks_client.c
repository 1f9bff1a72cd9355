/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/socks_client.h"

#define USER	"u", "secret"
#define NOBODY	NULL, NULL

/* 192.0.2.1, port 443 */
#define INET	{ SOCKS_INET, { 192, 0, 2, 1 }, 443 }
#define INET6	{ SOCKS_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 443 }
#define NAMED	{ SOCKS_NAME, { 0 }, 80 }

#define FIVE	{ SOCKS_5, INET, NULL, NOBODY }
#define LOGIN	{ SOCKS_5, INET, NULL, USER }
#define FOUR	{ SOCKS_4, INET, NULL, NOBODY }

#define ASK	"\x05\x01\0"			/* no authentication */
#define ASK_LOGIN	"\x05\x02\0\x02"
#define TELL_LOGIN	"\x01\x01u\x06secret"
#define CONNECT	"\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb"
#define CONNECT_4	"\x04\x01\x01\xbb\xc0\0\x02\x01\0"
#define GRANTED	"\x05\0\0\x01\x7f\0\0\x01\x1f\x90"

/* What the proxy says, and what comes of it. */
struct test {
	const char		*name;
	struct socks_request	 request;
	const char		*in;
	size_t			 n;
	size_t			 rest;	/* of those, not for the dialogue */
	enum dialogue_verdict	 verdict;
	const char		*sent;
	size_t			 sent_n;
	enum result		 result;
	const char		*text;
};

/* One way to feed it. */
struct run {
	struct socks_client	c;
	enum dialogue_verdict	verdict;
	size_t			used;
	char			sent[SOCKS_CLIENT_OUTPUT_MAX];
	size_t			sent_n;
};

static void	check_dialogue(const struct test *);
static void	check_pieces(const struct test *);
static void	check_same(const struct test *, struct run *, const char *,
		    size_t);
static void	run_init(struct run *, const struct socks_request *);
static void	run_feed(struct run *, const char *, size_t);
static void	run_send(struct run *);
static void	check_verdicts(void);
static void	check_init(struct socks_request, enum socks_client_verdict,
		    const char *);
static void	check_lengths(void);
static void	check_bound_names(void);
static void	check_bound(void);
static void	check_replies(void);
static void	check_wiped(void);
static bool	holds(const void *, size_t, const char *);
static void	check_stays(void);

static const struct test tests[] = {
	/* RFC 1928 */
	{ "5: an IPv4 address", FIVE, BYTES("\x05\0" GRANTED), 0,
	    DIALOGUE_DONE, BYTES(ASK CONNECT), RESULT_OK, NULL },
	{ "5: an IPv6 address", { SOCKS_5, INET6, NULL, NOBODY },
	    BYTES("\x05\0\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50"),
	    0, DIALOGUE_DONE, BYTES(ASK "\x05\x01\0\x04\x20\x01\x0d\xb8\0\0\0\0"
	    "\0\0\0\0\0\0\0\x01\x01\xbb"), RESULT_OK, NULL },
	{ "5: a name", { SOCKS_5, NAMED, "x.example", NOBODY },
	    BYTES("\x05\0\x05\0\0\x03\x03" "abc\0\x50"), 0, DIALOGUE_DONE,
	    BYTES(ASK "\x05\x01\0\x03\x09x.example\0\x50"), RESULT_OK, NULL },
	{ "5: what is glued to the reply is data", FIVE,
	    BYTES("\x05\0" GRANTED "220 x\r\n"), 7, DIALOGUE_DONE,
	    BYTES(ASK CONNECT), RESULT_OK, NULL },
	{ "5: bound to a name of no bytes", FIVE,
	    BYTES("\x05\0\x05\0\0\x03\0\0\x50" "data"), 4, DIALOGUE_DONE,
	    BYTES(ASK CONNECT), RESULT_OK, NULL },
	{ "5: something in the reserved byte", FIVE,
	    BYTES("\x05\0\x05\0\xff\x01\0\0\0\0\0\0"), 0, DIALOGUE_DONE,
	    BYTES(ASK CONNECT), RESULT_OK, NULL },
	{ "5: a reply that is cut", FIVE,
	    BYTES("\x05\0\x05\0\0\x01\x7f\0\0\x01\x1f"), 0, DIALOGUE_MORE,
	    BYTES(ASK CONNECT), RESULT_OK, NULL },
	{ "5: nothing", FIVE, BYTES(""), 0, DIALOGUE_MORE, BYTES(ASK),
	    RESULT_OK, NULL },
	{ "5: a refusal ends with its code", FIVE, BYTES("\x05\0\x05\x05"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK CONNECT), RESULT_DENIED,
	    "--proxy x: the proxy says: connection refused (5)" },
	{ "5: a refusal", FIVE, BYTES("\x05\0\x05\x02\0\x01\0\0\0\0\0\0"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK CONNECT), RESULT_DENIED,
	    "--proxy x: the proxy says: not allowed by its rules (2)" },
	{ "5: bound to an unknown type", FIVE,
	    BYTES("\x05\0\x05\0\0\x02\0\0\0\0\0\0"), 0, DIALOGUE_REFUSED,
	    BYTES(ASK CONNECT), RESULT_BROKEN,
	    "--proxy x: the proxy's answer is malformed: address type 2" },
	{ "5: bound to type 0", FIVE, BYTES("\x05\0\x05\0\0\0"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK CONNECT), RESULT_BROKEN,
	    "--proxy x: the proxy's answer is malformed: address type 0" },
	{ "5: a reply of another version", FIVE, BYTES("\x05\0\x04\0"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK CONNECT), RESULT_BROKEN,
	    "--proxy x: the proxy's answer is malformed: version 4" },

	/* Methods, and RFC 1929 */
	{ "5: user and password", LOGIN, BYTES("\x05\x02\x01\0" GRANTED "x"),
	    1, DIALOGUE_DONE, BYTES(ASK_LOGIN TELL_LOGIN CONNECT), RESULT_OK,
	    NULL },
	{ "5: nobody asks for the password", LOGIN, BYTES("\x05\0" GRANTED),
	    0, DIALOGUE_DONE, BYTES(ASK_LOGIN CONNECT), RESULT_OK, NULL },
	{ "5: version 5 in the answer to a password", LOGIN,
	    BYTES("\x05\x02\x05\0" GRANTED), 0, DIALOGUE_DONE,
	    BYTES(ASK_LOGIN TELL_LOGIN CONNECT), RESULT_OK, NULL },
	{ "5: another version there", LOGIN, BYTES("\x05\x02\x02\0"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK_LOGIN TELL_LOGIN), RESULT_BROKEN,
	    "--proxy x: the proxy's answer is malformed: version 2" },
	{ "5: a wrong password", LOGIN, BYTES("\x05\x02\x01\x01"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK_LOGIN TELL_LOGIN), RESULT_DENIED,
	    "--proxy x: the proxy says: user and password refused (1)" },
	{ "5: a wrong password, another code", LOGIN,
	    BYTES("\x05\x02\x01\xff"), 0, DIALOGUE_REFUSED,
	    BYTES(ASK_LOGIN TELL_LOGIN), RESULT_DENIED,
	    "--proxy x: the proxy says: user and password refused (255)" },
	{ "5: a password is wanted", FIVE, BYTES("\x05\xff"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK), RESULT_DENIED,
	    "--proxy x: the proxy wants authentication (user and password)" },
	{ "5: a password is wanted, though not offered", FIVE,
	    BYTES("\x05\x02"), 0, DIALOGUE_REFUSED, BYTES(ASK), RESULT_DENIED,
	    "--proxy x: the proxy wants authentication (user and password)" },
	{ "5: no method will do", LOGIN, BYTES("\x05\xff"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK_LOGIN), RESULT_DENIED,
	    "--proxy x: the proxy says: no acceptable authentication method "
	    "(255)" },
	{ "5: GSSAPI, which was not offered", LOGIN, BYTES("\x05\x01"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK_LOGIN), RESULT_BROKEN,
	    "--proxy x: the proxy chose an authentication method that was not "
	    "offered (1)" },

	/* What is not SOCKS 5 */
	{ "5: HTTP", FIVE, BYTES("HTTP/1.1 400 Bad Request\r\n"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS5 proxy, it seems to be an HTTP "
	    "proxy" },
	{ "5: the beginning of HTTP", FIVE, BYTES("HTTP"), 0, DIALOGUE_MORE,
	    BYTES(ASK), RESULT_OK, NULL },
	{ "5: almost HTTP", FIVE, BYTES("HTTP 1"), 0, DIALOGUE_REFUSED,
	    BYTES(ASK), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS5 proxy (its answer begins with "
	    "0x48)" },
	{ "5: SSH", FIVE, BYTES("SSH-2.0-x\r\n"), 0, DIALOGUE_REFUSED,
	    BYTES(ASK), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS5 proxy (its answer begins with "
	    "0x53)" },
	{ "5: a SOCKS4 proxy", FIVE, BYTES("\0\x5b\0\0\0\0\0\0"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS5 proxy, it seems to be a "
	    "SOCKS4 proxy" },
	{ "5: version 4", FIVE, BYTES("\x04\x5b"), 0, DIALOGUE_REFUSED,
	    BYTES(ASK), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS5 proxy, it seems to be a "
	    "SOCKS4 proxy" },
	{ "5: an alert of TLS", FIVE, BYTES("\x15\x03\x01\0\x02\x02\x46"), 0,
	    DIALOGUE_REFUSED, BYTES(ASK), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS5 proxy, it seems to be a "
	    "server of TLS" },

	/* Version 4 and 4A */
	{ "4", FOUR, BYTES("\0\x5a\x1f\x90\x7f\0\0\x01"), 0, DIALOGUE_DONE,
	    BYTES(CONNECT_4), RESULT_OK, NULL },
	{ "4: a user", { SOCKS_4, INET, NULL, "fred", NULL },
	    BYTES("\0\x5a\0\0\0\0\0\0" "data"), 4, DIALOGUE_DONE,
	    BYTES("\x04\x01\x01\xbb\xc0\0\x02\x01" "fred\0"), RESULT_OK,
	    NULL },
	{ "4A: a name", { SOCKS_4A, NAMED, "x.example", "fred", NULL },
	    BYTES("\0\x5a\0\0\0\0\0\0"), 0, DIALOGUE_DONE,
	    BYTES("\x04\x01\0\x50\0\0\0\x01" "fred\0x.example\0"), RESULT_OK,
	    NULL },
	{ "4A: an address is as in 4", { SOCKS_4A, INET, NULL, "", NULL },
	    BYTES("\0\x5a\0\0\0\0\0\0"), 0, DIALOGUE_DONE, BYTES(CONNECT_4),
	    RESULT_OK, NULL },
	{ "4: a reply that is cut", FOUR, BYTES("\0\x5a\0\0\0\0\0"), 0,
	    DIALOGUE_MORE, BYTES(CONNECT_4), RESULT_OK, NULL },
	{ "4: a refusal ends with its code", FOUR, BYTES("\0\x5b"), 0,
	    DIALOGUE_REFUSED, BYTES(CONNECT_4), RESULT_DENIED,
	    "--proxy x: the proxy says: request rejected or failed (91)" },
	{ "4: a code of version 5", FOUR, BYTES("\0\x05\0\0\0\0\0\0"), 0,
	    DIALOGUE_REFUSED, BYTES(CONNECT_4), RESULT_DENIED,
	    "--proxy x: the proxy says: a code that nobody knows (5)" },
	{ "4: a SOCKS5 proxy", FOUR, BYTES("\x05\xff"), 0, DIALOGUE_REFUSED,
	    BYTES(CONNECT_4), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS4 proxy, it seems to be a "
	    "SOCKS5 proxy" },
	{ "4A: HTTP", { SOCKS_4A, NAMED, "x", NOBODY }, BYTES("HTTP/1.0"), 0,
	    DIALOGUE_REFUSED, BYTES("\x04\x01\0\x50\0\0\0\x01\0x\0"),
	    RESULT_BROKEN, "--proxy x: the peer is not a SOCKS4A proxy, it "
	    "seems to be an HTTP proxy" },
	{ "4: version 4", FOUR, BYTES("\x04\x5a\0\0\0\0\0\0"), 0,
	    DIALOGUE_REFUSED, BYTES(CONNECT_4), RESULT_BROKEN,
	    "--proxy x: the peer is not a SOCKS4 proxy (its answer begins with "
	    "0x04)" },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		check_dialogue(&tests[i]);
		check_pieces(&tests[i]);
	}
	check_verdicts();
	check_lengths();
	check_bound();
	check_bound_names();
	check_replies();
	check_wiped();
	check_stays();
	return tap_done();
}

/* Byte by byte, each answered. */
static void
check_dialogue(const struct test *t)
{
	struct run run;
	struct error err = { .text = "" };
	size_t i, used = t->verdict == DIALOGUE_REFUSED ? 0 : t->n - t->rest;

	run_init(&run, &t->request);
	for (i = 0; i < t->n; i++)
		run_feed(&run, t->in + i, 1);
	is_int(run.verdict, t->verdict, "%s", t->name);
	if (used > 0)
		is_int((int64_t)run.used, (int64_t)used, "%s: used", t->name);
	is_mem(run.sent, run.sent_n, t->sent, t->sent_n, "%s: what is sent",
	    t->name);
	if (t->text == NULL)
		return;
	is_int(socks_client_codec.refuse(&run.c, "--proxy x", &err),
	    t->result, "%s: result", t->name);
	is_str(err.text, t->text, "%s: text", t->name);
}

/* All at once, and cut anywhere. */
static void
check_pieces(const struct test *t)
{
	size_t at, failed_before = (size_t)tap.failed;
	struct run run;

	for (at = 0; at <= t->n; at++) {
		run_init(&run, &t->request);
		run_feed(&run, t->in, at);
		run_feed(&run, t->in + at, t->n - at);
		check_same(t, &run, "cut", at);
		if ((size_t)tap.failed > failed_before)
			return;
	}
	ok(true, "%s: cut anywhere", t->name);
}

static void
check_same(const struct test *t, struct run *run, const char *how, size_t at)
{
	struct error err = { .text = "" };
	bool same = run->verdict == t->verdict;

	if (same && run->verdict == DIALOGUE_REFUSED)
		same = socks_client_codec.refuse(&run->c, "--proxy x", &err) ==
		    t->result && strcmp(err.text, t->text) == 0;
	else if (same)
		same = run->used == t->n - t->rest &&
		    run->sent_n == t->sent_n &&
		    memcmp(run->sent, t->sent, t->sent_n) == 0;
	if (!same)
		ok(false, "%s: %s at %zu", t->name, how, at);
}

static void
run_init(struct run *run, const struct socks_request *request)
{
	memset(run, 0xa5, sizeof(*run));
	run->sent_n = run->used = 0;
	if (socks_client_init(&run->c, request) != SOCKS_CLIENT_OK)
		ok(false, "it can be asked for");
	run->verdict = DIALOGUE_MORE;
	run_send(run);
}

static void
run_feed(struct run *run, const char *in, size_t n)
{
	unsigned char *copy = malloc(n > 0 ? n : 1);
	size_t used;

	memcpy(copy, in, n);
	run->verdict = socks_client_codec.feed(&run->c, copy, n, &used);
	free(copy);
	if (used != n && run->verdict != DIALOGUE_DONE)
		ok(false, "all is used up to the end");
	run->used += used;
	run_send(run);
}

/* In two pieces. */
static void
run_send(struct run *run)
{
	const unsigned char *out;
	size_t n;

	while ((out = socks_client_codec.output(&run->c, &n)), n > 0) {
		n = (n + 1) / 2;
		memcpy(run->sent + run->sent_n, out, n);
		run->sent_n += n;
		socks_client_codec.sent(&run->c, n);
	}
}

static void
check_verdicts(void)
{
	struct socks_address inet = INET, inet6 = INET6, named = NAMED;
	struct socks_address low = { SOCKS_INET, { 0, 0, 0, 1 }, 80 };
	struct socks_address any = { SOCKS_INET, { 0, 0, 0, 0 }, 80 };
	int i;

#define CHECK(verdict, ...)						\
	check_init((struct socks_request){ __VA_ARGS__ },		\
	    SOCKS_CLIENT_##verdict, #__VA_ARGS__)
	CHECK(NEEDS_ADDRESS, SOCKS_4, named, "x", NOBODY);
	CHECK(NO_INET6, SOCKS_4, inet6, NULL, NOBODY);
	CHECK(NO_INET6, SOCKS_4A, inet6, NULL, NOBODY);
	CHECK(RESERVED, SOCKS_4, low, NULL, NOBODY);
	CHECK(RESERVED, SOCKS_4A, low, NULL, NOBODY);
	CHECK(OK, SOCKS_4, any, NULL, NOBODY);
	CHECK(OK, SOCKS_5, low, NULL, NOBODY);
	CHECK(NAME_LENGTH, SOCKS_4A, named, "", NOBODY);
	CHECK(NAME_LENGTH, SOCKS_5, named, "", NOBODY);
	CHECK(NAME_LENGTH, SOCKS_5, named, NULL, NOBODY);
	CHECK(USER_LENGTH, SOCKS_5, inet, NULL, "", "p");
	CHECK(USER_LENGTH, SOCKS_5, inet, NULL, NULL, "p");
	CHECK(PASSWORD_LENGTH, SOCKS_5, inet, NULL, "u", "");
	CHECK(PASSWORD_LENGTH, SOCKS_5, inet, NULL, "u", NULL);
	CHECK(NO_PASSWORDS, SOCKS_4, inet, NULL, "u", "p");
	CHECK(NO_PASSWORDS, SOCKS_4A, inet, NULL, "u", "");
	CHECK(OK, SOCKS_4, inet, NULL, "u:p", NULL);
#undef CHECK
	for (i = 0; i < SOCKS_CLIENT_VERDICTS; i++)
		ok(strlen(socks_client_verdict_text(
		    (enum socks_client_verdict)i)) > 0, "verdict %d has a text",
		    i);
	is_str(socks_client_verdict_text(SOCKS_CLIENT_NO_INET6),
	    "SOCKS4 has no IPv6 addresses", "and it is its own");
}

static void
check_init(struct socks_request request, enum socks_client_verdict verdict,
    const char *name)
{
	struct socks_client c;
	size_t n;

	is_int(socks_client_init(&c, &request), verdict, "%s", name);
	if (verdict == SOCKS_CLIENT_OK)
		return;
	socks_client_codec.output(&c, &n);
	is_int((int64_t)n, 0, "%s: nothing is sent", name);
}

/* Of a name, of a user and a password: 255 bytes, and not one more. */
static void
check_lengths(void)
{
	static const size_t lengths[] = { 1, 127, 128, 254, 255, 256 };
	struct socks_address named = NAMED, inet = INET;
	char text[257];
	struct run run;
	size_t i, n;

	for (i = 0; i < NITEMS(lengths); i++) {
		n = lengths[i];
		memset(text, 'a', n);
		text[n] = '\0';
		if (n == 256) {
			check_init((struct socks_request){ SOCKS_5, named,
			    text, NOBODY }, SOCKS_CLIENT_NAME_LENGTH,
			    "a name of 256 bytes");
			check_init((struct socks_request){ SOCKS_5, inet, NULL,
			    text, "p" }, SOCKS_CLIENT_USER_LENGTH,
			    "a user of 256 bytes");
			check_init((struct socks_request){ SOCKS_5, inet, NULL,
			    "u", text }, SOCKS_CLIENT_PASSWORD_LENGTH,
			    "a password of 256 bytes");
			check_init((struct socks_request){ SOCKS_4, inet, NULL,
			    text, NULL }, SOCKS_CLIENT_USER_LENGTH,
			    "an ID of 256 bytes");
			continue;
		}
		run_init(&run, &(struct socks_request){ SOCKS_5, named, text,
		    text, text });
		run_feed(&run, BYTES("\x05\x02\x01\0" GRANTED));
		is_int(run.verdict, DIALOGUE_DONE, "%zu bytes each", n);
		is_int((int64_t)run.sent_n, (int64_t)(4 + 3 + n + n + 5 + n +
		    2), "%zu bytes each: they are sent", n);
		is_int((unsigned char)run.sent[5], (int64_t)n,
		    "%zu bytes: length of the user", n);
		is_int((unsigned char)run.sent[6 + n], (int64_t)n,
		    "%zu bytes: length of the password", n);
		is_int((unsigned char)run.sent[7 + n + n + 4], (int64_t)n,
		    "%zu bytes: length of the name", n);
		run_init(&run, &(struct socks_request){ SOCKS_4A, named, text,
		    text, NULL });
		is_int((int64_t)run.sent_n, (int64_t)(8 + n + 1 + n + 1),
		    "%zu bytes each: 4A", n);
	}
}

static void
check_bound(void)
{
	static const unsigned char inet6[16] = { 0xfe, 0x80, [15] = 9 };
	struct socks_request five = FIVE, four = FOUR;
	struct run run;

	run_init(&run, &five);
	run_feed(&run, BYTES("\x05\0" GRANTED));
	is_int(run.c.bound.kind, SOCKS_INET, "where the proxy is bound: IPv4");
	is_mem(run.c.bound.bytes, 4, "\x7f\0\0\x01", 4, "its address");
	is_int(run.c.bound.port, 8080, "its port");
	run_init(&run, &five);
	run_feed(&run, BYTES("\x05\0\x05\0\0\x04\xfe\x80\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\x09\xff\xfe"));
	is_int(run.c.bound.kind, SOCKS_INET6, "IPv6");
	is_mem(run.c.bound.bytes, 16, inet6, 16, "its address");
	is_int(run.c.bound.port, 65534, "its port");
	run_init(&run, &four);
	run_feed(&run, BYTES("\0\x5a\x1f\x90\x7f\0\0\x01"));
	is_int(run.c.bound.kind, SOCKS_INET, "version 4");
	is_mem(run.c.bound.bytes, 4, "\x7f\0\0\x01", 4, "its address");
	is_int(run.c.bound.port, 8080, "its port");
}

/* Lengths are no signed numbers. */
static void
check_bound_names(void)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 254, 255 };
	struct socks_request five = FIVE;
	char in[2 + 5 + 255 + 2 + 1];
	struct run run;
	size_t i, j, n;

	for (i = 0; i < NITEMS(lengths); i++) {
		n = 7 + lengths[i] + 2;
		memset(in, 'a', sizeof(in));
		memcpy(in, "\x05\0\x05\0\0\x03", 6);
		in[6] = (char)lengths[i];
		memcpy(in + n - 2, "\x12\x34", 2);
		run_init(&run, &five);
		for (j = 0; j < n - 1; j++)
			run_feed(&run, in + j, 1);
		is_int(run.verdict, DIALOGUE_MORE, "bound to %zu bytes, all "
		    "but one", lengths[i]);
		run_feed(&run, in + j, 2);
		is_int(run.verdict, DIALOGUE_DONE, "bound to %zu bytes",
		    lengths[i]);
		is_int((int64_t)run.used, (int64_t)n, "bound to %zu bytes: "
		    "used", lengths[i]);
		is_int(run.c.bound.kind, SOCKS_NAME, "it is a name");
		is_int(run.c.bound.port, 0x1234, "and a port");
	}
}

/* Every code is named or told by its number. */
static void
check_replies(void)
{
	static const struct {
		enum socks_version	 version;
		unsigned char		 code;
		const char		*text;
	} replies[] = {
		{ SOCKS_5, 1, "general failure (1)" },
		{ SOCKS_5, 2, "not allowed by its rules (2)" },
		{ SOCKS_5, 3, "network unreachable (3)" },
		{ SOCKS_5, 4, "host unreachable (4)" },
		{ SOCKS_5, 5, "connection refused (5)" },
		{ SOCKS_5, 6, "time to live expired (6)" },
		{ SOCKS_5, 7, "command not supported (7)" },
		{ SOCKS_5, 8, "address type not supported (8)" },
		{ SOCKS_5, 9, "a code that nobody knows (9)" },
		{ SOCKS_5, 0x5b, "a code that nobody knows (91)" },
		{ SOCKS_5, 0xff, "a code that nobody knows (255)" },
		{ SOCKS_4, 0, "a code that nobody knows (0)" },
		{ SOCKS_4, 0x59, "a code that nobody knows (89)" },
		{ SOCKS_4, 0x5b, "request rejected or failed (91)" },
		{ SOCKS_4, 0x5c, "request rejected: it can't connect to our "
		    "identd (92)" },
		{ SOCKS_4, 0x5d, "request rejected: our identd reports another "
		    "user (93)" },
		{ SOCKS_4, 0x5e, "a code that nobody knows (94)" },
		{ SOCKS_4, 0xff, "a code that nobody knows (255)" },
	};
	struct socks_request five = FIVE, four = FOUR;
	char in[4] = "\x05\0\x05", want[128];
	struct error err;
	struct run run;
	size_t i;

	for (i = 0; i < NITEMS(replies); i++) {
		if (replies[i].version == SOCKS_5) {
			run_init(&run, &five);
			in[3] = (char)replies[i].code;
			run_feed(&run, in, 4);
		} else {
			run_init(&run, &four);
			run_feed(&run, (char[]){ 0, (char)replies[i].code },
			    2);
		}
		is_int(socks_client_codec.refuse(&run.c, "p", &err),
		    RESULT_DENIED, "reply %u is a no", replies[i].code);
		snprintf(want, sizeof(want), "p: the proxy says: %s",
		    replies[i].text);
		is_str(err.text, want, "reply %u: its text", replies[i].code);
	}
	is_str(socks_reply_text(SOCKS_5, 0), "succeeded", "5: the good one");
	is_str(socks_reply_text(SOCKS_4A, 0x5a), "request granted",
	    "4: the good one");
}

/* User and password are gone as soon as nobody needs them. */
static void
check_wiped(void)
{
	struct socks_request login = LOGIN;
	struct run run;

	run_init(&run, &login);
	ok(holds(&run.c, sizeof(run.c), "secret"), "the password is there");
	run_feed(&run, BYTES("\x05\x02"));
	ok(!holds(&run.c, sizeof(run.c), "secret"), "once it was sent, it is "
	    "not");
	run_init(&run, &login);
	run_feed(&run, BYTES("\x05\0"));
	ok(!holds(&run.c, sizeof(run.c), "secret"), "nor if nobody asks for "
	    "it");
	run_init(&run, &login);
	run_feed(&run, BYTES("\x05\xff"));
	ok(!holds(&run.c, sizeof(run.c), "secret"), "nor after a refusal");
	run_init(&run, &login);
	run_feed(&run, BYTES("H"));
	ok(!holds(&run.c, sizeof(run.c), "secret"), "nor where it is not "
	    "SOCKS");
	run_init(&run, &login);
	socks_client_wipe(&run.c);
	ok(!holds(&run.c, sizeof(run.c), "secret"), "nor after "
	    "socks_client_wipe()");
}

static bool
holds(const void *data, size_t n, const char *text)
{
	return memmem(data, n, text, strlen(text)) != NULL;
}

/* A verdict stays, and what there is to send is sent still. */
static void
check_stays(void)
{
	struct socks_request login = LOGIN;
	const unsigned char all[] = "\x05\x02\x01\0" GRANTED, *out;
	struct socks_client c;
	struct run run;
	size_t n, used;

	run_init(&run, &login);
	run_feed(&run, BYTES("\x05\x02\x01\0" GRANTED));
	is_int(socks_client_codec.feed(&run.c, all, 3, &used), DIALOGUE_DONE,
	    "it is done, and remains so");
	is_int((int64_t)used, 0, "nothing more is used");
	run_init(&run, &login);
	run_feed(&run, BYTES("x"));
	is_int(socks_client_codec.feed(&run.c, all, 3, &used),
	    DIALOGUE_REFUSED, "it is refused, and remains so");
	is_int((int64_t)used, 3, "all is used");
	is_int(socks_client_codec.feed(&run.c, NULL, 0, &used),
	    DIALOGUE_REFUSED, "how things stand");
	socks_client_init(&c, &login);
	is_int(socks_client_codec.feed(&c, all, sizeof(all) - 1, &used),
	    DIALOGUE_DONE, "all answers before the first question");
	out = socks_client_codec.output(&c, &n);
	is_mem(out, n, BYTES(ASK_LOGIN TELL_LOGIN CONNECT), "they are there");
	socks_client_init(&c, &login);
	socks_client_codec.feed(&c, (const unsigned char *)"\x05\0", 2, &used);
	out = socks_client_codec.output(&c, &n);
	is_mem(out, n, BYTES(ASK_LOGIN CONNECT), "the same without a "
	    "password");
	ok(!socks_client_codec.greedy, "bytes behind it are data");
}
