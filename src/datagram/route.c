/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <unistd.h>

#include "datagram/route.h"

bool
route_begins_at(const struct addr *to, const struct addr *from)
{
	struct addr chosen = { .len = 0 }, wanted = *from;
	int fd = socket(to->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	if (connect(fd, &to->sa, to->len) == 0)
		addr_local(fd, &chosen);
	close(fd);
	addr_set_port(&chosen, 0);
	addr_set_port(&wanted, 0);
	if (chosen.sa.sa_family == AF_INET6 &&
	    wanted.sa.sa_family == AF_INET6 && wanted.in6.sin6_scope_id == 0)
		chosen.in6.sin6_scope_id = 0;
	return addr_equal(&chosen, &wanted);
}

struct addr
route_local(int fd, const struct addr *to)
{
	struct addr bound, local = *to;

	addr_local(fd, &bound);
	if (to->len == 0)
		return bound;
	addr_set_port(&local, addr_port(&bound));
	return local;
}
