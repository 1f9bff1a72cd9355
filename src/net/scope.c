/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/scope.h"

/* All of 0/8 is "this host" (RFC 1122, section 3.2.1.3). */
static enum scope
scope_of_ipv4(const unsigned char a[4])
{
	if (a[0] == 127 || a[0] == 0)
		return SCOPE_HOST;
	return a[0] == 169 && a[1] == 254 ? SCOPE_LINK : SCOPE_FAR;
}

/* The IPv4 address that an address of IPv6 leads to, by a tunnel or a
 * translator; NULL: it does not. */
static const unsigned char *
scope_embedded(const struct in6_addr *a)
{
	static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const unsigned char six_to_four[2] = { 0x20, 0x02 };

	if (IN6_IS_ADDR_V4COMPAT(a) ||
	    memcmp(a->s6_addr, nat64, sizeof(nat64)) == 0)
		return &a->s6_addr[12];
	return memcmp(a->s6_addr, six_to_four, sizeof(six_to_four)) == 0 ?
	    &a->s6_addr[sizeof(six_to_four)] : NULL;
}

static enum scope
scope_of_ipv6(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a))
		return SCOPE_HOST;
	if (IN6_IS_ADDR_V4MAPPED(a))
		return scope_of_ipv4(&a->s6_addr[12]);
	return IN6_IS_ADDR_LINKLOCAL(a) ? SCOPE_LINK : SCOPE_FAR;
}

enum scope
scope_of(const struct addr *a)
{
	unsigned char ipv4[4];

	if (a->len == 0)
		return SCOPE_HOST;
	switch (a->sa.sa_family) {
	case AF_INET:
		memcpy(ipv4, &a->in.sin_addr, sizeof(ipv4));
		return scope_of_ipv4(ipv4);
	case AF_INET6:
		return scope_of_ipv6(&a->in6.sin6_addr);
	case AF_UNIX:
		return SCOPE_HOST;
	default:
		return SCOPE_FAR;
	}
}

enum scope
scope_of_target(const struct addr *a)
{
	const unsigned char *ipv4 = a->len > 0 && a->sa.sa_family ==
	    AF_INET6 ? scope_embedded(&a->in6.sin6_addr) : NULL;

	return ipv4 != NULL ? scope_of_ipv4(ipv4) : scope_of(a);
}

bool
scope_is_unspecified(const struct addr *a)
{
	static const unsigned char none[4];

	if (a->len == 0)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return a->sa.sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr) &&
	    memcmp(&a->in6.sin6_addr.s6_addr[12], none, sizeof(none)) == 0));
}
