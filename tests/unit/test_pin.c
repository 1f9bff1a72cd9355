/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/pin.h"

#define HALF	"000102030405060708090a0b0c0d0e0f"
#define REST	"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define UPPER	"F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"
#define COLONS	"00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"	\
	"F0:F1:F2:F3:F4:F5:F6:F7:F8:F9:FA:FB:FC:FD:FE:FF"
#define KEY	"YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="

struct test {
	const char		*text;
	enum pin_verdict	 verdict;
};

static void	check(const struct test *);

static const struct test tests[] = {
	{ "sha256:" HALF REST, PIN_OK },
	{ "SHA256:" HALF UPPER, PIN_OK },
	{ "Sha256:" COLONS, PIN_OK },
	{ HALF REST, PIN_OK },
	{ HALF UPPER, PIN_OK },
	{ HALF ":" REST, PIN_OK },
	{ COLONS, PIN_OK },
	{ "", PIN_EMPTY },
	{ "sha256:", PIN_EMPTY },
	{ "sha256//" KEY, PIN_PUBLIC_KEY },
	{ "SHA256//" KEY, PIN_PUBLIC_KEY },
	{ "sha1:" HALF "f0f1f2f3", PIN_HASH },
	{ "SHA1:" HALF "f0f1f2f3", PIN_HASH },
	{ "sha512:" HALF REST HALF REST, PIN_HASH },
	{ "sha384:" HALF REST HALF, PIN_HASH },
	{ "md5:" HALF, PIN_HASH },
	{ HALF, PIN_SHORT },
	{ "sha256:" HALF, PIN_SHORT },
	{ HALF ":", PIN_SHORT },
	{ HALF "f", PIN_SHORT },
	{ "0", PIN_SHORT },
	{ HALF REST "0", PIN_LONG },
	{ HALF REST ":00", PIN_LONG },
	{ COLONS ":00", PIN_LONG },
	{ COLONS ":", PIN_CHARACTER },
	{ HALF REST "\n", PIN_CHARACTER },
	{ HALF REST " ", PIN_CHARACTER },
	{ " " HALF REST, PIN_CHARACTER },
	{ ":" HALF REST, PIN_CHARACTER },
	{ "sha256::" HALF REST, PIN_CHARACTER },
	{ HALF "::" REST, PIN_CHARACTER },
	{ "0:00" HALF REST, PIN_CHARACTER },
	{ "0x" HALF REST, PIN_CHARACTER },
	{ HALF "g0", PIN_CHARACTER },
	{ "sha256 " HALF REST, PIN_CHARACTER },
	{ "sha256:sha256:" HALF REST, PIN_CHARACTER },
	{ KEY, PIN_CHARACTER },
	{ HALF "\xc3\xa9", PIN_CHARACTER },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		check(&tests[i]);
	for (i = 0; i <= PIN_LONG; i++)
		ok(pin_verdict_text((enum pin_verdict)i)[0] != '\0',
		    "verdict %zu has a text", i);
	return tap_done();
}

static void
check(const struct test *t)
{
	unsigned char pin[PIN_LENGTH], untouched[PIN_LENGTH];
	char text[PIN_TEXT_MAX];

	memset(pin, 0xa5, sizeof(pin));
	memset(untouched, 0xa5, sizeof(untouched));
	is_int(pin_parse(t->text, pin), t->verdict, "\"%s\"", t->text);
	if (t->verdict == PIN_OK)
		is_str(pin_format(pin, text), "sha256:" HALF REST,
		    "\"%s\": written again", t->text);
	else
		is_mem(pin, sizeof(pin), untouched, sizeof(untouched),
		    "\"%s\": nothing is written", t->text);
}
