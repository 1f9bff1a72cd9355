/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/connect_client.h"

#define ASKED	"CONNECT x.example:22 HTTP/1.1\r\nHost: x.example:22\r\n"
#define BARE	ASKED "\r\n"
#define BASIC	ASKED "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
#define DIGEST(nonce, response)						\
	ASKED "Proxy-Authorization: Digest username=\"user\", "		\
	"realm=\"r\", nonce=\"" nonce "\", uri=\"x.example:22\", "	\
	"response=\"" response "\", qop=auth, nc=00000001, "		\
	"cnonce=\"c0\"\r\n\r\n"

/* user, secret, r, x.example:22, c0 */
#define ANSWER_N1	"8c161fec3f5df7144c1312b359666443"
#define ANSWER_N2	"01e46421dbba21229c8a823ca12bdf07"

#define WANT_BASIC	"HTTP/1.1 407 Who?\r\n"				\
	"Proxy-Authenticate: Basic realm=\"r\"\r\n"
#define WANT_DIGEST(nonce)	"HTTP/1.1 407 Who?\r\n"			\
	"Proxy-Authenticate: Digest realm=r, qop=auth, nonce=" nonce "\r\n"
#define WANT_AGAIN(nonce)	"HTTP/1.1 407 Who?\r\n"			\
	"Proxy-Authenticate: Digest realm=r, qop=auth, stale=true, nonce=" \
	nonce "\r\n"
#define EMPTY		"Content-Length: 0\r\n\r\n"
#define BODY		"Content-Length: 5\r\n\r\n\r\n200"
#define CHUNKED		"Transfer-Encoding: chunked\r\n\r\n"		\
	"5;x=y\r\nHTTP/\r\n0\r\nX: y\r\n\r\n"
#define OK	"HTTP/1.1 200 Connection established\r\n\r\n"
#define REFUSES								\
	"p: the proxy says: 407 Who? (it refuses this user and password)"

#define NO_USER	NULL
#define USER	"user"

/* What the proxy says byte for byte, and what comes of it. */
static const struct test {
	const char		*name;
	const char		*user;
	const char		*in;
	size_t			 n;
	const char		*sent;
	const char		*message;	/* NULL: it is done */
	const char		*data;		/* behind the dialogue */
	bool			 redial;
} tests[] = {
	{ "done", NO_USER, BYTES(OK), BARE, NULL, "", false },
	{ "with data", NO_USER, BYTES(OK "SSH-2.0-x\r\n"), BARE, NULL,
	    "SSH-2.0-x\r\n", false },
	{ "any 2xx, HTTP/1.0, no words, LF alone", NO_USER,
	    BYTES("HTTP/1.0 299\n\nx"), BARE, NULL, "x", false },
	{ "no body, whatever is said of one", NO_USER,
	    BYTES("HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 2"
	    "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\ndata"),
	    BARE, NULL, "data", false },
	{ "1xx first", NO_USER, BYTES("HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 103 x\r\nContent-Length: 9\r\n\r\n" OK "data"), BARE,
	    NULL, "data", false },

	/* It says no. */
	{ "403", NO_USER, BYTES("HTTP/1.1 403 Forbidden\r\n\r\nno"), BARE,
	    "p: the proxy says: 403 Forbidden", "", false },
	{ "no words", NO_USER, BYTES("HTTP/1.1 502\r\n\r\n"), BARE,
	    "p: the proxy says: 502", "", false },
	{ "words to be escaped", NO_USER,
	    BYTES("HTTP/1.1 599 a\tb\xff\xc2\x9b\r\n\r\n"), BARE,
	    "p: the proxy says: 599 a\\x09b\\xff\\xc2\\x9b", "", false },
	{ "301", NO_USER, BYTES("HTTP/1.1 301 x\r\nLocation: y\r\n\r\n"),
	    BARE, "p: the proxy says: 301 x", "", false },
	{ "101", NO_USER, BYTES("HTTP/1.1 101 Switching\r\n\r\n" OK), BARE,
	    "p: the proxy says: 101 Switching", "", false },
	{ "403 to an answer", USER, BYTES(WANT_BASIC EMPTY
	    "HTTP/1.1 403 No\r\n\r\n"), BARE BASIC,
	    "p: the proxy says: 403 No", "", false },

	/* It is none. */
	{ "another protocol", NO_USER, BYTES("SSH-2.0-x"), BARE,
	    "p: that is not an HTTP proxy", "", false },
	{ "HTTX", NO_USER, BYTES("HTTX"), BARE,
	    "p: that is not an HTTP proxy", "", false },
	{ "an empty line", NO_USER, BYTES("\r\n" OK), BARE,
	    "p: that is not an HTTP proxy", "", false },
	{ "SOCKS5", NO_USER, BYTES("\x05\xff"), BARE,
	    "p: that is not an HTTP proxy (a SOCKS5 proxy, it seems)", "",
	    false },
	{ "SOCKS4", NO_USER, BYTES("\0\x5b"), BARE,
	    "p: that is not an HTTP proxy (a SOCKS4 proxy, it seems)", "",
	    false },
	{ "TLS", NO_USER, BYTES("\x15\x03\x03\0\x02\x02\x46"), BARE,
	    "p: that is not an HTTP proxy (it wants TLS, it seems)", "",
	    false },
	{ "another version", NO_USER, BYTES("HTTP/2 200 OK\r\n"), BARE,
	    "p: the proxy's answer is not good: the version is not HTTP/1.x",
	    "", false },
	{ "no status", NO_USER, BYTES("HTTP/1.1 OK\r\n"), BARE,
	    "p: the proxy's answer is not good: the first line is not HTTP",
	    "", false },
	{ "a NUL", NO_USER, BYTES("HTTP/1.1 200 a\0b\r\n\r\n"), BARE,
	    "p: the proxy's answer is not good: a control character is in "
	    "the head", "", false },
	{ "a NUL in a field", NO_USER, BYTES("HTTP/1.1 200 x\r\na: \0\r\n"),
	    BARE, "p: the proxy's answer is not good: a control character "
	    "is in the head", "", false },
	{ "no field", NO_USER, BYTES("HTTP/1.1 200 x\r\na\r\n\r\n"), BARE,
	    "p: the proxy's answer is not good: a field has no colon", "",
	    false },

	/* It wants to know who we are. */
	{ "Basic", USER, BYTES(WANT_BASIC EMPTY OK), BARE BASIC, NULL, "",
	    false },
	{ "Basic, a body", USER, BYTES(WANT_BASIC BODY OK "data"), BARE BASIC,
	    NULL, "data", false },
	{ "Basic, a chunked body", USER, BYTES(WANT_BASIC CHUNKED OK "data"),
	    BARE BASIC, NULL, "data", false },
	{ "Basic, HTTP/1.0 that goes on", USER, BYTES("HTTP/1.0 407 x\r\n"
	    "Proxy-Authenticate: Basic\r\nConnection: x, Keep-Alive\r\n"
	    EMPTY OK), BARE BASIC, NULL, "", false },
	{ "Digest", USER, BYTES(WANT_DIGEST("n1") EMPTY OK),
	    BARE DIGEST("n1", ANSWER_N1), NULL, "", false },
	{ "Digest, not Basic", USER, BYTES(WANT_BASIC
	    "Proxy-Authenticate: Digest realm=r, qop=auth, nonce=n1\r\n"
	    EMPTY OK), BARE DIGEST("n1", ANSWER_N1), NULL, "", false },
	{ "a stale nonce", USER, BYTES(WANT_DIGEST("n1") EMPTY
	    WANT_AGAIN("n2") EMPTY OK), BARE DIGEST("n1", ANSWER_N1)
	    DIGEST("n2", ANSWER_N2), NULL, "", false },
	{ "stale at once", USER, BYTES(WANT_AGAIN("n2") EMPTY OK),
	    BARE DIGEST("n2", ANSWER_N2), NULL, "", false },
	{ "a nonce that is always stale", USER, BYTES(WANT_DIGEST("n1") EMPTY
	    WANT_AGAIN("n2") EMPTY WANT_AGAIN("n2") EMPTY),
	    BARE DIGEST("n1", ANSWER_N1) DIGEST("n2", ANSWER_N2), REFUSES,
	    "", false },
	{ "a wrong password", USER, BYTES(WANT_BASIC EMPTY WANT_BASIC EMPTY),
	    BARE BASIC, REFUSES, "", false },
	{ "a wrong password, Digest", USER, BYTES(WANT_DIGEST("n1") EMPTY
	    WANT_DIGEST("n2") EMPTY), BARE DIGEST("n1", ANSWER_N1), REFUSES,
	    "", false },
	{ "Basic after Digest", USER, BYTES(WANT_DIGEST("n1") EMPTY
	    WANT_BASIC EMPTY), BARE DIGEST("n1", ANSWER_N1), REFUSES, "",
	    false },
	{ "Digest after Basic, stale", USER, BYTES(WANT_BASIC EMPTY
	    WANT_AGAIN("n1") EMPTY), BARE BASIC, REFUSES, "", false },
	{ "no user", NO_USER, BYTES(WANT_BASIC EMPTY), BARE,
	    "p: the proxy says: 407 Who? (it wants a user and a password)",
	    "", false },
	{ "another scheme", USER, BYTES("HTTP/1.1 407 x\r\n"
	    "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
	    EMPTY), BARE, "p: the proxy says: 407 x (it wants something "
	    "else than Basic and Digest)", "", false },
	{ "no scheme at all", USER, BYTES("HTTP/1.1 407 x\r\n" EMPTY), BARE,
	    "p: the proxy says: 407 x (it wants something else than Basic "
	    "and Digest)", "", false },
	{ "a colon, and Basic", "us:er", BYTES(WANT_BASIC EMPTY), BARE,
	    "p: the proxy says: 407 Who? (a user with a colon can't be told "
	    "by Basic)", "", false },

	/* On another connection. */
	{ "a close", USER, BYTES(WANT_BASIC "Connection: close\r\n" EMPTY),
	    BARE, "", "", true },
	{ "an old close", USER, BYTES(WANT_BASIC
	    "Proxy-Connection: x, Close\r\n" EMPTY), BARE, "", "", true },
	{ "HTTP/1.0", USER, BYTES("HTTP/1.0 407 x\r\n"
	    "Proxy-Authenticate: Basic\r\n" EMPTY), BARE, "", "", true },
	{ "a body without end", USER, BYTES(WANT_BASIC "\r\nno"), BARE, "",
	    "", true },
	{ "two lengths", USER, BYTES(WANT_BASIC "Content-Length: 1\r\n"
	    "Content-Length: 2\r\n\r\n"), BARE, "", "", true },
	{ "an unknown coding", USER, BYTES(WANT_BASIC
	    "Transfer-Encoding: gzip\r\n\r\n"), BARE, "", "", true },
	{ "a broken chunk", USER, BYTES(WANT_BASIC
	    "Transfer-Encoding: chunked\r\n\r\nx\r\n"), BARE, "", "", true },
	{ "a body that is too long", USER, BYTES(WANT_BASIC
	    "Content-Length: 65537\r\n\r\n"), BARE, "", "", true },
};

struct run {
	struct connect_client	c;
	enum dialogue_verdict	verdict;
	size_t			used;		/* of all that was fed */
	size_t			sent_n;
	char			sent[3 * 16384];
};

static const char *
start(struct run *r, const char *host, const char *user)
{
	const struct connect_request request = { host, 22, user, "secret",
		"c0" };

	memset(r, 0xa5, sizeof(*r));
	r->used = r->sent_n = 0;
	r->verdict = DIALOGUE_MORE;
	return connect_client_init(&r->c, &request);
}

/* In pieces, as a slow socket might. */
static void
send_output(struct run *r)
{
	const struct dialogue_codec *codec = &connect_client_codec;
	const unsigned char *out;
	size_t n;

	while (out = codec->output(&r->c, &n), n > 0) {
		n = n > 7 ? 7 : n;
		if (r->sent_n + n < sizeof(r->sent)) {
			memcpy(r->sent + r->sent_n, out, n);
			r->sent_n += n;
		}
		codec->sent(&r->c, n);
	}
}

static void
feed(struct run *r, const char *in, size_t n)
{
	size_t used = n;

	if (r->verdict != DIALOGUE_MORE)
		return;
	r->verdict = connect_client_codec.feed(&r->c,
	    (const unsigned char *)in, n, &used);
	r->used += used;
}

static void
feed_text(struct run *r, const char *in)
{
	feed(r, in, strlen(in));
	send_output(r);
}

static const char *
message(struct run *r, enum result *result)
{
	static struct error err;

	err.text[0] = '\0';
	*result = connect_client_codec.refuse(&r->c, "p", &err);
	return err.text;
}

static void
check_message(struct run *r, const struct test *t)
{
	enum result result;
	const char *text;

	is_int(r->verdict, DIALOGUE_REFUSED, "%s: refused", t->name);
	text = message(r, &result);
	if (t->redial) {
		ok(strstr(text, "on a new connection") != NULL,
		    "%s: how", t->name);
		is_int(result, RESULT_DENIED, "%s: what that is", t->name);
		return;
	}
	is_str(text, t->message, "%s: how", t->name);
	is_int(result, strstr(text, "says") != NULL ? RESULT_DENIED :
	    RESULT_BROKEN, "%s: what that is", t->name);
}

/* Byte after byte, with what there is to say said in between. */
static void
check_dialogue(const struct test *t)
{
	static struct run r, cut;
	size_t i;
	bool same = true;

	ok(start(&r, "x.example", t->user) == NULL, "%s: begins", t->name);
	send_output(&r);
	for (i = 0; i < t->n; i++) {
		feed(&r, t->in + i, 1);
		send_output(&r);
	}
	is_mem(r.sent, r.sent_n, t->sent, strlen(t->sent), "%s: what is sent",
	    t->name);
	if (t->message == NULL) {
		is_int(r.verdict, DIALOGUE_DONE, "%s: done", t->name);
		is_str(t->in + r.used, t->data, "%s: data", t->name);
	} else {
		check_message(&r, t);
	}
	is_int(connect_client_wants_redial(&r.c), t->redial,
	    "%s: whether to dial again", t->name);
	for (i = 0; i <= t->n; i++) {
		start(&cut, "x.example", t->user);
		send_output(&cut);
		feed(&cut, t->in, i);
		if (i % 2 == 0)
			send_output(&cut);
		feed(&cut, t->in + i, t->n - i);
		send_output(&cut);
		same = same && cut.verdict == r.verdict &&
		    cut.c.step == r.c.step &&
		    (t->message != NULL || (cut.used == r.used &&
		    cut.sent_n == r.sent_n &&
		    memcmp(cut.sent, r.sent, r.sent_n) == 0));
	}
	ok(same, "%s: the same in pieces", t->name);
}

/* --- on new connections -------------------------------------------------- */

static void
again(struct run *r)
{
	connect_client_again(&r->c);
	r->verdict = DIALOGUE_MORE;
	r->sent_n = 0;
	send_output(r);
}

static void
check_sent(const struct run *r, const char *want, const char *name)
{
	is_mem(r->sent, r->sent_n, want, strlen(want), "%s", name);
}

static void
check_redial(void)
{
	static struct run r;

	start(&r, "x.example", USER);
	send_output(&r);
	feed_text(&r, WANT_DIGEST("n1") "Connection: close\r\n\r\n");
	is_int(r.verdict, DIALOGUE_REFUSED, "closed behind a question");
	again(&r);
	check_sent(&r, DIGEST("n1", ANSWER_N1), "the answer comes at once");
	feed_text(&r, WANT_AGAIN("n2") "Connection: close\r\n\r\n");
	ok(connect_client_wants_redial(&r.c), "closed behind a stale nonce");
	again(&r);
	check_sent(&r, DIGEST("n2", ANSWER_N2), "and the next one");
	feed_text(&r, WANT_AGAIN("n2") "Connection: close\r\n\r\n");
	ok(!connect_client_wants_redial(&r.c), "not for ever");
	is_int(r.c.step, CONNECT_USER_DENIED, "the user is refused");
}

/* The connection ends although nobody said so. */
static void
check_broken(void)
{
	static struct run r;

	start(&r, "x.example", USER);
	ok(!connect_client_wants_redial(&r.c), "broken before the request");
	send_output(&r);
	ok(!connect_client_wants_redial(&r.c), "... behind it");
	feed_text(&r, WANT_DIGEST("n1"));
	ok(!connect_client_wants_redial(&r.c), "... within a question");
	feed_text(&r, "Content-Length: 10\r\n\r\n12345");
	ok(connect_client_wants_redial(&r.c), "... within its body");
	feed_text(&r, "12345");
	ok(connect_client_wants_redial(&r.c), "... behind it");
	feed_text(&r, "H");
	ok(!connect_client_wants_redial(&r.c), "... within what comes then");
	start(&r, "x.example", USER);
	feed(&r, BYTES(WANT_DIGEST("n1") EMPTY));
	again(&r);
	ok(strstr(r.sent, "nc=00000002") != NULL && r.sent_n ==
	    strlen(DIGEST("n1", ANSWER_N1)),
	    "the second answer to a nonce says so, and nothing else is sent");
	ok(!connect_client_wants_redial(&r.c), "not for ever");
	feed_text(&r, OK);
	is_int(r.verdict, DIALOGUE_DONE, "done");
}

/* --- limits -------------------------------------------------------------- */

static void
check_limits(void)
{
	static struct run r;
	static char body[CONNECT_CLIENT_BODY_MAX + 1];
	enum result result;
	size_t i;

	start(&r, "x.example", NO_USER);
	for (i = 0; i < CONNECT_CLIENT_INTERIM_MAX; i++)
		feed_text(&r, "HTTP/1.1 100 x\r\n\r\n");
	is_int(r.verdict, DIALOGUE_MORE, "as many 1xx as may be");
	feed_text(&r, "HTTP/1.1 100 x\r\n\r\n");
	is_str(message(&r, &result), "p: the proxy's answer never comes "
	    "(1xx too often)", "one more");
	start(&r, "x.example", NO_USER);
	feed_text(&r, "HTTP/1.1 200 x\r\n");
	for (i = 0; i < HTTP_HEAD_MAX / 8; i++)
		feed_text(&r, "x:1234\r\n");
	is_int(r.c.step, CONNECT_BAD_HEAD, "a head without end");

	memset(body, 'x', sizeof(body));
	start(&r, "x.example", NO_USER);
	feed_text(&r, "HTTP/1.1 403 ");
	feed(&r, body, 2000);
	feed_text(&r, "\r\n\r\n");
	is_int((int64_t)strlen(message(&r, &result)),
	    (int64_t)strlen("p: the proxy says: 403 ") + 200,
	    "a part of many words");
	start(&r, "x.example", USER);
	feed_text(&r, WANT_BASIC "Content-Length: 65536\r\n\r\n");
	feed(&r, body, CONNECT_CLIENT_BODY_MAX - 1);
	is_int(r.c.step, CONNECT_BODY, "a body that is as long as may be");
	feed_text(&r, "x");
	is_int(r.c.step, CONNECT_HEAD, "... is passed over");
	start(&r, "x.example", USER);
	feed_text(&r, WANT_BASIC "Transfer-Encoding: chunked\r\n\r\n"
	    "ffffff\r\n");
	feed(&r, body, CONNECT_CLIENT_BODY_MAX - 8);
	is_int(r.c.step, CONNECT_BODY, "chunks");
	feed_text(&r, "x");
	is_int(r.c.step, CONNECT_REDIAL, "... that are too much");
}

static void
check_longest(void)
{
	static char host[CONNECT_CLIENT_HOST_MAX + 1];
	static char quotes[HTTP_AUTH_TEXT_MAX + 1], cnonce[65];
	static char in[16384];
	static struct run r;
	const struct connect_request request = { host, 65535, quotes, quotes,
		cnonce };
	struct connect_client *c = &r.c;
	char escaped[2 * HTTP_AUTH_TEXT_MAX + 1];
	size_t i;

	memset(host, ':', sizeof(host) - 1);
	memset(quotes, '"', sizeof(quotes) - 1);
	memset(cnonce, 'c', sizeof(cnonce) - 1);
	for (i = 0; i < sizeof(escaped) - 1; i++)
		escaped[i] = i % 2 == 0 ? '\\' : '"';
	escaped[i] = '\0';
	start(&r, "x", NULL);
	ok(connect_client_init(c, &request) == NULL, "the longest of all");
	snprintf(in, sizeof(in), "HTTP/1.1 407 x\r\nProxy-Authenticate: "
	    "Digest realm=\"%s\", nonce=n, opaque=\"\", stale=true, qop=auth"
	    ", algorithm=SHA-256-sess\r\nContent-Length: 0\r\n\r\n", escaped);
	feed(&r, in, strlen(in));
	feed(&r, in, strlen(in));
	is_int(r.verdict, DIALOGUE_MORE, "both answers have room");
	feed(&r, in, strlen(in));
	is_int(r.c.step, CONNECT_USER_DENIED, "and no third one comes");
}

/* --- hosts, and what is left --------------------------------------------- */

static void
check_hosts(void)
{
	static const char *const bad[] = { "", "a b", "a\r\nb", "a/b", "a@b",
		"[::1]", "fe80::1%eth0", "a\x7f", "a?b", "a#b", "a\\b" };
	static char longer[CONNECT_CLIENT_HOST_MAX + 2];
	static struct run r;
	size_t i;

	start(&r, "2001:db8::1", NO_USER);
	send_output(&r);
	check_sent(&r, "CONNECT [2001:db8::1]:22 HTTP/1.1\r\n"
	    "Host: [2001:db8::1]:22\r\n\r\n", "an address of IPv6");
	start(&r, "192.0.2.1", NO_USER);
	send_output(&r);
	check_sent(&r, "CONNECT 192.0.2.1:22 HTTP/1.1\r\n"
	    "Host: 192.0.2.1:22\r\n\r\n", "an address of IPv4");
	for (i = 0; i < NITEMS(bad); i++)
		ok(start(&r, bad[i], NO_USER) != NULL, "host \"%s\"", bad[i]);
	memset(longer, 'x', sizeof(longer) - 1);
	ok(start(&r, longer, NO_USER) != NULL, "a host that is too long");
	ok(start(&r, longer + 1, NO_USER) == NULL, "the longest one");
	ok(start(&r, "x", "a\n") != NULL, "a user that can't be");
	ok(start(&r, "x", "a:b") == NULL, "a colon can be, for Digest");
}

static bool
holds(const void *data, size_t n, const char *text)
{
	return memmem(data, n, text, strlen(text)) != NULL;
}

static void
check_wiped(void)
{
	static struct run r;
	const struct connect_request request = { "x", 1, "user", NULL,
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234" };
	enum result result;

	start(&r, "x.example", USER);
	send_output(&r);
	feed_text(&r, WANT_BASIC EMPTY);
	ok(!holds(r.c.out, sizeof(r.c.out), "dXNlcjpzZWNyZXQ"),
	    "what was sent is wiped");
	start(&r, "x.example", USER);
	feed(&r, BYTES(WANT_BASIC EMPTY));
	ok(holds(r.c.out, sizeof(r.c.out), "dXNlcjpzZWNyZXQ"),
	    "what is to be sent is not");
	feed(&r, BYTES(WANT_BASIC EMPTY));
	ok(!holds(r.c.out, sizeof(r.c.out), "dXNlcjpzZWNyZXQ"),
	    "it is when all is over");
	send_output(&r);
	is_int((int64_t)r.sent_n, 0, "and nothing is sent");
	is_str(message(&r, &result), REFUSES, "there is a message still");
	connect_client_wipe(&r.c);
	ok(!holds(&r.c, sizeof(r.c), "secret") &&
	    !holds(&r.c, sizeof(r.c), "user"), "nothing is left");
	ok(connect_client_init(&r.c, &request) != NULL,
	    "a cnonce that is too long");
}

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check_dialogue(&tests[i]);
	check_redial();
	check_broken();
	check_limits();
	check_longest();
	check_hosts();
	check_wiped();
	return tap_done();
}
