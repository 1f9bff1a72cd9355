/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/dial.h"
#include "net/dial_failure.h"
#include "net/life.h"
#include "net/port_owner.h"
#include "net/scope.h"

enum result
dial_result(const struct addr *to, int errnum)
{
	switch (errnum) {
	case EAGAIN:		/* UNIX-domain: the listen queue is full */
		return RESULT_REFUSED;
	case EINVAL:		/* a blackhole route */
		return addr_lacks_zone(to) ? RESULT_LOCAL : RESULT_UNREACHABLE;
	case EACCES:		/* a route or filter, here or on the way */
	case EPERM:
		return RESULT_UNREACHABLE;
	default:
		return error_network_result(errnum);
	}
}

/* Would -b help?  The route knows (RTN_BROADCAST), so ask it; the address alone
 * does not tell. */
static bool
dial_is_broadcast(const struct dial_options *o, const struct addr *to)
{
	const char *interface = o->socket->interface;
	const int on = 1;
	bool is;
	int fd;

	if (o->socket->type != SOCK_DGRAM || to->sa.sa_family != AF_INET)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return false;
	if (interface != NULL)
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		    (socklen_t)strlen(interface));
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	is = connect(fd, &to->sa, to->len) == 0;
	close(fd);
	return is;
}

static const char *
dial_hint(const struct dial_options *o, const struct addr *to, int errnum)
{
	if (errnum == EAGAIN)
		return " (the listen queue is full)";
	if (to->sa.sa_family == AF_UNIX)
		return "";
	if (errnum == EACCES && dial_is_broadcast(o, to))
		return " (a broadcast address needs -b)";
	if (errnum == EACCES || errnum == EPERM)
		return " (a route or a packet filter forbids it)";
	if (errnum == EINVAL && !addr_lacks_zone(to))
		return " (the route is a black hole)";
	return addr_zone_hint(to, errnum);
}

enum result
dial_failed(const struct dial_options *o, const struct addr *to, int errnum,
    struct error *err)
{
	char where[ADDR_TEXT_MAX];

	error_at(err, dial_result(to, errnum), STEP_CONNECT,
	    addr_format_words(to, where), "%s%s", strerror(errnum),
	    dial_hint(o, to, errnum));
	err->errnum = errnum;
	life_tell(&(struct life_event){ .kind = LIFE_NOT_CONNECTED,
	    .type = o->socket->type, .remote = to, .errnum = errnum });
	return err->result;
}

void
dial_look_elsewhere(const struct dial_options *o, const struct connection *c,
    struct error *err)
{
	char where[ADDR_TEXT_MAX], owner[PORT_OWNER_MAX];
	size_t n = strlen(err->text);
	struct addr found;

	if (err->result != RESULT_REFUSED || o->socket->type != SOCK_STREAM ||
	    (c->remote.sa.sa_family != AF_INET &&
	    c->remote.sa.sa_family != AF_INET6) ||
	    scope_of(&c->remote) != SCOPE_HOST ||
	    !port_owner_elsewhere(&c->remote, &found, owner))
		return;
	snprintf(err->text + n, sizeof(err->text) - n, " (%s listens at %s)",
	    owner, addr_format_words(&found, where));
}
