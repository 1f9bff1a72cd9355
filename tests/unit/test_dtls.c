/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tap.h"
#include "wire/dtls.h"

#define GREETING_SIZE	59	/* up to the end of the random value */
#define RANDOM_AT	27

static void	make_greeting(unsigned char *);

/* A ClientHello as RFC 6347 has it, is known by its random value; what is too
 * short for one, or anything else, is none. */
int
main(void)
{
	/* Of these bytes each value but this one makes it something else. */
	static const struct {
		size_t		at;
		unsigned char	value;
	} fixed[] = {
		{ 0, 22 }, { 1, 0xfe }, { 3, 0 }, { 4, 0 }, { 13, 1 },
		{ 19, 0 }, { 20, 0 }, { 21, 0 },
	};
	unsigned char data[GREETING_SIZE + 100];
	int value;
	size_t i, n, wrong = 0, found = 0;

	make_greeting(data);
	ok(dtls_greeting_random(data, GREETING_SIZE) == data + RANDOM_AT,
	    "the shortest one");
	ok(dtls_greeting_random(data, sizeof(data)) == data + RANDOM_AT,
	    "a longer one");
	for (n = 0; n < GREETING_SIZE; n++)
		wrong += dtls_greeting_random(data, n) != NULL;
	ok(wrong == 0, "shorter ones");
	for (i = 0; i < NITEMS(fixed); i++) {
		for (value = 0; value < 256; value++) {
			data[fixed[i].at] = (unsigned char)value;
			found += dtls_greeting_random(data, sizeof(data)) !=
			    NULL;
		}
		data[fixed[i].at] = fixed[i].value;
	}
	ok(found == NITEMS(fixed), "other datagrams");
	return tap_done();
}

static void
make_greeting(unsigned char *data)
{
	memset(data, 0x55, GREETING_SIZE + 100);
	/* Type, version, epoch 0, number, length. */
	memcpy(data, "\26\376\377\0\0\0\0\0\0\0\1\0\222", 13);
	/* ClientHello, its length, number 0, fragment at 0, its length. */
	memcpy(data + 13, "\1\0\0\206\0\0\0\0\0\0\0\206", 12);
	memcpy(data + 25, "\376\375", 2);
}
