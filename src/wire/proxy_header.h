/* SPDX-License-Identifier: ISC */
/*
 * The header of HAProxy's PROXY protocol, versions 1 and 2 (section 2 of its
 * specification, proxy-protocol.txt): with it somebody who passes a connection
 * on says, as the first bytes of it, whose it is.
 */
#ifndef WIRE_PROXY_HEADER_H
#define WIRE_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dialogue.h"

enum proxy_header_family {
	PROXY_HEADER_NONE,
	PROXY_HEADER_INET,
	PROXY_HEADER_INET6,
	PROXY_HEADER_UNIX,
};

#define PROXY_HEADER_PATH	108

struct proxy_header_address {
	enum proxy_header_family family;
	uint8_t		 ip[16];	/* network byte order; of IPv4, 4 */
	uint16_t	 port;
	char		 path[PROXY_HEADER_PATH];	/* filled up with NULs;
					 * one in front, and more behind it:
					 * a name of the abstract namespace.
					 * Nothing but NULs: none at all */
};

/* A line of version 1, with its end; what version 2 says of addresses; and the
 * longer one of them. */
#define PROXY_HEADER_LINE_MAX	107
#define PROXY_HEADER_FIXED	16
#define PROXY_HEADER_MAX	(PROXY_HEADER_FIXED + 2 * PROXY_HEADER_PATH)

/* --- received ------------------------------------------------------------ */

/* Zeroed: nothing has come. */
struct proxy_header {
	/* after DIALOGUE_DONE */
	int		 version;	/* 1, 2 */
	bool		 announced;	/* false: the connection is the
					 * sender's own, or of a kind that can't
					 * be told (UNKNOWN, LOCAL, UNSPEC); its
					 * real addresses are all there is */
	struct proxy_header_address source;
	struct proxy_header_address destination;
	/* private */
	enum dialogue_verdict verdict;
	const char	*fault;		/* why DIALOGUE_REFUSED */
	size_t		 n;		/* bytes that have come */
	size_t		 length;	/* ... of so many, once that is known */
	size_t		 addresses;	/* of version 2: where their end is */
	uint32_t	 checksum;	/* of what has come, CRC-32C */
	struct {
		size_t		 head;	/* bytes of type and length */
		unsigned	 type;
		size_t		 left;	/* bytes of the value */
	} tlv;
	unsigned	 expected_n;	/* bytes of the checksum */
	uint32_t	 expected;	/* ... as the sender has it */
	unsigned char	 head[PROXY_HEADER_MAX];
};

/*
 * For a struct proxy_header: what a client that has to send a header says
 * first.  What is behind it is data.  Refused, RESULT_DENIED, is all that is no
 * header, or one that the specification does not know; of a connection of
 * datagrams; one whose checksum is wrong; a line that is not as strict as it
 * has to be (no zeros in front of numbers, single blanks), or does not end with
 * CR LF within PROXY_HEADER_LINE_MAX bytes.  What is behind the addresses in
 * version 2 (the TLVs) has to be whole, and is not kept.
 */
extern const struct dialogue_codec proxy_header_codec;

/* --- sent ---------------------------------------------------------------- */

/* Whether a header of that version can tell of a connection from source to
 * destination: version 1 knows nothing of UNIX-domain sockets, and families
 * have to go together. */
bool		proxy_header_can_tell(int version,
		    const struct proxy_header_address *source,
		    const struct proxy_header_address *destination);

/*
 * The header of that version for a connection from source to destination, into
 * out; its length.  With NULL for one of them, or what it can't tell of, it
 * says that there is nothing to tell (UNKNOWN, LOCAL).  IPv4 addresses in IPv6
 * notation (RFC 4291, section 2.5.5.2) are told as IPv4; of one family each,
 * both as IPv6.
 */
size_t		proxy_header_make(int version,
		    const struct proxy_header_address *source,
		    const struct proxy_header_address *destination,
		    unsigned char out[PROXY_HEADER_MAX]);

#endif
