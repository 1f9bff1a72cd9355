/* SPDX-License-Identifier: ISC */
#include <strings.h>

#include "fuzz.h"
#include "wire/pin.h"

static void	check_good(const char *, const unsigned char *);
static void	check_untouched(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	unsigned char *pin = fuzz_alloc(PIN_LENGTH);
	enum pin_verdict verdict;

	memset(pin, 0xa5, PIN_LENGTH);
	verdict = pin_parse(text, pin);
	CHECK(verdict >= PIN_OK && verdict <= PIN_LONG);
	CHECK(pin_verdict_text(verdict)[0] != '\0');
	if (verdict == PIN_OK)
		check_good(text, pin);
	else
		check_untouched(pin, PIN_LENGTH);
	free(pin);
	free(text);
	return 0;
}

/* It is what is written of it, but for colons, case and the prefix. */
static void
check_good(const char *text, const unsigned char *pin)
{
	char *written = fuzz_alloc(PIN_TEXT_MAX);
	unsigned char again[PIN_LENGTH];
	const char *w;

	CHECK(pin_format(pin, written) == written);
	CHECK(strlen(written) == PIN_TEXT_MAX - 1);
	CHECK(pin_parse(written, again) == PIN_OK);
	CHECK(memcmp(pin, again, PIN_LENGTH) == 0);
	if (strncasecmp(text, "sha256:", 7) == 0)
		text += 7;
	for (w = written + 7; *w != '\0'; w++, text++) {
		size_t at = (size_t)(w - written) - 7;

		if (at > 0 && at % 2 == 0 && *text == ':')
			text++;
		CHECK(strncasecmp(text, w, 1) == 0);
	}
	CHECK(*text == '\0');
	free(written);
}

static void
check_untouched(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		CHECK(p[i] == 0xa5);
}
