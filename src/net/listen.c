/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/listen.h"
#include "net/listen_say.h"
#include "net/port_owner.h"
#include "net/resolve.h"

/* How often a port that the kernel chose for one family may be taken in the
 * other before we give up. */
#define PORT_TRIES	64

static enum result
listen_bind_error(const struct addr *a, int errnum, struct error *err)
{
	char where[ADDR_TEXT_MAX];
	const char *hint = "";

	if (errnum == EACCES && addr_port(a) != 0)
		hint = " (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
	else if (errnum == EADDRNOTAVAIL)
		hint = " (no interface of this host has that address)";
	else
		hint = addr_zone_hint(a, errnum);
	return error_at(err, RESULT_LOCAL, STEP_BIND,
	    addr_format_words(a, where), "%s%s", strerror(errnum), hint);
}

/* The address is taken, and there is no other port that would do. */
static enum result
listen_taken_error(const struct addr *a, int type, struct error *err)
{
	char where[ADDR_TEXT_MAX], owner[PORT_OWNER_MAX];
	bool listens, known = port_owner_find(a, type, &listens, owner);

	return error_at(err, RESULT_LOCAL, STEP_BIND,
	    addr_format_words(a, where), "%s (%s %s; choose another port, or "
	    "0 to let the system choose)", strerror(EADDRINUSE), known ? owner :
	    "another process",
	    listens ? "listens there" : "has it");
}

static enum result
listen_join(int fd, const struct addr *a, const char *group,
    const struct socket_options *o, struct error *err)
{
	struct resolve_query query = { .host = group, .numeric = true };
	struct addr_list list = { NULL, 0 };
	struct group_req req = { 0 };
	enum result result;

	result = resolve(&query, CLOCK_NEVER, &list, err);
	if (result != RESULT_OK)
		return result;
	if (list.addr[0].sa.sa_family != a->sa.sa_family) {
		addr_list_free(&list);
		return RESULT_OK;
	}
	if (list.addr[0].sa.sa_family == AF_INET6)
		req.gr_interface = list.addr[0].in6.sin6_scope_id;
	if (req.gr_interface == 0 && o->interface != NULL)
		req.gr_interface = if_nametoindex(o->interface);
	memcpy(&req.gr_group, &list.addr[0].ss, list.addr[0].len);
	addr_list_free(&list);
	if (setsockopt(fd, a->sa.sa_family == AF_INET ? IPPROTO_IP :
	    IPPROTO_IPV6, MCAST_JOIN_GROUP, &req, sizeof(req)) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "join multicast group %s", group);
	log_line(LOG_STEP, "joined multicast group %s", group);
	return RESULT_OK;
}

/* Whether each group has a socket that is of its family. */
static enum result
listen_check_groups(const struct listen_options *o, const struct listener *l,
    struct error *err)
{
	const struct texts *groups = &o->socket->multicast;

	for (size_t i = 0; i < groups->count; i++) {
		int family = strchr(groups->text[i], ':') != NULL ? AF_INET6 :
		    AF_INET;
		bool found = false;

		for (size_t j = 0; j < l->count; j++)
			found = found || l->addr[j].sa.sa_family == family;
		if (!found)
			return error_set(err, RESULT_LOCAL, "join multicast "
			    "group %s: no socket is of its family",
			    groups->text[i]);
	}
	return RESULT_OK;
}

/* All groups of the socket's family. */
static enum result
listen_join_all(int fd, const struct addr *a, const struct socket_options *o,
    struct error *err)
{
	enum result result = RESULT_OK;

	for (size_t i = 0; i < o->multicast.count && result == RESULT_OK; i++)
		result = listen_join(fd, a, o->multicast.text[i], o, err);
	return result;
}

void
listen_want_destination(int fd, const struct addr *a)
{
	const int on = 1;

	if (a->sa.sa_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	else if (a->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
		    sizeof(on));
}

/* One bound socket more in l.  *errnum says why the address can not be had, or
 * is 0. */
static enum result
listen_bind(const struct listen_options *o, const struct addr *a,
    struct listener *l, int *errnum, struct error *err)
{
	enum result result;
	int fd;

	*errnum = 0;
	fd = socket(a->sa.sa_family, o->socket->type | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, o->socket->protocol);
	if (fd == -1 && o->socket->protocol == 0 && errno == EAFNOSUPPORT &&
	    a->sa.sa_family != AF_VSOCK) {
		*errnum = errno;
		return listen_bind_error(a, errno, err);
	}
	if (fd == -1)
		return sockopt_socket_failed(a->sa.sa_family,
		    o->socket->protocol, errno, err);
	l->fd[l->count++] = fd;
	result = sockopt_apply(fd, o->socket->type, a, SOCKET_LISTEN, o->socket,
	    err);
	if (result != RESULT_OK)
		return result;
	if (bind(fd, &a->sa, a->len) == -1) {
		*errnum = errno;
		close(fd);
		l->count--;
		return listen_bind_error(a, *errnum, err);
	}
	addr_local(fd, &l->addr[l->count - 1]);
	if (o->socket->type == SOCK_DGRAM)
		listen_want_destination(fd, a);
	if (o->socket->type != SOCK_DGRAM)
		return RESULT_OK;
	return listen_join_all(fd, a, o->socket, err);
}

static void
listen_discard(struct listener *l)
{
	while (l->count > 0) {
		if (l->fd[--l->count] != -1)
			close(l->fd[l->count]);
	}
}

static bool
listen_has_family(const struct listener *l, sa_family_t family)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->addr[i].sa.sa_family == family)
			return true;
	}
	return false;
}

/* Addresses that can't be bound matter if nothing else could, or if the system
 * has others of that family: then it is not the family that it lacks. */
static enum result
listen_judge(const struct listener *l, const struct addr *lacking,
    const int *errnum, size_t count, struct error *err)
{
	char where[ADDR_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		if (l->count == 0 ||
		    listen_has_family(l, lacking[i].sa.sa_family))
			return listen_bind_error(&lacking[i], errnum[i], err);
	}
	for (size_t i = 0; i < count; i++)
		log_line(LOG_STEP, "not listening on %s: %s",
		    addr_format_words(&lacking[i], where), strerror(errnum[i]));
	return RESULT_OK;
}

/* Bind all of list to one port, but for those of a family that the system
 * lacks.  The address that has failed since it is taken is *taken. */
static enum result
listen_bind_all(const struct listen_options *o, const struct addr_list *list,
    struct listener *l, struct addr *taken, struct error *err)
{
	struct addr lacking[LISTEN_MAX];
	int errnum[LISTEN_MAX];
	enum result result = RESULT_OK;
	uint16_t port = addr_port(&list->addr[0]);
	size_t n = 0;

	for (size_t i = 0; i < list->count && result == RESULT_OK; i++) {
		lacking[n] = list->addr[i];
		addr_set_port(&lacking[n], port);
		result = listen_bind(o, &lacking[n], l, &errnum[n], err);
		if (port == 0 && l->count == 1)
			port = addr_port(&l->addr[0]);
		if (errnum[n] == EADDRINUSE)
			*taken = lacking[n];
		if (errnum[n] == EAFNOSUPPORT || errnum[n] == EADDRNOTAVAIL) {
			result = RESULT_OK;
			n++;
		}
	}
	if (result == RESULT_OK)
		result = listen_judge(l, lacking, errnum, n, err);
	if (result == RESULT_OK)
		result = listen_check_groups(o, l, err);
	return result;
}

static enum result
listen_start(struct listener *l, int backlog, struct addr *taken,
    struct error *err)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->type == SOCK_STREAM && listen(l->fd[i], backlog) == -1) {
			if (errno == EADDRINUSE)
				*taken = l->addr[i];
			return listen_bind_error(&l->addr[i], errno, err);
		}
	}
	return RESULT_OK;
}

static enum result
listen_open_list(const struct listen_options *o, const struct addr_list *list,
    int backlog, struct listener *l, struct error *err)
{
	bool chosen = addr_port(&list->addr[0]) == 0;
	enum result result;
	int tries = PORT_TRIES;
	struct addr taken;

	/* The port that the kernel chose for the first address may be taken at
	 * another one: then choose again. */
	do {
		taken.len = 0;
		result = listen_bind_all(o, list, l, &taken, err);
		if (result == RESULT_OK)
			result = listen_start(l, backlog, &taken, err);
		if (result != RESULT_OK)
			listen_discard(l);
	} while (result != RESULT_OK && taken.len > 0 && chosen &&
	    tries-- > 0);
	if (result != RESULT_OK && taken.len > 0 && !chosen)
		return listen_taken_error(&taken, o->socket->type, err);
	return result;
}

/* The first of the addresses that can be had. */
static enum result
listen_open_first(const struct listen_options *o, const struct addr_list *list,
    int backlog, struct listener *l, struct error *err)
{
	enum result result = RESULT_OK;

	for (size_t i = 0; i < list->count; i++) {
		const struct addr_list one = { &list->addr[i], 1 };

		result = listen_open_list(o, &one, backlog, l, err);
		if (result == RESULT_OK)
			break;
	}
	return result;
}

/* The permissions are there from the first moment on: bind(2) makes the socket
 * with what the umask leaves. */
static enum result
listen_bind_path(const struct listen_options *o, const char *path, int fd,
    struct unix_claim *claim, struct error *err)
{
	mode_t before = 0;
	enum result result;

	if (o->replace && path[0] != '@')
		unlink(path);
	if (o->mode != -1)
		before = umask((mode_t)(~o->mode & 0777));
	result = unixpath_bind(fd, o->socket->type, path, claim, err);
	if (o->mode != -1)
		umask(before);
	return result;
}

static enum result
listen_open_path(const struct listen_options *o, const char *path, int backlog,
    struct listener *l, struct error *err)
{
	const struct addr any = { .ss = { .ss_family = AF_UNIX } };
	enum result result;
	struct addr taken;
	int fd;

	fd = socket(AF_UNIX, o->socket->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socket");
	l->fd[l->count++] = fd;
	result = sockopt_apply(fd, o->socket->type, &any, SOCKET_LISTEN,
	    o->socket, err);
	if (result == RESULT_OK)
		result = listen_bind_path(o, path, fd, &l->claim, err);
	if (result == RESULT_OK) {
		addr_local(fd, &l->addr[0]);
		result = listen_start(l, backlog, &taken, err);
	}
	return result;
}

int
listen_backlog(const struct listen_options *o)
{
	return o->backlog > 0 ? o->backlog : listen_queue_most();
}

/* They are open, or not. */
static enum result
listen_opened(const struct listen_options *o, struct listener *l, int backlog,
    enum result result)
{
	if (result != RESULT_OK)
		listen_close(l);
	l->opened = l->count;
	for (size_t i = 0; i < l->count; i++)
		listen_say_open(o, l, i, backlog);
	l->listens = result == RESULT_OK && l->type != SOCK_DGRAM;
	return result;
}

enum result
listen_open(const struct listen_options *o, const char *host, uint16_t port,
    int64_t deadline, struct listener *l, struct error *err)
{
	struct resolve_query query = { .host = host, .port = port,
	    .family = o->socket->family, .numeric = o->socket->numeric };
	struct addr_list list = { NULL, 0 };
	int backlog = listen_backlog(o);
	enum result result;

	*l = (struct listener){ .type = o->socket->type };
	result = resolve(&query, deadline, &list, err);
	if (result == RESULT_OK && o->first_only)
		result = listen_open_first(o, &list, backlog, l, err);
	else if (result == RESULT_OK && list.count > LISTEN_MAX)
		result = error_set(err, RESULT_LOCAL, "%s: more than %d "
		    "addresses", host, LISTEN_MAX);
	else if (result == RESULT_OK)
		result = listen_open_list(o, &list, backlog, l, err);
	addr_list_free(&list);
	return listen_opened(o, l, backlog, result);
}

enum result
listen_open_unix(const struct listen_options *o, const char *path,
    struct listener *l, struct error *err)
{
	int backlog = listen_backlog(o);

	*l = (struct listener){ .type = o->socket->type };
	return listen_opened(o, l, backlog,
	    listen_open_path(o, path, backlog, l, err));
}

/* While the sockets still listen. */
static void
listen_look_last(struct listener *l)
{
	char where[ADDR_TEXT_MAX];

	for (size_t i = 0; i < l->count && l->listens; i++)
		log_line(LOG_STEP, "no longer listening on %s",
		    addr_format_words(&l->addr[i], where));
	l->listens = false;
	for (size_t i = 0; i < l->count && l->watch; i++)
		listen_queue_look(&l->queue[i], l->fd[i]);
}

void
listen_stop(struct listener *l)
{
	listen_look_last(l);
	unixpath_release(&l->claim);
	if (l->source.close != NULL)
		l->source.close(l->source.context);
	for (size_t i = 0; i < l->count && !l->borrowed; i++)
		shutdown(l->fd[i], SHUT_RDWR);
}

void
listen_close(struct listener *l)
{
	listen_look_last(l);
	unixpath_release(&l->claim);
	if (l->source.close != NULL)
		l->source.close(l->source.context);
	listen_discard(l);
}
