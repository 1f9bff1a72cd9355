/* SPDX-License-Identifier: ISC */
#include "wire/socks.h"

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

const char *
socks_version_text(enum socks_version version)
{
	static const char *const text[] = {
		[SOCKS_4] = "SOCKS4",
		[SOCKS_4A] = "SOCKS4A",
		[SOCKS_5] = "SOCKS5",
	};

	return text[version];
}

const char *
socks_reply_text(enum socks_version version, unsigned char code)
{
	static const char *const four[] = {
		"request granted",
		"request rejected or failed",
		"request rejected: it can't connect to our identd",
		"request rejected: our identd reports another user",
	};
	static const char *const five[] = {
		[SOCKS_GRANTED] = "succeeded",
		[SOCKS_FAILURE] = "general failure",
		[SOCKS_NOT_ALLOWED] = "not allowed by its rules",
		[SOCKS_NETWORK_UNREACHABLE] = "network unreachable",
		[SOCKS_HOST_UNREACHABLE] = "host unreachable",
		[SOCKS_REFUSED] = "connection refused",
		[SOCKS_TTL_EXPIRED] = "time to live expired",
		[SOCKS_NO_COMMAND] = "command not supported",
		[SOCKS_NO_ADDRESS_TYPE] = "address type not supported",
	};
	size_t i = code;

	if (version == SOCKS_5)
		return i < NITEMS(five) ? five[i] : NULL;
	if (code < SOCKS4_GRANTED)
		return NULL;
	i -= SOCKS4_GRANTED;
	return i < NITEMS(four) ? four[i] : NULL;
}

size_t
socks_kind_size(enum socks_kind kind)
{
	switch (kind) {
	case SOCKS_INET:
		return 4;
	case SOCKS_INET6:
		return 16;
	default:
		return 0;
	}
}

uint16_t
socks_port(const unsigned char *in)
{
	return (uint16_t)(in[0] << 8 | in[1]);
}

void
socks_put_port(unsigned char *out, uint16_t port)
{
	out[0] = (unsigned char)(port >> 8);
	out[1] = (unsigned char)(port & 0xff);
}
