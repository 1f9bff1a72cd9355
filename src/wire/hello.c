/* SPDX-License-Identifier: ISC */
#include "wire/hello.h"

#define RECORD_HEAD		5
#define RECORD_HANDSHAKE	22
#define VERSION_MAJOR		3
#define CLIENT_HELLO		1

enum hello
hello_look(const unsigned char *data, size_t n, size_t *need)
{
	size_t record, message;

	*need = HELLO_HEAD;
	if (n > 0 && data[0] != RECORD_HANDSHAKE)
		return HELLO_OTHER;
	if (n > 1 && data[1] != VERSION_MAJOR)
		return HELLO_OTHER;
	if (n < HELLO_HEAD)
		return HELLO_MORE;
	record = (size_t)data[3] << 8 | data[4];
	message = (size_t)data[6] << 16 | (size_t)data[7] << 8 | data[8];
	if (record < HELLO_HEAD - RECORD_HEAD || data[5] != CLIENT_HELLO)
		return HELLO_OTHER;
	if (record > HELLO_MOST ||
	    message > HELLO_MOST - (HELLO_HEAD - RECORD_HEAD))
		return HELLO_TOO_LONG;
	*need = RECORD_HEAD + record;
	return n < *need ? HELLO_MORE : HELLO_WHOLE;
}
