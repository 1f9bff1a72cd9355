/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/dial.h"
#include "net/dial_attempt.h"
#include "net/dial_failure.h"
#include "net/life.h"
#include "net/port_owner.h"
#include "net/resolve.h"

static enum result
dial_source_failed(const struct addr *from, int type, int errnum,
    struct error *err)
{
	char where[ADDR_TEXT_MAX], owner[PORT_OWNER_MAX];
	bool listens, known = errnum == EADDRINUSE &&
	    port_owner_find(from, type, &listens, owner);

	return error_at(err, RESULT_LOCAL, STEP_BIND_SOURCE,
	    addr_format_words(from, where), "%s%s%s%s", strerror(errnum),
	    known ? " (" : "", known ? owner : addr_zone_hint(from, errnum),
	    known ? " has it)" : "");
}

static enum result
dial_bind_source(int fd, const struct dial_options *o,
    const struct addr_list *source, const struct addr *to, struct error *err)
{
	struct addr from = { .ss = { .ss_family = to->sa.sa_family },
	    .len = to->len };
	char where[ADDR_TEXT_MAX];
	const int on = 1;
	bool found = o->source == NULL;

	if (o->source == NULL && o->source_port == 0)
		return RESULT_OK;
	for (size_t i = 0; i < source->count && !found; i++) {
		if (source->addr[i].sa.sa_family == to->sa.sa_family) {
			from = source->addr[i];
			found = true;
		}
	}
	if (!found)
		return error_at(err, RESULT_LOCAL, STEP_CHOOSE_SOURCE,
		    o->source, "has no address of the family of %s",
		    addr_format_host(to, where));
	addr_set_port(&from, o->source_port);
	if (o->source_port != 0)	/* a former run may be in TIME_WAIT */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else			/* choose the port when the peer is known */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
		    sizeof(on));
	if (bind(fd, &from.sa, from.len) == -1)
		return dial_source_failed(&from, o->socket->type, errno, err);
	log_line(LOG_DETAIL, o->source_port != 0 ? "bound to %s" : "bound to "
	    "%s, the port comes with connecting", o->source_port != 0 ?
	    addr_format_words(&from, where) : addr_format_host(&from, where));
	return RESULT_OK;
}

enum result
dial_source(const struct dial_options *o, int64_t deadline,
    struct addr_list *source, struct error *err)
{
	struct resolve_query query = {
		.host = o->source,
		.family = o->socket->family,
		.numeric = o->socket->numeric,
	};

	if (o->source == NULL)
		return RESULT_OK;
	return resolve(&query, deadline, source, err);
}

static bool
dial_found_itself(int fd, const struct addr *to)
{
	struct addr local, remote;

	addr_local(fd, &local);
	if (local.len == 0 || addr_port(&local) == 0 ||
	    addr_port(&local) != addr_port(to))
		return false;
	addr_remote(fd, &remote);
	return addr_equal(&local, &remote);
}

enum result
dial_start(const struct dial_options *o, const struct addr_list *source,
    const struct addr *to, int *fd, bool *pending, struct error *err)
{
	enum result result;
	int s, status, saved;

	s = socket(to->sa.sa_family, o->socket->type | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, o->socket->protocol);
	if (s == -1) {
		saved = errno;
		if (o->socket->protocol != 0 || to->sa.sa_family == AF_VSOCK)
			return sockopt_socket_failed(to->sa.sa_family,
			    o->socket->protocol, saved, err);
		return error_set_errno(err, saved == EAFNOSUPPORT ?
		    RESULT_UNREACHABLE : RESULT_LOCAL, saved, "socket");
	}
	result = sockopt_apply(s, o->socket->type, to, SOCKET_DIAL, o->socket,
	    err);
	if (result == RESULT_OK)
		result = dial_bind_source(s, o, source, to, err);
	if (result != RESULT_OK) {
		close(s);
		return result;
	}
	do
		status = connect(s, &to->sa, to->len);
	while (status == -1 && errno == EINTR);
	saved = errno;
	if (status == -1 && saved == EISCONN)	/* the interrupted one did it */
		status = 0;
	if (status == 0 && o->socket->type == SOCK_STREAM &&
	    dial_found_itself(s, to)) {
		saved = ECONNREFUSED;
		status = -1;
	}
	if (status == -1 && saved != EINPROGRESS && saved != EALREADY) {
		close(s);
		return dial_failed(o, to, saved, err);
	}
	*fd = s;
	*pending = status == -1;
	return RESULT_OK;
}

int
dial_outcome(int fd, short revents, const struct addr *to)
{
	socklen_t len = sizeof(int);
	int errnum = 0, bytes = 0;

	/* To ask for the error would be to take it. */
	if ((revents & (POLLERR | POLLHUP)) != 0 &&
	    ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == -1)
		return errno;
	if (errnum != 0)
		return errnum;
	return dial_found_itself(fd, to) ? ECONNREFUSED : 0;
}

void
dial_connected(struct connection *c, int fd, int type, const struct addr *to,
    int64_t began)
{
	char from_text[ADDR_TEXT_MAX], to_text[ADDR_TEXT_MAX], span[32];

	c->fd = fd;
	c->type = type;
	c->remote = *to;
	addr_local(fd, &c->local);
	c->times.connected = clock_now();
	life_tell(&(struct life_event){ .kind = LIFE_CONNECTED, .type = type,
	    .local = &c->local, .remote = &c->remote });
	if (!log_enabled(LOG_STEP))
		return;
	log_line(LOG_STEP, "connected %s -> %s in %s",
	    addr_format(&c->local, from_text), addr_format(to, to_text),
	    clock_format(span, sizeof(span), c->times.connected - began));
}
