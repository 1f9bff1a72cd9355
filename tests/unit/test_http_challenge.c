/* SPDX-License-Identifier: ISC */
/* The client's half of wire/http_auth.h. */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/http_auth.h"
#include "wire/http_items.h"

#define NONCE	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\""
#define OPAQUE	"opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
#define CNONCE	"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
#define OFFER(algorithm)						\
	"Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", " \
	"algorithm=" algorithm ", " NONCE ", " OPAQUE

static void
add(struct http_challenge *c, const char *value)
{
	char *copy = strdup(value);
	struct http_text text = { copy, strlen(value) };

	http_challenge_add(c, text);
	free(copy);
}

/* --- what is chosen ------------------------------------------------------ */

/* Fields, and the scheme, algorithm and realm of what is chosen. */
static const struct choice {
	const char	*fields[3];
	const char	*chosen;
	bool		 other;
} choices[] = {
	{ { "Basic realm=\"x\"" }, "Basic x", false },
	{ { "basic" }, "Basic ", false },
	{ { "BASIC realm=x, charset=\"UTF-8\"" }, "Basic x", false },
	{ { "Basic realm=\"a \\\"b\\\\c\", x=\"\\y\"" },
	    "Basic a \"b\\c", false },
	{ { "Basic realm=\"a,b=c, Digest d\"" }, "Basic a,b=c, Digest d",
	    false },
	{ { "Basic realm = \t\"x\" ,, ,a=b,, " }, "Basic x", false },
	{ { " , ,Basic realm=x" }, "Basic x", false },
	{ { "Basic realm=\"\xc3\xbc\t\"" }, "Basic \xc3\xbc\t", false },
	{ { "Digest realm=\"x\", nonce=n" }, "MD5 x", false },
	{ { "Digest realm=x, nonce=n, qop=auth" }, "MD5 x qop", false },
	{ { "Digest realm=x, nonce=n, qop=\"\"" }, "MD5 x", false },
	{ { "Digest realm=x, nonce=n, qop=\"auth-int , AUTH\"" },
	    "MD5 x qop", false },
	{ { "Digest realm=x, nonce=n, algorithm=md5-sess, stale=TRUE, "
	    "userhash=true" }, "MD5-sess x stale userhash", false },
	{ { "Digest realm=x, nonce=n, algorithm=\"SHA-256\", stale=false, "
	    "userhash=false" }, "SHA-256 x", false },

	/* The strongest, wherever it stands. */
	{ { OFFER("MD5"), OFFER("SHA-256") },
	    "SHA-256 http-auth@example.org qop", false },
	{ { OFFER("SHA-256"), OFFER("MD5"), "Basic realm=x" },
	    "SHA-256 http-auth@example.org qop", false },
	{ { "Basic realm=b, Digest realm=a, nonce=n, "
	    "Digest realm=c, algorithm=SHA-256, nonce=m,Basic realm=d" },
	    "SHA-256 c", false },
	{ { "Basic realm=b, Digest realm=a, nonce=n" }, "MD5 a", false },
	{ { "Digest nonce=n, realm=first", "Digest nonce=n, realm=second" },
	    "MD5 first", false },
	{ { "Basic realm=first, Basic realm=second" }, "Basic first",
	    false },

	/* Others are passed over. */
	{ { "Negotiate" }, "none", true },
	{ { "Negotiate, Basic realm=x" }, "Basic x", true },
	{ { "Negotiate abc==, NTLM, Bearer a=b,Basic realm=x" }, "Basic x",
	    true },
	{ { "NTLM TlRMTVNTUAAC/+==", "Basic realm=x" }, "Basic x", true },
	{ { "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", "
	    "Basic realm=\"simple\"" }, "Basic simple", true },
	{ { OFFER("SHA-512-256") ", Basic realm=x" }, "Basic x", true },
	{ { "Digest realm=x, nonce=n, qop=auth-int" }, "none", true },
	{ { "Digest realm=x", "Digest nonce=n" }, "none", true },
	{ { "Digest realm=x, nonce=n, Nonce=m" }, "none", true },
	{ { "Basic realm=x, realm=y" }, "none", true },
	{ { "Basic abc=" }, "none", true },

	/* Mistakes end a field, and what they stand in. */
	{ { "" }, "none", false },
	{ { " ,\t," }, "none", false },
	{ { "Basic realm=\"x" }, "none", true },
	{ { "Basic realm=\"x\\", "Basic realm=y" }, "Basic y", true },
	{ { "Basic realm=x y" }, "none", true },
	{ { "Basic realm=\"x\"y" }, "none", true },
	{ { "Basic realm=x, =y" }, "none", true },
	{ { "Basic realm=x, y=" }, "none", true },
	{ { "Basic realm=x, Digest realm=y, nonce=\"" }, "Basic x", true },
	{ { "Digest realm=y, nonce=n, Basic \"\", Digest realm=z, nonce=n, "
	    "algorithm=SHA-256" }, "MD5 y", true },
	{ { "Basic realm=\"a\r\nX: y\"" }, "none", true },
	{ { "Basic realm=\"a\\\r\"" }, "none", true },
	{ { "Basic realm=\"a\x7f\"" }, "none", true },
	{ { "realm=x" }, "none", true },
	{ { "=" }, "none", true },
	{ { "\"Basic\"" }, "none", true },
	{ { "Basic@realm=x" }, "none", true },
	{ { "Basic abc=x=" }, "none", true },
	{ { "Negotiate abc== x" }, "none", true },
	{ { "Negotiate !" }, "none", true },
};

static void
describe(const struct http_challenge *c, char *out, size_t size)
{
	if (c->scheme == HTTP_AUTH_NONE)
		snprintf(out, size, "none");
	else if (c->scheme == HTTP_AUTH_BASIC)
		snprintf(out, size, "Basic %s", c->realm);
	else
		snprintf(out, size, "%s %s%s%s%s", http_digest_name(c->hash,
		    c->session), c->realm, c->qop ? " qop" : "",
		    c->stale ? " stale" : "", c->userhash ? " userhash" : "");
}

static void
check_choice(const struct choice *choice)
{
	struct http_challenge c;
	char chosen[2 * HTTP_AUTH_TEXT_MAX];
	size_t i;

	http_challenge_init(&c);
	for (i = 0; i < NITEMS(choice->fields); i++)
		if (choice->fields[i] != NULL)
			add(&c, choice->fields[i]);
	describe(&c, chosen, sizeof(chosen));
	is_str(chosen, choice->chosen, "%s", choice->fields[0]);
	is_int(c.other, choice->other, "... and whether there was another");
}

static void
check_limits(void)
{
	static char value[3 * HTTP_AUTH_TEXT_MAX];
	struct http_challenge c;
	char *p = value;
	size_t i;

	p += sprintf(p, "Basic realm=\"");
	memset(p, 'x', HTTP_AUTH_TEXT_MAX);
	strcpy(p + HTTP_AUTH_TEXT_MAX, "\"");
	http_challenge_init(&c);
	add(&c, value);
	is_int((int64_t)strlen(c.realm), HTTP_AUTH_TEXT_MAX,
	    "the longest realm");
	strcpy(p + HTTP_AUTH_TEXT_MAX, "x\"");
	http_challenge_init(&c);
	add(&c, value);
	ok(c.scheme == HTTP_AUTH_NONE && c.other, "a longer one");
	for (i = 0; i < HTTP_ITEMS_UNQUOTED_MAX; i++)
		p[i] = i % 2 == 0 ? '\\' : '"';
	strcpy(p + HTTP_ITEMS_UNQUOTED_MAX, "\"");
	http_challenge_init(&c);
	add(&c, value);
	is_int((int64_t)strlen(c.realm), HTTP_AUTH_TEXT_MAX,
	    "the longest realm of quotes");
	strcpy(p + HTTP_ITEMS_UNQUOTED_MAX, "\\\"\"");
	http_challenge_init(&c);
	add(&c, value);
	ok(c.scheme == HTTP_AUTH_NONE && c.other, "a longer one");
}

/* --- what is answered ---------------------------------------------------- */

/* A challenge, and what is answered to it; NULL: nothing. */
static const struct reply {
	const char		*challenge;
	struct http_answer	 a;
	const char		*answer;
} replies[] = {
	/* RFC 7617, sections 2 and 2.1 */
	{ "Basic realm=\"WallyWorld\"", { "GET", "/", "Aladdin",
	    "open sesame", "", 1 }, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
	{ "Basic realm=\"foo\", charset=\"UTF-8\"", { "GET", "/", "test",
	    "123\xc2\xa3", "", 1 }, "Basic dGVzdDoxMjPCow==" },
	{ "Basic", { "GET", "/", "", "", "", 1 }, "Basic Og==" },
	{ "Basic", { "GET", "/", "a", ":b:", "", 1 }, "Basic YTo6Yjo=" },
	{ "Basic", { "GET", "/", "a:", "b", "", 1 }, NULL },
	{ "Basic", { "GET", "/", "a\n", "b", "", 1 }, NULL },
	{ "Basic", { "GET", "/", "a", "b\x7f", "", 1 }, NULL },

	{ OFFER("MD5"), { "GET", "/dir/index.html", "Mufasa",
	    "Circle of Life", CNONCE, 1 },
	    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
	    NONCE ", uri=\"/dir/index.html\", "
	    "response=\"8ca523f5e9506fed4657c9700eebdbec\", qop=auth, "
	    "nc=00000001, cnonce=\"" CNONCE "\", algorithm=MD5, " OPAQUE },
	{ OFFER("SHA-256"), { "GET", "/dir/index.html", "Mufasa",
	    "Circle of Life", CNONCE, 1 },
	    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
	    NONCE ", uri=\"/dir/index.html\", "
	    "response=\"753927fa0e85d155564e2e272a28d180"
	    "2ca10daf4496794697cf8db5856cb6c1\", qop=auth, nc=00000001, "
	    "cnonce=\"" CNONCE "\", algorithm=SHA-256, " OPAQUE },
	/* RFC 2617, section 3.5 */
	{ "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
	    "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
	    "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
	    { "GET", "/dir/index.html", "Mufasa", "Circle Of Life",
	    "0a4f113b", 1 },
	    "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
	    "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
	    "uri=\"/dir/index.html\", "
	    "response=\"6629fae49393a05397450978507c4ef1\", qop=auth, "
	    "nc=00000001, cnonce=\"0a4f113b\", "
	    "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"" },
	/* RFC 2069, section 2.4, with erratum 749 */
	{ "Digest realm=\"testrealm@host.com\", "
	    "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"\"",
	    { "GET", "/dir/index.html", "Mufasa", "CircleOfLife", "x", 1 },
	    "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
	    "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
	    "uri=\"/dir/index.html\", "
	    "response=\"1949323746fe6a43ef61f9606e7febea\", opaque=\"\"" },
	{ "Digest realm=\"http-auth@example.org\", algorithm=MD5-sess, "
	    "qop=auth, " NONCE, { "GET", "/dir/index.html", "Mufasa",
	    "Circle of Life", CNONCE, 1 },
	    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
	    NONCE ", uri=\"/dir/index.html\", "
	    "response=\"e783283f46242139c486a698fec7211d\", qop=auth, "
	    "nc=00000001, cnonce=\"" CNONCE "\", algorithm=MD5-sess" },
	{ "Digest realm=\"http-auth@example.org\", userhash=true, "
	    NONCE, { "GET", "/dir/index.html", "Mufasa",
	    "Circle of Life", CNONCE, 1 },
	    "Digest userhash=true, "
	    "username=\"4238f3a16167373febb9bc4d43db9cc4\", "
	    "realm=\"http-auth@example.org\", " NONCE
	    ", uri=\"/dir/index.html\", "
	    "response=\"7b2cc3b30e75b4777ea31027084363fd\"" },
	{ "Digest realm=\"a\\\"b\\\\\", nonce=n, qop=auth",
	    { "CONNECT", "x:1", "u:\"\\", "p", "c", 0xfedcba98 },
	    "Digest username=\"u:\\\"\\\\\", realm=\"a\\\"b\\\\\", "
	    "nonce=\"n\", uri=\"x:1\", "
	    "response=\"e288fffc616220be85ce6b5eb26749e6\", qop=auth, "
	    "nc=fedcba98, cnonce=\"c\"" },
	{ "Digest realm=x, nonce=n", { "GET", "/", "a\t", "b", "c", 1 },
	    NULL },
};

static void
check_reply(const struct reply *r)
{
	struct http_challenge c;
	char out[HTTP_ANSWER_MAX];
	size_t n, m;

	http_challenge_init(&c);
	add(&c, r->challenge);
	n = http_auth_answer(&c, &r->a, out, sizeof(out));
	if (r->answer == NULL) {
		is_int((int64_t)n, 0, "%s: no answer", r->challenge);
		return;
	}
	is_int((int64_t)n, (int64_t)strlen(out), "the length of what follows");
	is_str(out, r->answer, "%s", r->challenge);
	m = http_auth_answer(&c, &r->a, out, n + 1);
	ok(m == n && strcmp(out, r->answer) == 0, "... has room in its length");
	m = http_auth_answer(&c, &r->a, out, n);
	ok(m == 0 && out[0] == '\0' && out[n - 1] == '\0',
	    "... and not with a byte less: all is wiped");
}

/* Whatever there may be has room. */
static void
check_longest(void)
{
	static char quotes[HTTP_AUTH_TEXT_MAX + 1], out[HTTP_ANSWER_MAX];
	const struct http_answer a = { "CONNECT", quotes, quotes, quotes,
		CNONCE, 1 };
	struct http_challenge c;

	memset(quotes, '"', HTTP_AUTH_TEXT_MAX);
	http_challenge_init(&c);
	add(&c, OFFER("SHA-256-sess"));
	strcpy(c.realm, quotes);
	strcpy(c.nonce, quotes);
	strcpy(c.opaque, quotes);
	ok(http_auth_answer(&c, &a, out, sizeof(out)) >
	    10 * HTTP_AUTH_TEXT_MAX, "the longest answer by Digest");
	http_challenge_init(&c);
	add(&c, "Basic");
	is_int((int64_t)http_auth_answer(&c, &a, out, sizeof(out)),
	    6 + (2 * HTTP_AUTH_TEXT_MAX + 1 + 2) / 3 * 4,
	    "the longest answer by Basic");
}

static void
check_problems(void)
{
	static char longer[HTTP_AUTH_TEXT_MAX + 2];

	memset(longer, 'x', sizeof(longer) - 1);
	is_str(http_auth_problem(HTTP_AUTH_BASIC, "a:b", "c"),
	    "a user with a colon can't be told by Basic", "a colon");
	ok(http_auth_problem(HTTP_AUTH_DIGEST, "a:b", "c") == NULL,
	    "... can by Digest");
	ok(http_auth_problem(HTTP_AUTH_BASIC, "a", "b:c") == NULL,
	    "... and in a password");
	ok(http_auth_problem(HTTP_AUTH_DIGEST, "a\r", "b") != NULL,
	    "a control character");
	ok(http_auth_problem(HTTP_AUTH_DIGEST, "a", "b\x01") != NULL,
	    "... in a password");
	ok(http_auth_problem(HTTP_AUTH_DIGEST, longer, "") != NULL,
	    "a user that is too long");
	ok(http_auth_problem(HTTP_AUTH_DIGEST, "", longer) != NULL,
	    "a password that is");
	ok(http_auth_problem(HTTP_AUTH_DIGEST, longer + 1, longer + 1) ==
	    NULL, "the longest ones");
	ok(http_auth_problem(HTTP_AUTH_BASIC, "\xc3\xbc", "\xff") == NULL,
	    "bytes beyond ASCII");
}

static void
check_items(void)
{
	struct http_items items;
	struct http_item item;

	http_items_begin(&items, "a b c", 5);
	is_int(http_items_next(&items, &item), HTTP_ITEM_SCHEME, "a scheme");
	is_int(http_items_next(&items, &item), HTTP_ITEM_MALFORMED,
	    "a mistake");
	is_int(http_items_next(&items, &item), HTTP_ITEM_MALFORMED,
	    "... stays one");
}

int
main(void)
{
	size_t i;

	check_items();

	for (i = 0; i < NITEMS(choices); i++)
		check_choice(&choices[i]);
	check_limits();
	for (i = 0; i < NITEMS(replies); i++)
		check_reply(&replies[i]);
	check_longest();
	check_problems();
	return tap_done();
}
