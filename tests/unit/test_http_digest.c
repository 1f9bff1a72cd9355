/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/http_digest.h"

#define TEXT(s)	{ (s), sizeof(s) - 1 }

/* RFC 7616, section 3.9.1 */
#define EXAMPLE	.user = TEXT("Mufasa"),					\
	.realm = TEXT("http-auth@example.org"),				\
	.password = TEXT("Circle of Life"),				\
	.nonce = TEXT("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),	\
	.cnonce = TEXT("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),	\
	.nc = TEXT("00000001"), .method = TEXT("GET"),			\
	.uri = TEXT("/dir/index.html")

static const struct test {
	const char		*name;
	struct http_digest	 d;
	const char		*response;
} tests[] = {
	{ "RFC 7616, MD5", { .hash = HTTP_DIGEST_MD5, EXAMPLE,
	    .qop = TEXT("auth") }, "8ca523f5e9506fed4657c9700eebdbec" },
	{ "RFC 7616, SHA-256", { .hash = HTTP_DIGEST_SHA256, EXAMPLE,
	    .qop = TEXT("auth") }, "753927fa0e85d155564e2e272a28d180"
	    "2ca10daf4496794697cf8db5856cb6c1" },
	{ "RFC 2617", { .user = TEXT("Mufasa"),
	    .realm = TEXT("testrealm@host.com"),
	    .password = TEXT("Circle Of Life"),
	    .nonce = TEXT("dcd98b7102dd2f0e8b11d0f600bfb0c093"),
	    .cnonce = TEXT("0a4f113b"), .nc = TEXT("00000001"),
	    .qop = TEXT("auth"), .method = TEXT("GET"),
	    .uri = TEXT("/dir/index.html") },
	    "6629fae49393a05397450978507c4ef1" },
	{ "RFC 2069, as corrected by erratum 749", { .user = TEXT("Mufasa"),
	    .realm = TEXT("testrealm@host.com"),
	    .password = TEXT("CircleOfLife"),
	    .nonce = TEXT("dcd98b7102dd2f0e8b11d0f600bfb0c093"),
	    .method = TEXT("GET"), .uri = TEXT("/dir/index.html") },
	    "1949323746fe6a43ef61f9606e7febea" },
	{ "MD5-sess", { .session = true, EXAMPLE, .qop = TEXT("auth") },
	    "e783283f46242139c486a698fec7211d" },
	{ "SHA-256-sess, without qop", { .hash = HTTP_DIGEST_SHA256,
	    .session = true, EXAMPLE },
	    "30bc0742357e535c85094121d22cf826"
	    "b794be0667e19537beb7b28f2251c274" },
};

static void
check_names(void)
{
	static const char *const names[] = { "MD5", "md5-SESS", "SHA-256",
		"sha-256-sess" };
	struct http_text other = TEXT("SHA-512-256");
	enum http_digest_hash hash = HTTP_DIGEST_MD5;
	bool session = false;
	size_t i;

	for (i = 0; i < NITEMS(names); i++)
		ok(http_digest_find(http_text_of(names[i]), &hash, &session) &&
		    hash == i / 2 && session == (i % 2 == 1), "%s", names[i]);
	is_str(http_digest_name(HTTP_DIGEST_SHA256, true), "SHA-256-sess",
	    "its name");
	ok(!http_digest_find(other, &hash, &session) &&
	    hash == HTTP_DIGEST_SHA256 && session, "another one");
}

static bool
is_fresh(const unsigned char *key, int64_t now, const char *nonce)
{
	return http_nonce_is_fresh(key, now, 60, http_text_of(nonce));
}

static void
check_nonces(void)
{
	static const unsigned char key[HTTP_NONCE_KEY] = "a key";
	static const unsigned char other[HTTP_NONCE_KEY] = "another";
	char nonce[HTTP_NONCE_TEXT_MAX], later[HTTP_NONCE_TEXT_MAX];
	bool changed = true;
	size_t i;

	http_nonce_make(key, 0xabcdef, nonce);
	is_str(nonce, "0000000000abcdef"
	    "49b43802c9925b83176ee53609cc472d",
	    "the time, and the HMAC of that");
	http_nonce_make(key, 0xabcdef + 1, later);
	ok(strcmp(nonce, later) != 0, "another time, another nonce");
	ok(is_fresh(key, 0xabcdef, nonce), "at once");
	ok(is_fresh(key, 0xabcdef + 59, nonce), "before its life is over");
	ok(!is_fresh(key, 0xabcdef + 60, nonce), "when it is over");
	ok(is_fresh(key, 0xabcdef, later), "by a clock that is a bit late");
	ok(!is_fresh(other, 0xabcdef, nonce), "under another key");
	ok(!is_fresh(key, 0xabcdef, nonce + 1), "shorter");
	ok(!is_fresh(key, 0xabcdef, ""), "empty");
	for (i = 0; i < sizeof(nonce) - 1; i++) {
		nonce[i] ^= 1;
		changed = changed && !is_fresh(key, 0xabcdef, nonce);
		nonce[i] ^= 1;
	}
	ok(changed, "with any character changed");
	http_nonce_make(key, INT64_MAX, nonce);
	ok(is_fresh(key, INT64_MAX, nonce), "the last of all times");
}

int
main(void)
{
	char out[HTTP_DIGEST_TEXT_MAX];
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		is_int((int64_t)http_digest_response(&tests[i].d, out),
		    (int64_t)strlen(tests[i].response), "%s: the length",
		    tests[i].name);
		is_str(out, tests[i].response, "%s", tests[i].name);
	}
	http_digest_user(&tests[0].d, out);
	is_str(out, "4238f3a16167373febb9bc4d43db9cc4", "the hash of a user");
	check_names();
	check_nonces();
	return tap_done();
}
