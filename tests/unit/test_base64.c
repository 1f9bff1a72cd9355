/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/base64.h"

/* RFC 4648, section 10, and more. */
static const struct pair {
	const char	*bytes;
	size_t		 n;
	const char	*text;
} pairs[] = {
	{ BYTES(""), "" },
	{ BYTES("f"), "Zg==" },
	{ BYTES("fo"), "Zm8=" },
	{ BYTES("foo"), "Zm9v" },
	{ BYTES("foob"), "Zm9vYg==" },
	{ BYTES("fooba"), "Zm9vYmE=" },
	{ BYTES("foobar"), "Zm9vYmFy" },
	{ BYTES("\0"), "AA==" },
	{ BYTES("\xff\xef\xbe\xff\xff"), "/+++//8=" },
	{ BYTES("\xfb\xff\xbf\xff"), "+/+//w==" },
};

static const char *const nothing[] = {
	"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "==", "===", "====",
	"A===", "Zg==Zg==", "Zm8=Zm8=", "Zm 9v", " Zg==", "Zg== ", "Zg==\n",
	"Zm-_", "Zm9v!", "Zg=A", "Z=g=", "\xc3\xbcZg", "Zm9vZm9",
};

static void
check_pair(const struct pair *p)
{
	char text[64], bytes[64];
	size_t n = 99;

	is_int((int64_t)base64_encode(text, p->bytes, p->n),
	    (int64_t)strlen(p->text), "length of \"%s\"", p->text);
	is_int((int64_t)BASE64_LENGTH(p->n), (int64_t)strlen(p->text),
	    "... as foretold");
	is_str(text, p->text, "to \"%s\"", p->text);
	ok(base64_decode(bytes, p->n, &n, p->text, strlen(p->text)),
	    "there is room for \"%s\"", p->text);
	is_mem(bytes, n, p->bytes, p->n, "from \"%s\"", p->text);
	if (p->n > 0)
		ok(!base64_decode(bytes, p->n - 1, &n, p->text,
		    strlen(p->text)), "... and none with a byte less");
}

int
main(void)
{
	char bytes[64];
	size_t i, n = 99;

	for (i = 0; i < NITEMS(pairs); i++)
		check_pair(&pairs[i]);
	for (i = 0; i < NITEMS(nothing); i++)
		ok(!base64_decode(bytes, sizeof(bytes), &n, nothing[i],
		    strlen(nothing[i])), "\"%s\" is nothing", nothing[i]);
	is_int((int64_t)n, 99, "the length is left alone");
	return tap_done();
}
