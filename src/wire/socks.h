/* SPDX-License-Identifier: ISC */
/*
 * What client and server of SOCKS have in common: version 4 and 4A (the two
 * descriptions by Ying-Da Lee), version 5 (RFC 1928) with user and password
 * (RFC 1929).
 */
#ifndef WIRE_SOCKS_H
#define WIRE_SOCKS_H

#include <stddef.h>
#include <stdint.h>

enum socks_version {
	SOCKS_4,
	SOCKS_4A,		/* the proxy looks names up */
	SOCKS_5,
};

/* Bytes of a name, a user, a password. */
#define SOCKS_TEXT_MAX	255

/* The values are those of ATYP, RFC 1928, section 5. */
enum socks_kind {
	SOCKS_NOWHERE = 0,
	SOCKS_INET = 1,
	SOCKS_NAME = 3,		/* which is told elsewhere */
	SOCKS_INET6 = 4,
};

struct socks_address {
	enum socks_kind	kind;
	unsigned char	bytes[16];	/* 4 of SOCKS_INET, 16 of SOCKS_INET6 */
	uint16_t	port;		/* the host's order of bytes */
};

/* Replies of version 5, RFC 1928, section 6. */
enum socks_reply {
	SOCKS_GRANTED,
	SOCKS_FAILURE,			/* whatever has no code of its own */
	SOCKS_NOT_ALLOWED,
	SOCKS_NETWORK_UNREACHABLE,
	SOCKS_HOST_UNREACHABLE,		/* or its name is not known */
	SOCKS_REFUSED,
	SOCKS_TTL_EXPIRED,		/* used for time limits, too */
	SOCKS_NO_COMMAND,
	SOCKS_NO_ADDRESS_TYPE,
};

#define SOCKS4_GRANTED	0x5a
#define SOCKS4_REJECTED	0x5b

enum socks_method {
	SOCKS_METHOD_NONE = 0,
	SOCKS_METHOD_LOGIN = 2,		/* user and password */
	SOCKS_METHOD_NO = 0xff,		/* none of those offered */
};

#define SOCKS_LOGIN_VERSION	1	/* of RFC 1929 */

#define SOCKS_CONNECT		1	/* of all versions */
#define SOCKS_BIND		2
#define SOCKS_ASSOCIATE		3	/* version 5 only */

/* "SOCKS5" */
const char	*socks_version_text(enum socks_version version);

/*
 * What the code of a reply means, for a message: "connection refused".
 * SOCKS_4A is SOCKS_4 here.  NULL: nobody knows.
 */
const char	*socks_reply_text(enum socks_version version,
		    unsigned char code);

/* Bytes of an address of that kind; 0 for those that have no fixed size. */
size_t		socks_kind_size(enum socks_kind kind);

/* Read and write a port, in the network's order of bytes. */
uint16_t	socks_port(const unsigned char *in);
void		socks_put_port(unsigned char *out, uint16_t port);

#endif
