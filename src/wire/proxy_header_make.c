/* SPDX-License-Identifier: ISC */
/* Headers that are sent. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "wire/proxy_header.h"
#include "wire/proxy_header_parts.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* As IPv4, if it is that. */
static void
address_to_inet(struct proxy_header_address *a)
{
	if (a->family != PROXY_HEADER_INET6 ||
	    memcmp(a->ip, mapped, sizeof(mapped)) != 0)
		return;
	a->family = PROXY_HEADER_INET;
	memmove(a->ip, a->ip + sizeof(mapped), 4);
}

static void
address_to_inet6(struct proxy_header_address *a)
{
	if (a->family != PROXY_HEADER_INET)
		return;
	a->family = PROXY_HEADER_INET6;
	memmove(a->ip + sizeof(mapped), a->ip, 4);
	memcpy(a->ip, mapped, sizeof(mapped));
}

bool
proxy_header_can_tell(int version, const struct proxy_header_address *source,
    const struct proxy_header_address *destination)
{
	if (source->family == PROXY_HEADER_NONE ||
	    destination->family == PROXY_HEADER_NONE)
		return false;
	if (source->family == PROXY_HEADER_UNIX ||
	    destination->family == PROXY_HEADER_UNIX)
		return version == 2 && source->family == destination->family;
	return true;
}

/* Of one family. */
static void
addresses_agree(struct proxy_header_address a[2])
{
	for (size_t i = 0; i < 2; i++)
		address_to_inet(&a[i]);
	if (a[0].family != a[1].family) {
		address_to_inet6(&a[0]);
		address_to_inet6(&a[1]);
	}
}

/* --- version 1 ----------------------------------------------------------- */

/* All that the specification has: groups of hexadecimal digits, and no dots. */
static void
line_format(const struct proxy_header_address *a, char text[INET6_ADDRSTRLEN])
{
	size_t n = 0;

	inet_ntop(a->family == PROXY_HEADER_INET ? AF_INET : AF_INET6, a->ip,
	    text, INET6_ADDRSTRLEN);
	if (a->family == PROXY_HEADER_INET || strchr(text, '.') == NULL)
		return;
	for (size_t i = 0; i < 16; i += 2)
		n += (size_t)snprintf(text + n, INET6_ADDRSTRLEN - n, "%s%x",
		    i > 0 ? ":" : "", (unsigned)(a->ip[i] << 8 |
		    a->ip[i + 1]));
}

static size_t
line_make(const struct proxy_header_address a[2], bool told,
    unsigned char out[PROXY_HEADER_MAX])
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	int n;

	if (!told) {
		n = snprintf((char *)out, PROXY_HEADER_MAX, "%sUNKNOWN\r\n",
		    PROXY_HEADER_WORD);
		return (size_t)n;
	}
	line_format(&a[0], source);
	line_format(&a[1], destination);
	n = snprintf((char *)out, PROXY_HEADER_MAX, "%s%s %s %s %u %u\r\n",
	    PROXY_HEADER_WORD, a[0].family == PROXY_HEADER_INET ? "TCP4" :
	    "TCP6", source, destination, a[0].port, a[1].port);
	return (size_t)n;
}

/* --- version 2 ----------------------------------------------------------- */

/* The addresses, at `to'; their length. */
static size_t
binary_put(const struct proxy_header_address a[2], unsigned char *to)
{
	size_t size = a[0].family == PROXY_HEADER_INET ? 4 : 16;
	unsigned char *ports = to + 2 * size;

	if (a[0].family == PROXY_HEADER_UNIX) {
		memcpy(to, a[0].path, PROXY_HEADER_PATH);
		memcpy(to + PROXY_HEADER_PATH, a[1].path, PROXY_HEADER_PATH);
		return (size_t)2 * PROXY_HEADER_PATH;
	}
	for (size_t i = 0; i < 2; i++) {
		memcpy(to + i * size, a[i].ip, size);
		ports[2 * i] = (unsigned char)(a[i].port >> 8);
		ports[2 * i + 1] = (unsigned char)a[i].port;
	}
	return 2 * size + 4;
}

static size_t
binary_make(const struct proxy_header_address a[2], bool told,
    unsigned char out[PROXY_HEADER_MAX])
{
	size_t n = 0;

	memcpy(out, PROXY_HEADER_SIGNATURE, PROXY_HEADER_COMMAND);
	out[PROXY_HEADER_COMMAND] = told ? PROXY_HEADER_PROXY :
	    PROXY_HEADER_LOCAL;
	out[PROXY_HEADER_KIND] = PROXY_HEADER_UNSPEC;
	if (told) {
		out[PROXY_HEADER_KIND] = (unsigned char)(a[0].family << 4 |
		    PROXY_HEADER_STREAM);
		n = binary_put(a, out + PROXY_HEADER_FIXED);
	}
	out[PROXY_HEADER_LENGTH] = (unsigned char)(n >> 8);
	out[PROXY_HEADER_LENGTH + 1] = (unsigned char)n;
	return PROXY_HEADER_FIXED + n;
}

size_t
proxy_header_make(int version, const struct proxy_header_address *source,
    const struct proxy_header_address *destination,
    unsigned char out[PROXY_HEADER_MAX])
{
	struct proxy_header_address a[2] = { 0 };
	bool told = source != NULL && destination != NULL &&
	    proxy_header_can_tell(version, source, destination);

	if (told) {
		a[0] = *source;
		a[1] = *destination;
		addresses_agree(a);
	}
	return version == 1 ? line_make(a, told, out) :
	    binary_make(a, told, out);
}
