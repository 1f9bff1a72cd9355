/* SPDX-License-Identifier: ISC */
/* The server's half of wire/http_auth.h. */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "wire/base64.h"
#include "wire/http_auth.h"

#define NOW	1000000
#define LIFE	60

static const char *
look_up(void *context, const char *user)
{
	static const char *const users[][2] = {
		{ "Mufasa", "Circle of Life" },
		{ "J\xc3\xa4s\xc3\xb8n Doe", "Secret, or not?" },
		{ "a:\"\\", "b\"" },
		{ "none", "" },
		{ "", "nobody" },
	};
	size_t i;

	(*(int *)context)++;
	for (i = 0; i < NITEMS(users); i++)
		if (strcmp(user, users[i][0]) == 0)
			return users[i][1];
	return NULL;
}

static int looked_up;

static struct http_guard
guard(void)
{
	return (struct http_guard){ .realm = "a \"realm\"", .key = "a key",
		.life = LIFE, .password = look_up, .context = &looked_up };
}

static enum http_auth_verdict
verify(const char *value, int64_t now, const char *target,
    char user[HTTP_AUTH_TEXT_MAX + 1])
{
	struct http_guard g = guard();
	char *copy = strdup(value);
	struct http_text text = { copy, strlen(value) };
	enum http_auth_verdict verdict = http_auth_verify(&g, now,
	    http_text_of("CONNECT"), http_text_of(target), &text, user);

	free(copy);
	return verdict;
}

static void
check_verdict(const char *value, enum http_auth_verdict want,
    const char *want_user)
{
	char user[HTTP_AUTH_TEXT_MAX + 1];

	is_int(verify(value, NOW, "x:1", user), want, "%.200s", value);
	is_str(user, want_user, "... who that is");
}

/* --- challenges ---------------------------------------------------------- */

static void
check_challenges(void)
{
	static char longest[HTTP_AUTH_TEXT_MAX + 1];
	struct http_guard g = guard();
	char out[HTTP_CHALLENGES_MAX], want[HTTP_CHALLENGES_MAX];
	char nonce[HTTP_NONCE_TEXT_MAX];
	size_t n = http_auth_challenges(&g, "X", NOW, false, out);

	http_nonce_make(g.key, NOW, nonce);
	snprintf(want, sizeof(want),
	    "X: Digest realm=\"a \\\"realm\\\"\", qop=\"auth\", "
	    "algorithm=MD5, nonce=\"%s\"\r\n"
	    "X: Digest realm=\"a \\\"realm\\\"\", qop=\"auth\", "
	    "algorithm=SHA-256, nonce=\"%s\"\r\n"
	    "X: Basic realm=\"a \\\"realm\\\"\"\r\n", nonce, nonce);
	is_mem(out, n, want, strlen(want), "challenges");
	http_auth_challenges(&g, "X", NOW, true, out);
	snprintf(want, sizeof(want), "algorithm=MD5, nonce=\"%s\", "
	    "stale=true\r\n", nonce);
	ok(strstr(out, want) != NULL, "... in place of a stale nonce");
	memset(longest, '"', HTTP_AUTH_TEXT_MAX);
	g.realm = longest;
	ok(http_auth_challenges(&g, "Proxy-Authenticate", NOW, true, out) >
	    6 * HTTP_AUTH_TEXT_MAX, "... with the longest realm");
}

/* --- Basic --------------------------------------------------------------- */

static const struct told {
	const char		*told;	/* in base64 then */
	size_t			 n;
	enum http_auth_verdict	 verdict;
	const char		*user;
} tolds[] = {
	{ BYTES("Mufasa:Circle of Life"), HTTP_AUTH_OK, "Mufasa" },
	{ BYTES("Mufasa:Circle of Lif"), HTTP_AUTH_WRONG, "Mufasa" },
	{ BYTES("Mufasa:Circle of Life!"), HTTP_AUTH_WRONG, "Mufasa" },
	{ BYTES("Mufasa:circle of life"), HTTP_AUTH_WRONG, "Mufasa" },
	{ BYTES("Mufasa:"), HTTP_AUTH_WRONG, "Mufasa" },
	{ BYTES("mufasa:Circle of Life"), HTTP_AUTH_WRONG, "mufasa" },
	{ BYTES("who:"), HTTP_AUTH_WRONG, "who" },
	{ BYTES("none:"), HTTP_AUTH_OK, "none" },
	{ BYTES("none:x"), HTTP_AUTH_WRONG, "none" },
	{ BYTES(":nobody"), HTTP_AUTH_OK, "" },
	{ BYTES("J\xc3\xa4s\xc3\xb8n Doe:Secret, or not?"), HTTP_AUTH_OK,
	    "J\xc3\xa4s\xc3\xb8n Doe" },
	{ BYTES("Mufasa"), HTTP_AUTH_MALFORMED, "" },
	{ BYTES("Mufasa\0:Circle of Life"), HTTP_AUTH_MALFORMED, "" },
	{ BYTES("Mufasa:Circle of Life\0"), HTTP_AUTH_MALFORMED, "" },
	{ BYTES("Mufasa:Circle of Life\n"), HTTP_AUTH_MALFORMED, "" },
};

static void
check_basic(void)
{
	static char told[2 * HTTP_AUTH_TEXT_MAX + 2], value[4096];
	size_t i, n;

	for (i = 0; i < NITEMS(tolds); i++) {
		strcpy(value, "bASIC  ");
		base64_encode(value + 7, tolds[i].told, tolds[i].n);
		check_verdict(value, tolds[i].verdict, tolds[i].user);
	}
	memset(told, 'x', sizeof(told));
	for (n = 0; n < 3; n++) {
		struct http_guard g = guard();
		char user[HTTP_AUTH_TEXT_MAX + 1];
		struct http_text text;
		/* user and password at their longest; either one more */
		size_t length = 2 * HTTP_AUTH_TEXT_MAX + 1 + (n > 1);
		size_t colon = HTTP_AUTH_TEXT_MAX + (n == 1);

		told[colon] = ':';
		strcpy(value, "Basic ");
		base64_encode(value + 6, told, length);
		told[colon] = 'x';
		text = http_text_of(value);
		is_int(http_auth_verify(&g, NOW, http_text_of("GET"),
		    http_text_of("/"), &text, user), n == 0 ?
		    HTTP_AUTH_WRONG : HTTP_AUTH_MALFORMED, "length %zu", n);
	}
}

/* --- Digest -------------------------------------------------------------- */

/* What a client would answer, for CONNECT to x:1. */
static void
answer(char *out, const char *algorithm, int64_t made, const char *user,
    const char *password)
{
	const struct http_guard g = guard();
	const struct http_answer a = { "CONNECT", "x:1", user, password,
		"0a4f113b", 1 };
	struct http_challenge c = { .scheme = HTTP_AUTH_DIGEST, .qop = true,
		.has_algorithm = true };

	http_digest_find(http_text_of(algorithm), &c.hash, &c.session);
	snprintf(c.realm, sizeof(c.realm), "%s", g.realm);
	http_nonce_make(g.key, made, c.nonce);
	http_auth_answer(&c, &a, out, HTTP_ANSWER_MAX);
}

static void
check_digest(void)
{
	static const char *const names[] = { "MD5", "SHA-256" };
	char value[HTTP_ANSWER_MAX], user[HTTP_AUTH_TEXT_MAX + 1];
	size_t i;

	for (i = 0; i < NITEMS(names); i++) {
		answer(value, names[i], NOW, "Mufasa", "Circle of Life");
		check_verdict(value, HTTP_AUTH_OK, "Mufasa");
		is_int(verify(value, NOW + LIFE - 1, "x:1", user),
		    HTTP_AUTH_OK, "... a bit later");
		is_int(verify(value, NOW + LIFE, "x:1", user),
		    HTTP_AUTH_STALE, "... too late");
		is_int(verify(value, NOW, "x:2", user), HTTP_AUTH_MALFORMED,
		    "... for another target");
		answer(value, names[i], NOW, "a:\"\\", "b\"");
		check_verdict(value, HTTP_AUTH_OK, "a:\"\\");
		answer(value, names[i], NOW, "Mufasa", "Circle Of Life");
		check_verdict(value, HTTP_AUTH_WRONG, "Mufasa");
		is_int(verify(value, NOW + LIFE, "x:1", user),
		    HTTP_AUTH_WRONG, "... with an old nonce, too");
		answer(value, names[i], NOW, "who", "");
		check_verdict(value, HTTP_AUTH_WRONG, "who");
	}
	answer(value, "SHA-256-sess", NOW, "Mufasa", "Circle of Life");
	check_verdict(value, HTTP_AUTH_MALFORMED, "");
}

/* One part of a good answer replaced; NULL: nothing. */
static const struct change {
	const char		*from, *to;
	enum http_auth_verdict	 verdict;
} changes[] = {
	{ NULL, NULL, HTTP_AUTH_OK },
	{ "Digest", "dIGEST", HTTP_AUTH_OK },
	{ ", algorithm=MD5", "", HTTP_AUTH_OK },
	{ "algorithm=MD5", "algorithm=\"md5\"", HTTP_AUTH_OK },
	{ "qop=auth", "qop=\"auth\"", HTTP_AUTH_OK },
	{ "qop=auth", "qop=auth, userhash=false, x=\"y\"", HTTP_AUTH_OK },
	{ "username=\"Mufasa\"", "username*=UTF-8''Muf%61s%61",
	    HTTP_AUTH_OK },
	{ "username=\"Mufasa\"", "username*=utf-8'en'%4d%75%66asa",
	    HTTP_AUTH_OK },
	{ "username=\"Mufasa\"", "USERNAME=\"M\\ufasa\"", HTTP_AUTH_OK },

	{ "algorithm=MD5", "algorithm=SHA-256", HTTP_AUTH_WRONG },
	{ "nonce=\"00", "nonce=\"10", HTTP_AUTH_WRONG },
	{ "nc=00000001", "nc=00000002", HTTP_AUTH_WRONG },
	{ "response=\"", "response=\"0", HTTP_AUTH_WRONG },
	{ "realm=\"a", "realm=\"b", HTTP_AUTH_WRONG },

	{ "username=\"Mufasa\", ", "", HTTP_AUTH_MALFORMED },
	{ "username=", "username=x, username=", HTTP_AUTH_MALFORMED },
	{ "username=", "username*=UTF-8''x, username=",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=UTF-8Mufasa",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=UTF-8'Mufasa",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=ISO-8859-1''Mufasa",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=UTF-8''Mufas%6",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=UTF-8''Mufas%g1",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=UTF-8''Mufas%6g",
	    HTTP_AUTH_MALFORMED },
	{ "username=\"Mufasa\"", "username*=UTF-8''Mufasa%00",
	    HTTP_AUTH_MALFORMED },
	{ "qop=auth", "qop=auth-int", HTTP_AUTH_MALFORMED },
	{ "qop=auth, ", "", HTTP_AUTH_MALFORMED },
	{ "nc=00000001, ", "", HTTP_AUTH_MALFORMED },
	{ "nc=00000001", "nc=0000001", HTTP_AUTH_MALFORMED },
	{ "nc=00000001", "nc=0000000g", HTTP_AUTH_MALFORMED },
	{ "cnonce=\"0a4f113b\"", "x=y", HTTP_AUTH_MALFORMED },
	{ "cnonce=\"0a4f113b\"", "cnonce=\"\"", HTTP_AUTH_MALFORMED },
	{ "qop=auth", "qop=auth, userhash=true", HTTP_AUTH_MALFORMED },
	{ "algorithm=MD5", "algorithm=SHA-512-256", HTTP_AUTH_MALFORMED },
	{ " realm=", " x=", HTTP_AUTH_MALFORMED },
	{ " nonce=", " x=", HTTP_AUTH_MALFORMED },
	{ " uri=", " x=", HTTP_AUTH_MALFORMED },
	{ " response=", " x=", HTTP_AUTH_MALFORMED },
	{ " response=\"", " response=\"x\" ", HTTP_AUTH_MALFORMED },
	{ "uri=\"x:1\"", "uri=\"x:1/\"", HTTP_AUTH_MALFORMED },
	{ "qop=auth", "qop=auth, Digest", HTTP_AUTH_MALFORMED },
};

static void
check_changes(void)
{
	char good[HTTP_ANSWER_MAX], changed[2 * HTTP_ANSWER_MAX];
	char user[HTTP_AUTH_TEXT_MAX + 1];
	size_t i;

	answer(good, "MD5", NOW, "Mufasa", "Circle of Life");
	for (i = 0; i < NITEMS(changes); i++) {
		const struct change *c = &changes[i];
		const char *from = c->from != NULL ? c->from : "";
		const char *at = strstr(good, from);

		snprintf(changed, sizeof(changed), "%.*s%s%s",
		    (int)(at - good), good, c->to != NULL ? c->to : "",
		    at + strlen(from));
		is_int(verify(changed, NOW, "x:1", user), c->verdict,
		    "%s -> %s", from, c->to != NULL ? c->to : "");
		is_str(user, c->verdict == HTTP_AUTH_MALFORMED ? "" :
		    "Mufasa", "... who that is");
	}
}

/* A nonce of another server that has the same users. */
static void
check_foreign_nonce(void)
{
	char value[HTTP_ANSWER_MAX], user[HTTP_AUTH_TEXT_MAX + 1];
	const struct http_answer a = { "CONNECT", "x:1", "Mufasa",
		"Circle of Life", "c", 1 };
	struct http_challenge c = { .scheme = HTTP_AUTH_DIGEST, .qop = true,
		.realm = "a \"realm\"", .nonce = "n" };

	http_auth_answer(&c, &a, value, sizeof(value));
	check_verdict(value, HTTP_AUTH_STALE, "Mufasa");
	strcpy(c.realm, "another");
	http_auth_answer(&c, &a, value, sizeof(value));
	check_verdict(value, HTTP_AUTH_WRONG, "Mufasa");
	ok(verify("Digest", NOW, "x:1", user) == HTTP_AUTH_MALFORMED,
	    "nothing but the scheme");
}

/* Some clients say the path alone to a proxy. */
static void
check_targets(void)
{
	static const struct {
		const char	*uri, *target;
		bool		 good;
	} uris[] = {
		{ "x:1", "x:1", true },
		{ "/a?b", "http://x:1/a?b", true },
		{ "http://x:1/a?b", "http://x:1/a?b", true },
		{ "/", "http://x:1", true },
		{ "/", "http://x:1/", true },
		{ "/", "http://x:1/a", false },
		{ "/b", "http://x:1/a/b", false },
		{ "//x:1/a", "http://x:1/a", false },
		{ "/a", "/a/b", false },
		{ "/", "x:1", false },
		{ "", "http://x:1/", false },
		{ "", "", true },
	};
	size_t i;

	for (i = 0; i < NITEMS(uris); i++) {
		char value[HTTP_ANSWER_MAX], user[HTTP_AUTH_TEXT_MAX + 1];
		const struct http_guard g = guard();
		const struct http_answer a = { "CONNECT", uris[i].uri,
			"Mufasa", "Circle of Life", "c", 1 };
		struct http_challenge c = { .scheme = HTTP_AUTH_DIGEST,
			.qop = true, .realm = "a \"realm\"" };

		http_nonce_make(g.key, NOW, c.nonce);
		http_auth_answer(&c, &a, value, sizeof(value));
		is_int(verify(value, NOW, uris[i].target, user),
		    uris[i].good ? HTTP_AUTH_OK : HTTP_AUTH_MALFORMED,
		    "uri \"%s\" for \"%s\"", uris[i].uri, uris[i].target);
	}
}

static void
check_others(void)
{
	struct http_guard g = guard();
	char user[HTTP_AUTH_TEXT_MAX + 1] = "x";

	is_int(http_auth_verify(&g, NOW, http_text_of("GET"),
	    http_text_of("/"), NULL, user), HTTP_AUTH_ABSENT, "nothing");
	is_str(user, "", "... by nobody");
	check_verdict("Bearer abc", HTTP_AUTH_ABSENT, "");
	check_verdict("Negotiate", HTTP_AUTH_ABSENT, "");
	check_verdict("", HTTP_AUTH_MALFORMED, "");
	check_verdict("Basic", HTTP_AUTH_MALFORMED, "");
	check_verdict("Basic a=b", HTTP_AUTH_MALFORMED, "");
	check_verdict("Basic TXVmYXNh", HTTP_AUTH_MALFORMED, "");
	check_verdict("Basic TXVmYXNhOg", HTTP_AUTH_MALFORMED, "");
	check_verdict("Basic TXVmYXNhOg== x", HTTP_AUTH_MALFORMED, "");
	check_verdict("Basic TXVmYXNhOg==, x=y", HTTP_AUTH_MALFORMED, "");
	check_verdict("\"Basic\" TXVmYXNhOg==", HTTP_AUTH_MALFORMED, "");
	ok(looked_up > 0, "users were looked up");
}

int
main(void)
{
	check_challenges();
	check_basic();
	check_digest();
	check_changes();
	check_foreign_nonce();
	check_targets();
	check_others();
	return tap_done();
}
