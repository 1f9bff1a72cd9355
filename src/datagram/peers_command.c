/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datagram/events.h"
#include "datagram/peers_state.h"
#include "datagram/route.h"
#include "serve/environment.h"

/* A command's message, less the 32 bytes that the kernel wants for itself. */
#define MESSAGE_MOST	(DGRAM_MAX + 1 + 32)

static enum result
peers_start_command(struct peers *ps, struct association *a, struct error *err)
{
	const struct addr local = route_local(ps->l->fd[a->peer.socket],
	    &a->peer.local);
	const struct environment_peer who = {
		.proto = ps->o->socket.family == AF_UNIX ? "UNIX" : "UDP",
		.local = &local,
		.remote = &a->peer.remote,
		.stranger = true,
		.fd = -1,
	};
	const int half = MESSAGE_MOST / 2;	/* the kernel doubles it */
	enum result result;
	char **env;
	int pair[2];

	/* Its messages are datagrams, and it has an end. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socketpair");
	/* One that is too long has to fail where it is written. */
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &half, sizeof(half));
	env = environment_make(&who);
	result = command_start(&a->command, ps->o, pair[1], NULL, env, err);
	environment_free(env);
	close(pair[1]);
	a->c.fd = pair[0];
	return result;
}

bool
peers_begin_command(struct peers *ps, struct association *a)
{
	struct error err;
	enum result result = peers_start_command(ps, a, &err);

	/* Out of descriptors, or processes. */
	if (result == RESULT_LOCAL && peers_make_room(ps, a)) {
		connection_close(&a->c);
		result = peers_start_command(ps, a, &err);
	}
	if (result != RESULT_OK) {
		peers_fail(ps, a, &err);
		return false;
	}
	events_add(ps->epoll_fd, a->c.fd, EVENT_PEER, a->peer.number);
	return true;
}
