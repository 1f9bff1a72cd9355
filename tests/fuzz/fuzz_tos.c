/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/tos.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), number[16];
	int value;

	value = tos_parse(text);
	CHECK(value >= -1 && value <= 255);
	if (value != -1) {
		CHECK(text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0');
		snprintf(number, sizeof(number), "%d", value);
		CHECK(tos_parse(number) == value);
		snprintf(number, sizeof(number), "0x%02X", (unsigned)value);
		CHECK(tos_parse(number) == value);
	}
	free(text);
	return 0;
}
