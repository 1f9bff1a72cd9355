/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/hello.h"

/* Nothing behind the head is looked at, more is asked for only while it is not
 * there, within bounds, and what is whole stays whole. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t head = size < HELLO_HEAD ? size : HELLO_HEAD, need, more;
	unsigned char *copy = fuzz_copy(data, head);
	enum hello verdict = hello_look(copy, size, &need), before;

	CHECK(need <= HELLO_MOST + HELLO_HEAD);
	CHECK((verdict == HELLO_MORE) <= (need > size));
	if (size > HELLO_HEAD) {
		before = hello_look(copy, HELLO_HEAD, &more);
		CHECK(before == verdict || before == HELLO_MORE);
	}
	if (verdict == HELLO_MORE && size >= HELLO_HEAD) {
		CHECK(hello_look(copy, need - 1, &more) == HELLO_MORE);
		CHECK(hello_look(copy, need, &more) == HELLO_WHOLE);
	}
	free(copy);
	return 0;
}
