/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "net/addr.h"

void
addr_list_add(struct addr_list *list, const struct addr *a)
{
	list->addr = xreallocarray(list->addr, list->count + 1,
	    sizeof(*list->addr));
	list->addr[list->count++] = *a;
}

void
addr_list_free(struct addr_list *list)
{
	free(list->addr);
	memset(list, 0, sizeof(*list));
}

static char *
addr_format_unix(const struct addr *a, char *buf)
{
	const size_t fixed = offsetof(struct sockaddr_un, sun_path);
	size_t n = a->len > fixed ? a->len - fixed : 0;

	if (n == 0) {
		snprintf(buf, ADDR_TEXT_MAX, "(unnamed)");
	} else if (a->un.sun_path[0] == '\0') {
		buf[0] = '@';
		log_escape(buf + 1, ADDR_TEXT_MAX - 1, a->un.sun_path + 1,
		    n - 1);
	} else {
		log_escape(buf, ADDR_TEXT_MAX, a->un.sun_path,
		    strnlen(a->un.sun_path, n));
	}
	return buf;
}

/* Whether it is IPv4, by an IPv6 socket. */
static bool
addr_is_mapped(const struct addr *a)
{
	return a->sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr);
}

static char *
addr_format_in6(const struct addr *a, char *buf)
{
	char name[IF_NAMESIZE];
	size_t n;

	if (addr_is_mapped(a)) {
		inet_ntop(AF_INET, &a->in6.sin6_addr.s6_addr[12], buf,
		    ADDR_TEXT_MAX);
		return buf;
	}
	inet_ntop(AF_INET6, &a->in6.sin6_addr, buf, ADDR_TEXT_MAX);
	if (a->in6.sin6_scope_id != 0) {
		n = strlen(buf);
		if (if_indextoname(a->in6.sin6_scope_id, name) != NULL)
			snprintf(buf + n, ADDR_TEXT_MAX - n, "%%%s", name);
		else
			snprintf(buf + n, ADDR_TEXT_MAX - n, "%%%u",
			    a->in6.sin6_scope_id);
	}
	return buf;
}

char *
addr_format_host(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	if (a->len == 0) {
		snprintf(buf, ADDR_TEXT_MAX, "(unnamed)");
		return buf;
	}
	switch (a->sa.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &a->in.sin_addr, buf, ADDR_TEXT_MAX);
		return buf;
	case AF_INET6:
		return addr_format_in6(a, buf);
	case AF_UNIX:
		return addr_format_unix(a, buf);
	case AF_VSOCK:
		snprintf(buf, ADDR_TEXT_MAX, a->vm.svm_cid == VMADDR_CID_ANY ?
		    "any" : "%u", a->vm.svm_cid);
		return buf;
	default:
		snprintf(buf, ADDR_TEXT_MAX, "(family %d)", a->sa.sa_family);
		return buf;
	}
}

char *
addr_format_exact(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	const size_t fixed = offsetof(struct sockaddr_un, sun_path);
	const char *path = a->un.sun_path;
	size_t n = a->len > fixed ? a->len - fixed : 0;
	bool abstract = n > 0 && path[0] == '\0';

	buf[0] = '\0';
	if (a->len == 0)
		return buf;
	if (a->sa.sa_family != AF_UNIX)
		return addr_format_host(a, buf);
	if (abstract && memchr(path + 1, '\0', n - 1) != NULL)
		return buf;
	/* A path that begins like an abstract name is told apart from one. */
	if (abstract)
		snprintf(buf, ADDR_TEXT_MAX, "@%.*s", (int)(n - 1), path + 1);
	else if (n > 0)
		snprintf(buf, ADDR_TEXT_MAX, "%s%.*s", path[0] == '@' ? "./" :
		    "", (int)n, path);
	return buf;
}

static bool
addr_has_port(const struct addr *a)
{
	return a->len != 0 && (a->sa.sa_family == AF_INET ||
	    a->sa.sa_family == AF_INET6 || a->sa.sa_family == AF_VSOCK);
}

char *
addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	char host[ADDR_TEXT_MAX];

	addr_format_host(a, host);
	if (!addr_has_port(a))
		snprintf(buf, ADDR_TEXT_MAX, "%s", host);
	else if (a->sa.sa_family == AF_INET6 && !addr_is_mapped(a))
		snprintf(buf, ADDR_TEXT_MAX, "[%.500s]:%u", host,
		    addr_port(a));
	else
		snprintf(buf, ADDR_TEXT_MAX, "%.500s:%u", host, addr_port(a));
	return buf;
}

char *
addr_format_words(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	char host[ADDR_TEXT_MAX];

	addr_format_host(a, host);
	if (addr_has_port(a))
		snprintf(buf, ADDR_TEXT_MAX, "%.490s port %u", host,
		    addr_port(a));
	else
		snprintf(buf, ADDR_TEXT_MAX, "%s", host);
	return buf;
}

uint16_t
addr_port(const struct addr *a)
{
	if (!addr_has_port(a))
		return 0;
	if (a->sa.sa_family == AF_VSOCK)
		return (uint16_t)a->vm.svm_port;
	return ntohs(a->sa.sa_family == AF_INET ? a->in.sin_port :
	    a->in6.sin6_port);
}

void
addr_set_port(struct addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET)
		a->in.sin_port = htons(port);
	else if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else if (a->sa.sa_family == AF_VSOCK)
		a->vm.svm_port = port;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	if (a->len == 0 || b->len == 0 || a->sa.sa_family != b->sa.sa_family)
		return a->len == 0 && b->len == 0;
	switch (a->sa.sa_family) {
	case AF_INET:
		return a->in.sin_port == b->in.sin_port &&
		    a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return a->in6.sin6_port == b->in6.sin6_port &&
		    a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
		    memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
		    sizeof(a->in6.sin6_addr)) == 0;
	default:
		return a->len == b->len && memcmp(&a->ss, &b->ss, a->len) == 0;
	}
}

static uint32_t
addr_hash_bytes(uint32_t hash, const void *data, size_t n)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ byte[i]) * 16777619u;
	return hash;
}

uint32_t
addr_hash(const struct addr *a)
{
	uint32_t hash = 2166136261u;

	if (a->len == 0)
		return hash;
	hash ^= a->sa.sa_family;
	switch (a->sa.sa_family) {
	case AF_INET:
		hash = addr_hash_bytes(hash, &a->in.sin_addr,
		    sizeof(a->in.sin_addr));
		return addr_hash_bytes(hash, &a->in.sin_port,
		    sizeof(a->in.sin_port));
	case AF_INET6:
		hash = addr_hash_bytes(hash, &a->in6.sin6_addr,
		    sizeof(a->in6.sin6_addr));
		return addr_hash_bytes(hash, &a->in6.sin6_port,
		    sizeof(a->in6.sin6_port));
	default:
		return addr_hash_bytes(hash, &a->sa, a->len);
	}
}

bool
addr_is_multicast(const struct addr *a)
{
	if (a->len == 0)
		return false;
	if (a->sa.sa_family == AF_INET)
		return IN_MULTICAST(ntohl(a->in.sin_addr.s_addr));
	return a->sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr);
}

bool
addr_lacks_zone(const struct addr *a)
{
	const struct in6_addr *in6 = &a->in6.sin6_addr;

	return a->len != 0 && a->sa.sa_family == AF_INET6 &&
	    a->in6.sin6_scope_id == 0 && (IN6_IS_ADDR_LINKLOCAL(in6) ||
	    IN6_IS_ADDR_MC_LINKLOCAL(in6) || IN6_IS_ADDR_MC_NODELOCAL(in6));
}

const char *
addr_zone_hint(const struct addr *a, int errnum)
{
	return errnum == EINVAL && addr_lacks_zone(a) ?
	    " (a link-local address needs its interface: fe80::1%eth0)" : "";
}

bool
addr_from_path(struct addr *a, const char *path)
{
	size_t n = strlen(path);

	memset(a, 0, sizeof(*a));
	if (n == 0 || n >= sizeof(a->un.sun_path))
		return false;
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path, n);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (path[0] == '@')
		a->un.sun_path[0] = '\0';
	else
		a->len++;	/* the NUL behind a path */
	return true;
}

void
addr_local(int fd, struct addr *a)
{
	a->len = sizeof(a->ss);
	if (getsockname(fd, &a->sa, &a->len) == -1)
		a->len = 0;
}

void
addr_remote(int fd, struct addr *a)
{
	a->len = sizeof(a->ss);
	if (getpeername(fd, &a->sa, &a->len) == -1)
		a->len = 0;
}
