/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/opening.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *bytes = fuzz_copy(data, size);
	enum opening whole = opening_recognize(bytes, size), o;
	bool known = false;

	CHECK(whole <= OPENING_POP3);
	CHECK(opening_without_tls(whole) != NULL);
	/* Once it is known, more bytes do not change it. */
	for (size_t n = 0; n <= size && n <= 2 * (size_t)OPENING_BYTES; n++) {
		o = opening_recognize(bytes, n);
		CHECK(!known || o == whole);
		CHECK(o == OPENING_UNKNOWN || o == whole);
		known = known || o != OPENING_UNKNOWN;
	}
	CHECK(known == (whole != OPENING_UNKNOWN));
	free(bytes);
	return 0;
}
