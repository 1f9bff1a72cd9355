/* SPDX-License-Identifier: ISC */
#include "base/secret.h"
#include "tap.h"

int
main(void)
{
	ok(secret_equal("abc", 3, "abc", 3), "the same");
	ok(!secret_equal("abc", 3, "abd", 3), "the last byte differs");
	ok(!secret_equal("abc", 3, "xbc", 3), "the first byte differs");
	ok(!secret_equal("abc", 3, "ab", 2), "a shorter guess");
	ok(!secret_equal("abc", 3, "abca", 4), "a longer guess");
	ok(!secret_equal("abc", 3, "abcabc", 6), "the secret twice");
	ok(!secret_equal("abc", 3, "", 0), "no guess");
	ok(!secret_equal("", 0, "a", 1), "no secret, and a guess");
	ok(!secret_equal("", 0, "\0", 1), "no secret, and a NUL");
	ok(secret_equal("", 0, "", 0), "nothing at all");
	ok(secret_equal(NULL, 0, NULL, 0), "... not even a place");
	ok(!secret_equal("a\0b", 3, "a\0c", 3), "behind a NUL");
	return tap_done();
}
