/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/base64.h"
#include "wire/http_auth.h"
#include "wire/http_items.h"

#define USER	"a \"\\ user"
#define PASSWORD	"a:password"

static void	fuzz_items(const char *, size_t);
static void	fuzz_challenge(const char *, size_t, size_t);
static void	check_text(const char *, size_t);
static void	fuzz_answer(const struct http_challenge *);
static const char	*look_up(void *, const char *);
static void	fuzz_credentials(const char *, size_t);
static void	fuzz_base64(const char *, size_t);

/* The value of a field of either side; the first byte is a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = fuzz_split(&data, &size);
	char *value = (char *)fuzz_copy(data, size);

	fuzz_items(value, size);
	fuzz_challenge(value, size, at);
	fuzz_credentials(value, size);
	fuzz_base64(value, size);
	free(value);
	return 0;
}

static bool
is_inside(struct http_text text, const char *start, size_t n)
{
	return text.n == 0 ||
	    (text.at >= start && text.at + text.n <= start + n);
}

/* What is found is in the value, and there is an end. */
static void
fuzz_items(const char *value, size_t size)
{
	struct http_items *items = fuzz_alloc(sizeof(*items));
	struct http_item item;
	enum http_item_kind kind;
	size_t count = 0;

	http_items_begin(items, value, size);
	do {
		kind = http_items_next(items, &item);
		CHECK(count++ <= size);
		CHECK(is_inside(item.name, value, size));
		if (kind == HTTP_ITEM_SCHEME || kind == HTTP_ITEM_PARAM)
			CHECK(http_text_is_token(&item.name));
		CHECK(kind == HTTP_ITEM_MALFORMED ||
		    is_inside(item.value, value, size) ||
		    is_inside(item.value, items->unquoted,
		    items->unquoted_n));
	} while (kind != HTTP_ITEM_END && kind != HTTP_ITEM_MALFORMED);
	CHECK(http_items_next(items, &item) == kind);
	free(items);
}

/* Whole, and in two fields. */
static void
fuzz_challenge(const char *value, size_t size, size_t at)
{
	struct http_challenge *c = fuzz_alloc(sizeof(*c));
	struct http_text all = { value, size };
	struct http_text front = { value, at };
	struct http_text rest = { value + at, size - at };

	http_challenge_init(c);
	CHECK(c->scheme == HTTP_AUTH_NONE && !c->other);
	http_challenge_add(c, all);
	check_text(c->realm, HTTP_AUTH_TEXT_MAX);
	check_text(c->nonce, HTTP_AUTH_TEXT_MAX);
	check_text(c->opaque, HTTP_AUTH_TEXT_MAX);
	if (c->scheme != HTTP_AUTH_NONE)
		fuzz_answer(c);
	http_challenge_add(c, front);
	http_challenge_add(c, rest);
	if (c->scheme != HTTP_AUTH_NONE)
		fuzz_answer(c);
	free(c);
}

/* It has its length, and nothing that would end a line. */
static void
check_text(const char *s, size_t most)
{
	size_t i;

	CHECK(strlen(s) <= most);
	for (i = 0; s[i] != '\0'; i++)
		CHECK(s[i] == '\t' ||
		    ((unsigned char)s[i] >= 0x20 && s[i] != 0x7f));
}

static const char *
look_up(void *context, const char *user)
{
	(void)context;
	return strcmp(user, USER) == 0 ? PASSWORD : NULL;
}

/* A server that offers this challenge takes our answer. */
static void
fuzz_answer(const struct http_challenge *c)
{
	const struct http_answer a = { "CONNECT", "x:1", USER, PASSWORD,
		"cnonce", 1 };
	const struct http_guard g = { .realm = c->realm, .life = 1,
		.password = look_up };
	char *out = fuzz_alloc(HTTP_ANSWER_MAX);
	char user[HTTP_AUTH_TEXT_MAX + 1];
	size_t n = http_auth_answer(c, &a, out, HTTP_ANSWER_MAX);
	struct http_text value = { out, n };
	enum http_auth_verdict verdict = http_auth_verify(&g, 0,
	    http_text_of(a.method), http_text_of(a.uri), &value, user);

	CHECK(n > 0 && strlen(out) == n);
	check_text(out, HTTP_ANSWER_MAX - 1);
	if (c->scheme == HTTP_AUTH_BASIC)
		CHECK(verdict == HTTP_AUTH_OK);
	else if (c->qop && !c->session && !c->userhash &&
	    strpbrk(c->realm, "\"\\") == NULL)
		CHECK(verdict == HTTP_AUTH_STALE);
	else
		CHECK(verdict == HTTP_AUTH_STALE ||
		    verdict == HTTP_AUTH_MALFORMED);
	free(out);
}

static void
fuzz_credentials(const char *value, size_t size)
{
	static const struct http_guard g = { .realm = "x", .life = 1,
		.password = look_up };
	struct http_text text = { value, size };
	char *user = fuzz_alloc(HTTP_AUTH_TEXT_MAX + 1);
	enum http_auth_verdict verdict;

	memset(user, 0xa5, HTTP_AUTH_TEXT_MAX + 1);
	verdict = http_auth_verify(&g, 0, http_text_of("CONNECT"),
	    http_text_of("x:1"), &text, user);
	CHECK(verdict == HTTP_AUTH_OK || (verdict >= HTTP_AUTH_ABSENT &&
	    verdict <= HTTP_AUTH_STALE));
	check_text(user, HTTP_AUTH_TEXT_MAX);
	if (verdict == HTTP_AUTH_OK || verdict == HTTP_AUTH_STALE)
		CHECK(strcmp(user, USER) == 0);
	if (verdict == HTTP_AUTH_ABSENT || verdict == HTTP_AUTH_MALFORMED)
		CHECK(user[0] == '\0');
	free(user);
}

/* What stands for bytes is what these are written as, and the reverse. */
static void
fuzz_base64(const char *text, size_t size)
{
	size_t n = 0, most = BASE64_LENGTH(size);
	char *bytes = fuzz_alloc(size), *again = fuzz_alloc(most + 1);

	if (base64_decode(bytes, size, &n, text, size)) {
		CHECK(base64_encode(again, bytes, n) == size);
		CHECK(memcmp(again, text, size) == 0);
	}
	CHECK(base64_encode(again, text, size) == most);
	CHECK(strlen(again) == most);
	CHECK(base64_decode(bytes, size, &n, again, most));
	CHECK(n == size && memcmp(bytes, text, n) == 0);
	free(again);
	free(bytes);
}
