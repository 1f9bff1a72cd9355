/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "tap.h"
#include "wire/starttls.h"

#define EHLO	"EHLO [127.0.0.1]\r\n"
#define GREETED	EHLO "STARTTLS\r\n"

#define XML	"<?xml version='1.0'?>"
#define STREAM	"<stream:stream xmlns='jabber:client' xmlns:stream="	\
	"'http://etherx.jabber.org/streams' id='x' version='1.0'>"
#define TLS_NS	"xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
#define FEATURES	XML STREAM "<stream:features><starttls " TLS_NS	\
	"/></stream:features>"
#define HEADER(host)	XML "<stream:stream xmlns='jabber:client' "	\
	"xmlns:stream='http://etherx.jabber.org/streams' "		\
	"version='1.0' to='" host "'>"
#define ASKED	HEADER("x.example") "<starttls " TLS_NS "/>"

#define LDAP_REQUEST	"\x30\x1d\x02\x01\x01\x77\x18\x80\x16"		\
	"1.3.6.1.4.1.1466.20037"
#define PG_REQUEST	"\0\0\0\x08\x04\xd2\x16\x2f"

/* What the peer says byte for byte, and what comes of it. */
struct test {
	const char		*name;
	enum starttls_protocol	 protocol;
	const char		*in;
	size_t			 n;
	enum starttls_verdict	 verdict;
	const char		*sent;
	size_t			 sent_n;
	const char		*said;	/* NULL: does not matter */
};

struct result {
	struct starttls	s;
	char		sent[1024];
	size_t		sent_n;
	size_t		turns;		/* where we had something to say */
};

static void	check_dialogue(const struct test *);
static void	check_pieces(const struct test *, const struct result *);
static void	start(struct result *, enum starttls_protocol, const char *);
static bool	send_output(struct result *);
static enum starttls_verdict	feed(struct result *, const char *, size_t);
static void	check_names(void);
static void	check_glued(void);
static void	check_unsent(void);
static void	check_limits(void);
static void	check_hosts(void);
static void	check_header(const char *, const char *, size_t);

static const struct test tests[] = {
	/* SMTP */
	{ "smtp", STARTTLS_SMTP, BYTES("220 x\r\n250-x\r\n250-SIZE 1000\r\n"
	    "250-STARTTLS\r\n250 HELP\r\n220 go\r\n"), STARTTLS_DONE,
	    BYTES(GREETED), NULL },
	{ "smtp, greeting of lines", STARTTLS_SMTP,
	    BYTES("220-x\r\n220-\r\n220 x\r\n250-x\r\n250 starttls\r\n"
	    "220\r\n"), STARTTLS_DONE, BYTES(GREETED), NULL },
	{ "smtp, LF alone", STARTTLS_SMTP,
	    BYTES("220 x\n250-x\n250 STARTTLS \n220 go\n"), STARTTLS_DONE,
	    BYTES(GREETED), NULL },
	{ "smtp, a busy server", STARTTLS_SMTP, BYTES("421 not now\r\n"),
	    STARTTLS_REFUSED, BYTES(""), "421 not now" },
	{ "smtp, a refusal of lines", STARTTLS_SMTP,
	    BYTES("554-no\r\n554 never\r\n"), STARTTLS_REFUSED, BYTES(""),
	    "554 never" },
	{ "smtp, no EHLO", STARTTLS_SMTP, BYTES("220 x\r\n502 what?\r\n"),
	    STARTTLS_REFUSED, BYTES(EHLO), "502 what?" },
	{ "smtp, not offered", STARTTLS_SMTP,
	    BYTES("220 x\r\n250-x\r\n250 HELP\r\n"), STARTTLS_NOT_OFFERED,
	    BYTES(EHLO), "" },
	{ "smtp, one line of 250", STARTTLS_SMTP,
	    BYTES("220 x\r\n250 x\r\n"), STARTTLS_NOT_OFFERED, BYTES(EHLO),
	    "" },
	{ "smtp, a server called STARTTLS", STARTTLS_SMTP,
	    BYTES("220 x\r\n250-STARTTLS\r\n250 HELP\r\n"),
	    STARTTLS_NOT_OFFERED, BYTES(EHLO), "" },
	{ "smtp, a longer word", STARTTLS_SMTP,
	    BYTES("220 x\r\n250-x\r\n250 STARTTLSX\r\n"),
	    STARTTLS_NOT_OFFERED, BYTES(EHLO), "" },
	{ "smtp, offered and refused", STARTTLS_SMTP,
	    BYTES("220 x\r\n250-x\r\n250 STARTTLS\r\n454 later\r\n"),
	    STARTTLS_REFUSED, BYTES(GREETED), "454 later" },
	{ "smtp, another code", STARTTLS_SMTP,
	    BYTES("220 x\r\n250-x\r\n250 STARTTLS\r\n250 ok\r\n"),
	    STARTTLS_MALFORMED, BYTES(GREETED), "250 ok" },
	{ "smtp, codes differ", STARTTLS_SMTP, BYTES("220-x\r\n250 x\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "250 x" },
	{ "smtp, no blank", STARTTLS_SMTP, BYTES("220x\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "220x" },
	{ "smtp, an empty line", STARTTLS_SMTP, BYTES("\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "" },
	{ "smtp, it is ssh", STARTTLS_SMTP, BYTES("SSH-2.0-x\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "SSH-2.0-x" },
	{ "smtp, half a line", STARTTLS_SMTP, BYTES("220 x"), STARTTLS_MORE,
	    BYTES(""), "220 x" },

	/* FTP */
	{ "ftp", STARTTLS_FTP, BYTES("220 x\r\n234 go\r\n"), STARTTLS_DONE,
	    BYTES("AUTH TLS\r\n"), NULL },
	{ "ftp, anything between the lines", STARTTLS_FTP,
	    BYTES("220-x\r\n\r\n 220 x\r\n230 x\r\n220-\r\n220 x\r\n"
	    "234-\r\n234 go\r\n"), STARTTLS_DONE, BYTES("AUTH TLS\r\n"),
	    NULL },
	{ "ftp, ready in some minutes", STARTTLS_FTP,
	    BYTES("120 in 3 minutes\r\n220 x\r\n234 go\r\n"), STARTTLS_DONE,
	    BYTES("AUTH TLS\r\n"), NULL },
	{ "ftp, refused", STARTTLS_FTP, BYTES("220 x\r\n530 login first\r\n"),
	    STARTTLS_REFUSED, BYTES("AUTH TLS\r\n"), "530 login first" },
	{ "ftp, more than TLS wanted", STARTTLS_FTP,
	    BYTES("220 x\r\n334 data\r\n"), STARTTLS_MALFORMED,
	    BYTES("AUTH TLS\r\n"), "334 data" },
	{ "ftp, no code", STARTTLS_FTP, BYTES("hello\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "hello" },

	/* IMAP */
	{ "imap", STARTTLS_IMAP,
	    BYTES("* OK [CAPABILITY IMAP4rev1] x\r\na1 OK go\r\n"),
	    STARTTLS_DONE, BYTES("a1 STARTTLS\r\n"), NULL },
	{ "imap, untagged responses", STARTTLS_IMAP,
	    BYTES("* ok\r\n* CAPABILITY IMAP4rev1\r\n* NO x\r\nA1 ok\r\n"),
	    STARTTLS_DONE, BYTES("a1 STARTTLS\r\n"), NULL },
	{ "imap, BYE", STARTTLS_IMAP, BYTES("* BYE full\r\n"),
	    STARTTLS_REFUSED, BYTES(""), "* BYE full" },
	{ "imap, BYE later", STARTTLS_IMAP, BYTES("* OK x\r\n* BYE\r\n"),
	    STARTTLS_REFUSED, BYTES("a1 STARTTLS\r\n"), "* BYE" },
	{ "imap, PREAUTH", STARTTLS_IMAP, BYTES("* PREAUTH x\r\n"),
	    STARTTLS_REFUSED, BYTES(""), "* PREAUTH x" },
	{ "imap, NO", STARTTLS_IMAP, BYTES("* OK x\r\na1 NO x\r\n"),
	    STARTTLS_REFUSED, BYTES("a1 STARTTLS\r\n"), "a1 NO x" },
	{ "imap, BAD", STARTTLS_IMAP, BYTES("* OK x\r\na1 BAD x\r\n"),
	    STARTTLS_REFUSED, BYTES("a1 STARTTLS\r\n"), "a1 BAD x" },
	{ "imap, another tag", STARTTLS_IMAP, BYTES("* OK x\r\na2 OK x\r\n"),
	    STARTTLS_MALFORMED, BYTES("a1 STARTTLS\r\n"), "a2 OK x" },
	{ "imap, a continuation", STARTTLS_IMAP, BYTES("* OK x\r\n+ go\r\n"),
	    STARTTLS_MALFORMED, BYTES("a1 STARTTLS\r\n"), "+ go" },
	{ "imap, no greeting", STARTTLS_IMAP, BYTES("* OKAY\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "* OKAY" },

	/* POP3 */
	{ "pop3", STARTTLS_POP3, BYTES("+OK <1@x>\r\n+OK\r\n"),
	    STARTTLS_DONE, BYTES("STLS\r\n"), NULL },
	{ "pop3, refused", STARTTLS_POP3, BYTES("+OK\r\n-ERR no\r\n"),
	    STARTTLS_REFUSED, BYTES("STLS\r\n"), "-ERR no" },
	{ "pop3, refused at once", STARTTLS_POP3, BYTES("-ERR full\r\n"),
	    STARTTLS_REFUSED, BYTES(""), "-ERR full" },
	{ "pop3, it is smtp", STARTTLS_POP3, BYTES("220 x\r\n"),
	    STARTTLS_MALFORMED, BYTES(""), "220 x" },

	/* XMPP */
	{ "xmpp", STARTTLS_XMPP, BYTES(FEATURES "<proceed " TLS_NS "/>"),
	    STARTTLS_DONE, BYTES(ASKED), NULL },
	{ "xmpp, in another style", STARTTLS_XMPP,
	    BYTES("<?xml version=\"1.0\" ?>\r\n<s:stream\txmlns:s=\"x\"\n>\n"
	    " <s:features >\n<mechanisms xmlns='x'><mechanism>PLAIN"
	    "</mechanism></mechanisms><t:starttls xmlns:t=\"a'/>b\">\n"
	    "<required/></t:starttls >\n</s:features\n>"
	    "<t:proceed></t:proceed>"), STARTTLS_DONE, BYTES(ASKED), NULL },
	{ "xmpp, < in an attribute", STARTTLS_XMPP, BYTES(STREAM
	    "<stream:features><a x='<'/></stream:features>"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), NULL },
	{ "xmpp, offered elsewhere", STARTTLS_XMPP, BYTES(STREAM
	    "<stream:features><a><starttls/></a></stream:features>"),
	    STARTTLS_NOT_OFFERED, BYTES(HEADER("x.example")), "" },
	{ "xmpp, no features", STARTTLS_XMPP,
	    BYTES(STREAM "<stream:features/>"), STARTTLS_NOT_OFFERED,
	    BYTES(HEADER("x.example")), "" },
	{ "xmpp, failure", STARTTLS_XMPP,
	    BYTES(FEATURES "<failure " TLS_NS "/>"), STARTTLS_REFUSED,
	    BYTES(ASKED), "<failure " TLS_NS "/>" },
	{ "xmpp, an error", STARTTLS_XMPP, BYTES(STREAM
	    "<stream:error><host-unknown/> <text>no</text></stream:error>"),
	    STARTTLS_REFUSED, BYTES(HEADER("x.example")),
	    "<stream:error><host-unknown/> <text>no</text></stream:error>" },
	{ "xmpp, half an error", STARTTLS_XMPP,
	    BYTES(STREAM "<stream:error><a/>"), STARTTLS_MORE,
	    BYTES(HEADER("x.example")), "<stream:error><a/>" },
	{ "xmpp, the peer leaves", STARTTLS_XMPP,
	    BYTES(STREAM "</stream:stream>"), STARTTLS_REFUSED,
	    BYTES(HEADER("x.example")), "</stream:stream>" },
	{ "xmpp, no question before the answer", STARTTLS_XMPP,
	    BYTES(STREAM "<proceed/>"), STARTTLS_MALFORMED,
	    BYTES(HEADER("x.example")), "<proceed/>" },
	{ "xmpp, features twice", STARTTLS_XMPP,
	    BYTES(FEATURES "<stream:features>"), STARTTLS_MALFORMED,
	    BYTES(ASKED), "<stream:features>" },
	{ "xmpp, another end", STARTTLS_XMPP,
	    BYTES(STREAM "<features><starttls/></proceed>"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), "</proceed>" },
	{ "xmpp, an end at the start", STARTTLS_XMPP, BYTES("</stream>"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), "</stream>" },
	{ "xmpp, a stream without content", STARTTLS_XMPP,
	    BYTES("<stream/>"), STARTTLS_MALFORMED,
	    BYTES(HEADER("x.example")), "<stream/>" },
	{ "xmpp, a comment", STARTTLS_XMPP, BYTES("<!-- x -->"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), "<!-- x -->" },
	{ "xmpp, a tag without a name", STARTTLS_XMPP, BYTES("<>"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), "<>" },
	{ "xmpp, it is html", STARTTLS_XMPP, BYTES("<html>"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), "<html>" },
	{ "xmpp, a tag in a tag", STARTTLS_XMPP, BYTES("<stream <a>"),
	    STARTTLS_MALFORMED, BYTES(HEADER("x.example")), NULL },
	{ "xmpp, a declaration in the stream", STARTTLS_XMPP,
	    BYTES(STREAM XML), STARTTLS_MALFORMED,
	    BYTES(HEADER("x.example")), XML },

	/* LDAP */
	{ "ldap", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"),
	    STARTTLS_DONE, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, long lengths and a name", STARTTLS_LDAP,
	    BYTES("\x30\x84\0\0\0\x2b\x02\x01\x01\x78\x84\0\0\0\x22\x0a\x01\0"
	    "\x04\x82\0\0\x04\x81\0\x8a\x16" "1.3.6.1.4.1.1466.20037"),
	    STARTTLS_DONE, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, with controls", STARTTLS_LDAP,
	    BYTES("\x30\x0e\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"
	    "\xa0\0"), STARTTLS_DONE, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, refused", STARTTLS_LDAP,
	    BYTES("\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x02\x04\0\x04\x02no"),
	    STARTTLS_REFUSED, BYTES(LDAP_REQUEST), "resultCode 2: no" },
	{ "ldap, refused without a word", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\0\x04\0"),
	    STARTTLS_REFUSED, BYTES(LDAP_REQUEST), "resultCode 52" },
	{ "ldap, a notice of disconnection", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\0\x78\x07\x0a\x01\x34\x04\0\x04\0"),
	    STARTTLS_REFUSED, BYTES(LDAP_REQUEST), "resultCode 52" },
	{ "ldap, a notice of success", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\0\x78\x07\x0a\x01\0\x04\0\x04\0"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, another message", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\0\x04\0\x04\0"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, another operation", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, an inner length too large", STARTTLS_LDAP,
	    BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\x01"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, no code", STARTTLS_LDAP,
	    BYTES("\x30\x05\x02\x01\x01\x78\0"), STARTTLS_MALFORMED,
	    BYTES(LDAP_REQUEST), NULL },
	{ "ldap, nothing in it", STARTTLS_LDAP, BYTES("\x30\0"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, indefinite", STARTTLS_LDAP, BYTES("\x30\x80"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, five octets of length", STARTTLS_LDAP, BYTES("\x30\x85"),
	    STARTTLS_MALFORMED, BYTES(LDAP_REQUEST), NULL },
	{ "ldap, 4 GiB of it", STARTTLS_LDAP,
	    BYTES("\x30\x84\xff\xff\xff\xff"), STARTTLS_TOO_LONG,
	    BYTES(LDAP_REQUEST), NULL },
	{ "ldap, half of it", STARTTLS_LDAP, BYTES("\x30\x0c\x02"),
	    STARTTLS_MORE, BYTES(LDAP_REQUEST), NULL },

	/* PostgreSQL */
	{ "postgres", STARTTLS_POSTGRES, BYTES("S"), STARTTLS_DONE,
	    BYTES(PG_REQUEST), NULL },
	{ "postgres, refused", STARTTLS_POSTGRES, BYTES("N"),
	    STARTTLS_REFUSED, BYTES(PG_REQUEST), "N" },
	{ "postgres, an error", STARTTLS_POSTGRES, BYTES("E"),
	    STARTTLS_REFUSED, BYTES(PG_REQUEST), "E" },
	{ "postgres, something else", STARTTLS_POSTGRES, BYTES("s"),
	    STARTTLS_MALFORMED, BYTES(PG_REQUEST), "s" },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check_dialogue(&tests[i]);
	check_names();
	check_glued();
	check_unsent();
	check_limits();
	check_hosts();
	return tap_done();
}

static void
check_dialogue(const struct test *t)
{
	struct result r;
	const unsigned char *said;
	size_t i, n;

	start(&r, t->protocol, "x.example");
	for (i = 0; i < t->n; i++)
		feed(&r, t->in + i, 1);
	is_int(r.s.verdict, t->verdict, "%s: the verdict", t->name);
	is_mem(r.sent, r.sent_n, t->sent, t->sent_n, "%s: what is sent",
	    t->name);
	said = starttls_said(&r.s, &n);
	if (t->said != NULL)
		is_mem(said, n, t->said, strlen(t->said),
		    "%s: what was said", t->name);
	check_pieces(t, &r);
}

/*
 * Cut in three, everywhere: the same, unless it is glued.  A refusal may come
 * before a command is sent (IMAP's BYE).
 */
static void
check_pieces(const struct test *t, const struct result *want)
{
	size_t first, second;
	bool same = true;

	for (first = 0; first <= t->n; first++) {
		for (second = first; second <= t->n; second++) {
			struct result r;

			start(&r, t->protocol, "x.example");
			feed(&r, t->in, first);
			feed(&r, t->in + first, second - first);
			if (feed(&r, t->in + second, t->n - second) ==
			    STARTTLS_GLUED) {
				same = same && want->turns > 0;
				continue;
			}
			same = same && r.s.verdict == want->s.verdict &&
			    r.sent_n <= want->sent_n &&
			    (r.sent_n == want->sent_n ||
			    r.s.verdict == STARTTLS_REFUSED) &&
			    memcmp(r.sent, want->sent, r.sent_n) == 0;
		}
	}
	ok(same, "%s: the same in pieces", t->name);
}

static void
start(struct result *r, enum starttls_protocol protocol, const char *host)
{
	r->sent_n = r->turns = 0;
	starttls_init(&r->s, protocol, host);
	send_output(r);
}

/* Byte after byte, as a slow socket might. */
static bool
send_output(struct result *r)
{
	const unsigned char *out;
	size_t n;
	bool any = false;

	while (out = starttls_output(&r->s, &n), n > 0) {
		if (r->sent_n < sizeof(r->sent))
			r->sent[r->sent_n++] = (char)*out;
		starttls_sent(&r->s, 1);
		any = true;
	}
	return any;
}

/* What is fed, and what is sent at once. */
static enum starttls_verdict
feed(struct result *r, const char *in, size_t n)
{
	enum starttls_verdict verdict;

	verdict = starttls_feed(&r->s, (const unsigned char *)in, n);
	if (send_output(r))
		r->turns++;
	return verdict;
}

static void
check_names(void)
{
	enum starttls_protocol p;
	size_t i;

	for (i = 0; i < STARTTLS_PROTOCOLS; i++) {
		const char *name = starttls_name((enum starttls_protocol)i);

		ok(starttls_find(name, &p) && p == i, "%s is found", name);
	}
	p = STARTTLS_LDAP;
	ok(!starttls_find("SMTP", &p) && !starttls_find("", &p) &&
	    !starttls_find("smtps", &p) && p == STARTTLS_LDAP,
	    "no other name is");
	for (i = 0; i <= STARTTLS_GLUED; i++)
		ok(starttls_verdict_text((enum starttls_verdict)i)[0] != '\0',
		    "verdict %zu has a text", i);
}

/* Two answers in one piece. */
static void
check_glued(void)
{
	static const struct test glued[] = {
		{ "smtp, an answer to EHLO with the greeting", STARTTLS_SMTP,
		    BYTES("220 x\r\n250 x\r\n"), .said = "250 x" },
		{ "ftp, an answer with the greeting", STARTTLS_FTP,
		    BYTES("220 x\r\n234 x\r\n"), .said = "234 x" },
		{ "imap, an answer with the greeting", STARTTLS_IMAP,
		    BYTES("* OK\r\na1 OK\r\n"), .said = "a1 OK" },
		{ "imap, the same behind untagged ones", STARTTLS_IMAP,
		    BYTES("* OK\r\n* X\r\na1 OK\r\n"), .said = "a1 OK" },
		{ "pop3, an answer with the greeting", STARTTLS_POP3,
		    BYTES("+OK\r\n+OK\r\n"), .said = "+OK" },
		{ "xmpp, features and proceed", STARTTLS_XMPP,
		    BYTES(FEATURES "\n<proceed/>"), .said = "<proceed/>" },
		{ "postgres, bytes behind the answer", STARTTLS_POSTGRES,
		    BYTES("SELECT"), .said = "ELECT" },
		{ "ldap, bytes behind the answer", STARTTLS_LDAP,
		    BYTES("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"
		    "x"), .said = "x" },
	};
	struct result r;
	size_t i, n;

	for (i = 0; i < NITEMS(glued); i++) {
		const struct test *t = &glued[i];
		const unsigned char *said;

		start(&r, t->protocol, "x.example");
		is_int(feed(&r, t->in, t->n), STARTTLS_GLUED, "%s", t->name);
		said = starttls_said(&r.s, &n);
		is_mem(said, n, t->said, strlen(t->said), "%s: which",
		    t->name);
	}
	start(&r, STARTTLS_POP3, NULL);
	feed(&r, "+OK\r\n", 5);
	is_int(feed(&r, "+OK\r\nUSER", 9), STARTTLS_GLUED,
	    "bytes behind the last answer");
	start(&r, STARTTLS_POP3, NULL);
	feed(&r, "+OK\r\n", 5);
	is_int(feed(&r, "+OK\r\n", 5), STARTTLS_DONE, "no bytes behind it");
	is_int(feed(&r, "", 0), STARTTLS_DONE, "it stays so");
	is_int(feed(&r, "x", 1), STARTTLS_GLUED, "bytes that came later");
	is_int(feed(&r, "x", 1), STARTTLS_GLUED, "that stays, too");
	start(&r, STARTTLS_IMAP, NULL);
	is_int(feed(&r, "* OK\r\n* CAPABILITY X\r\n", 22), STARTTLS_MORE,
	    "untagged responses may come with the greeting");
	is_int(feed(&r, "a1 OK\r\n", 7), STARTTLS_DONE, "and the answer");
	start(&r, STARTTLS_XMPP, "x.example");
	is_int(feed(&r, FEATURES " \n", sizeof(FEATURES " \n") - 1),
	    STARTTLS_MORE, "blanks may come behind features");
}

/* The verdict depends on what is sent, not on how it is cut. */
static void
check_unsent(void)
{
	struct result r;
	size_t n;

	starttls_init(&r.s, STARTTLS_POP3, NULL);
	starttls_feed(&r.s, (const unsigned char *)"+OK\r\n", 5);
	starttls_output(&r.s, &n);
	is_int((int)n, 6, "a command to send");
	starttls_sent(&r.s, 5);
	is_int(starttls_feed(&r.s, (const unsigned char *)"+", 1),
	    STARTTLS_GLUED, "an answer to half a command");
	starttls_output(&r.s, &n);
	is_int((int)n, 0, "nothing is left to send");
	starttls_init(&r.s, STARTTLS_POSTGRES, NULL);
	is_int(starttls_feed(&r.s, (const unsigned char *)"S", 1),
	    STARTTLS_GLUED, "an answer to nothing");
}

static void
check_limits(void)
{
	static char line[STARTTLS_ANSWER_MAX + 2];
	struct result r;
	size_t i, n;

	memset(line, 'x', sizeof(line));
	memcpy(line, "* OK ", 5);
	line[STARTTLS_ANSWER_MAX] = '\n';
	start(&r, STARTTLS_IMAP, NULL);
	is_int(feed(&r, line, STARTTLS_ANSWER_MAX + 1), STARTTLS_MORE,
	    "the longest line");
	for (i = 1; i < STARTTLS_TOTAL_MAX / (STARTTLS_ANSWER_MAX + 1); i++)
		feed(&r, line, STARTTLS_ANSWER_MAX + 1);
	is_int(r.s.verdict, STARTTLS_MORE, "as many of them as may come");
	is_int(feed(&r, line, STARTTLS_ANSWER_MAX + 1), STARTTLS_TOO_LONG,
	    "one more");
	starttls_said(&r.s, &n);
	is_int((int)n, STARTTLS_SAID_MAX, "a part of it to be shown");
	line[STARTTLS_ANSWER_MAX] = 'x';
	start(&r, STARTTLS_IMAP, NULL);
	is_int(feed(&r, line, STARTTLS_ANSWER_MAX + 1), STARTTLS_TOO_LONG,
	    "a longer line");
	memcpy(line, "<?xml", 5);
	start(&r, STARTTLS_XMPP, "x.example");
	is_int(feed(&r, line, sizeof(line)), STARTTLS_TOO_LONG,
	    "a longer tag");
}

static void
check_hosts(void)
{
	static char most[STARTTLS_HOST_MAX + 2];
	struct starttls s;
	size_t n;

	check_header("x.example", BYTES(HEADER("x.example")));
	check_header("a'b\"c<d>&e", BYTES(HEADER(
	    "a&apos;b&quot;c&lt;d&gt;&amp;e")));
	check_header("b\xc3\xbc" "cher.example",
	    BYTES(HEADER("b\xc3\xbc" "cher.example")));
	ok(!starttls_init(&s, STARTTLS_XMPP, NULL), "no host at all");
	ok(!starttls_init(&s, STARTTLS_XMPP, ""), "no host");
	ok(!starttls_init(&s, STARTTLS_XMPP, "a\nb"), "a line end in it");
	ok(!starttls_init(&s, STARTTLS_XMPP, "a\177"), "a DEL in it");
	memset(most, '"', STARTTLS_HOST_MAX);
	ok(starttls_init(&s, STARTTLS_XMPP, most), "the longest host");
	starttls_output(&s, &n);
	is_int((int)n, 6 * STARTTLS_HOST_MAX + sizeof(HEADER("")) - 1,
	    "its length");
	most[STARTTLS_HOST_MAX] = '"';
	ok(!starttls_init(&s, STARTTLS_XMPP, most), "a longer host");
}

static void
check_header(const char *host, const char *want, size_t want_n)
{
	struct starttls s;
	const unsigned char *out;
	size_t n;

	ok(starttls_init(&s, STARTTLS_XMPP, host), "host %s", host);
	out = starttls_output(&s, &n);
	is_mem(out, n, want, want_n, "host %s: the header", host);
}
