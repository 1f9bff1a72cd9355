/* SPDX-License-Identifier: ISC */
#include "wire/dtls.h"

/* Section 4.1: type, version, epoch, number, length. */
#define RECORD_TYPE		0
#define RECORD_VERSION		1
#define RECORD_EPOCH		3
#define RECORD_HEAD		13

/* Section 4.2.2: type, length, number, where the fragment begins, its length;
 * then the version and the random value. */
#define MESSAGE_TYPE		RECORD_HEAD
#define MESSAGE_OFFSET		(RECORD_HEAD + 6)
#define MESSAGE_RANDOM		(RECORD_HEAD + 12 + 2)

#define HANDSHAKE		22
#define CLIENT_HELLO		1
#define MAJOR_VERSION		0xfe

const unsigned char *
dtls_greeting_random(const unsigned char *data, size_t n)
{
	if (n < MESSAGE_RANDOM + DTLS_RANDOM_SIZE ||
	    data[RECORD_TYPE] != HANDSHAKE ||
	    data[RECORD_VERSION] != MAJOR_VERSION ||
	    data[RECORD_EPOCH] != 0 || data[RECORD_EPOCH + 1] != 0 ||
	    data[MESSAGE_TYPE] != CLIENT_HELLO ||
	    data[MESSAGE_OFFSET] != 0 || data[MESSAGE_OFFSET + 1] != 0 ||
	    data[MESSAGE_OFFSET + 2] != 0)
		return NULL;
	return data + MESSAGE_RANDOM;
}
