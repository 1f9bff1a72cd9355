/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "wire/pin.h"

#define PREFIX		"sha256:"
#define EXPECTED	"(sha256: and 64 hexadecimal digits are expected)"

static enum pin_verdict	pin_kind(const char **);
static enum pin_verdict	pin_end(const char *, size_t);
static bool	is_prefix(const char *, const char *);

enum pin_verdict
pin_parse(const char *text, unsigned char pin[PIN_LENGTH])
{
	unsigned char bytes[PIN_LENGTH];
	enum pin_verdict verdict = pin_kind(&text);
	size_t i;

	if (verdict != PIN_OK)
		return verdict;
	for (i = 0; i < PIN_LENGTH; i++) {
		if (i > 0 && *text == ':')
			text++;
		if (number_hex_digit(text[0]) < 0)
			return pin_end(text, i);
		if (number_hex_digit(text[1]) < 0)
			return pin_end(text + 1, i);
		bytes[i] = (unsigned char)(number_hex_digit(text[0]) << 4 |
		    number_hex_digit(text[1]));
		text += 2;
	}
	if (*text != '\0')
		return pin_end(text, i);
	memcpy(pin, bytes, sizeof(bytes));
	return PIN_OK;
}

const char *
pin_format(const unsigned char pin[PIN_LENGTH], char text[PIN_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	char *to = text + sizeof(PREFIX) - 1;
	size_t i;

	memcpy(text, PREFIX, sizeof(PREFIX) - 1);
	for (i = 0; i < PIN_LENGTH; i++) {
		*to++ = digits[pin[i] >> 4];
		*to++ = digits[pin[i] & 0xf];
	}
	*to = '\0';
	return text;
}

const char *
pin_verdict_text(enum pin_verdict verdict)
{
	static const char *const text[] = {
		[PIN_OK] = "nothing is wrong",
		[PIN_EMPTY] = "there is no fingerprint " EXPECTED,
		[PIN_PUBLIC_KEY] = "that is a pin of the public key, not the "
		    "fingerprint of the certificate " EXPECTED,
		[PIN_HASH] = "that hash is not supported, SHA-256 alone is "
		    EXPECTED,
		[PIN_CHARACTER] =
		    "a character in the fingerprint is out of place " EXPECTED,
		[PIN_SHORT] = "the fingerprint is too short " EXPECTED,
		[PIN_LONG] = "the fingerprint is too long " EXPECTED,
	};

	return text[verdict];
}

/* Skip the prefix, unless it is one of something else. */
static enum pin_verdict
pin_kind(const char **text)
{
	static const char *const others[] = {
		"md5:", "sha1:", "sha-1:", "sha224:", "sha384:", "sha512:",
	};
	size_t i;

	if (is_prefix(*text, "sha256//"))
		return PIN_PUBLIC_KEY;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is_prefix(*text, others[i]))
			return PIN_HASH;
	if (is_prefix(*text, PREFIX))
		*text += sizeof(PREFIX) - 1;
	return **text == '\0' ? PIN_EMPTY : PIN_OK;
}

/* What is wrong with text, behind that many bytes. */
static enum pin_verdict
pin_end(const char *text, size_t bytes)
{
	if (*text == '\0')
		return PIN_SHORT;
	if (bytes < PIN_LENGTH)
		return PIN_CHARACTER;
	if (*text == ':')
		text++;
	return number_hex_digit(*text) >= 0 ? PIN_LONG : PIN_CHARACTER;
}

/* In whatever case. */
static bool
is_prefix(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}
