/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "net/header_addr.h"

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) ==
    PROXY_HEADER_PATH, "paths are as long in both");

/* Bytes of the path, unix(7): of a name of the abstract namespace, what is
 * behind it is no part of it. */
static size_t
header_addr_path_length(const char *path)
{
	size_t n = PROXY_HEADER_PATH;

	if (path[0] != '\0')
		return strnlen(path, n);
	while (n > 0 && path[n - 1] == '\0')
		n--;
	return n;
}

static void
header_addr_read_path(const char *path, struct addr *to)
{
	size_t n = header_addr_path_length(path);

	to->un.sun_family = AF_UNIX;
	memcpy(to->un.sun_path, path, n);
	to->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

void
header_addr_read(const struct proxy_header_address *from, struct addr *to)
{
	memset(to, 0, sizeof(*to));
	switch (from->family) {
	case PROXY_HEADER_NONE:
		break;
	case PROXY_HEADER_INET:
		to->in.sin_family = AF_INET;
		to->in.sin_port = htons(from->port);
		memcpy(&to->in.sin_addr, from->ip, sizeof(to->in.sin_addr));
		to->len = sizeof(to->in);
		break;
	case PROXY_HEADER_INET6:
		to->in6.sin6_family = AF_INET6;
		to->in6.sin6_port = htons(from->port);
		memcpy(&to->in6.sin6_addr, from->ip,
		    sizeof(to->in6.sin6_addr));
		to->len = sizeof(to->in6);
		break;
	case PROXY_HEADER_UNIX:
		header_addr_read_path(from->path, to);
		break;
	}
}

static void
header_addr_write_path(const struct addr *from,
    struct proxy_header_address *to)
{
	const size_t fixed = offsetof(struct sockaddr_un, sun_path);
	size_t n = from->len > fixed ? from->len - fixed : 0;

	to->family = PROXY_HEADER_UNIX;
	memcpy(to->path, from->un.sun_path, n < sizeof(to->path) ? n :
	    sizeof(to->path));
}

bool
header_addr_write(const struct addr *from, struct proxy_header_address *to)
{
	memset(to, 0, sizeof(*to));
	if (from->len == 0)
		return false;
	switch (from->sa.sa_family) {
	case AF_INET:
		to->family = PROXY_HEADER_INET;
		memcpy(to->ip, &from->in.sin_addr, sizeof(from->in.sin_addr));
		break;
	case AF_INET6:
		to->family = PROXY_HEADER_INET6;
		memcpy(to->ip, &from->in6.sin6_addr,
		    sizeof(from->in6.sin6_addr));
		break;
	case AF_UNIX:
		header_addr_write_path(from, to);
		return true;
	default:
		return false;
	}
	to->port = addr_port(from);
	return true;
}
