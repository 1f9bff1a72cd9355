/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/key.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	int key = key_parse(text);

	CHECK(key >= -1 && key <= 0x7f);
	CHECK(key == -1 || strlen(text) == 1 ||
	    (strlen(text) == 2 && text[0] == '^'));
	free(text);
	return 0;
}
