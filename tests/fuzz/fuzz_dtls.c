/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/dtls.h"

/* What is found lies inside, and it depends on nothing behind it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *copy = fuzz_copy(data, size);
	const unsigned char *random;
	size_t end;

	random = dtls_greeting_random(copy, size);
	if (random != NULL) {
		end = (size_t)(random - copy) + DTLS_RANDOM_SIZE;
		CHECK(end <= size);
		CHECK(dtls_greeting_random(copy, end) == random);
		CHECK(dtls_greeting_random(copy, end - 1) == NULL);
	}
	free(copy);
	return 0;
}
