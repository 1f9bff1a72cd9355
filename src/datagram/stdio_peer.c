/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "datagram/route.h"
#include "datagram/stdio_state.h"
#include "io/refusal.h"
#include "net/dial_retry.h"
#include "net/life.h"
#include "net/sockopt.h"
#include "report/record.h"

/* --- failures ------------------------------------------------------------ */

void
stdio_fail(struct stdio *io, enum result result, const char *what, int errnum)
{
	io->result = error_set_errno(io->err, result, errnum, "%s", what);
	io->done = true;
}

void
stdio_prepare_socket(struct stdio *io, int fd)
{
	size_t segment = dgram_segment_limit(fd);

	dgram_merge(fd);
	sockopt_long_receive_queue(fd, &io->o->socket);
	if (segment < io->segment)
		io->segment = segment;
}

void
stdio_follow(struct stdio *io)
{
	if (io->trades == io->retarget->trades)
		return;
	io->trades = io->retarget->trades;
	io->peer.remote = io->c->remote;
	stdio_prepare_socket(io, io->peer_fd);
}

static bool
stdio_retarget(struct stdio *io, int errnum)
{
	if (io->retarget == NULL ||
	    !retarget_refused(io->retarget, errnum, io->now))
		return false;
	stdio_follow(io);
	if (io->retarget->not_before > io->hold_until)
		io->hold_until = io->retarget->not_before;
	io->send_waits = false;
	return true;
}

void
stdio_network_failed(struct stdio *io, const char *what, int errnum)
{
	char peer[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 64];

	if (stdio_retarget(io, errnum))
		return;
	snprintf(text, sizeof(text), "%s: %s",
	    addr_format(&io->peer.remote, peer), what);
	if (io->many) {		/* one peer's trouble is not the others' */
		log_line(LOG_ERROR, "%s: %s", text, strerror(errnum));
		return;
	}
	stdio_fail(io, error_network_result(errnum), text, errnum);
	if (io->retarget != NULL && retarget_is_over(io->retarget, io->now))
		dial_retry_over(io->retarget->dial, io->err);
}

/* --- the peer ------------------------------------------------------------ */

/* Whether the kernel may be told who the peer is: what we send has to come from
 * where that has sent to. */
static bool
stdio_may_connect(const struct stdio *io, const struct dgram *d)
{
	if (stdio_is_nameless(io) || d->group)
		return false;
	return d->to.len == 0 || route_begins_at(&d->from, &d->to);
}

/* The first peer of a listener is the only one: the other sockets close. */
static void
stdio_settle_peer(struct stdio *io, const struct dgram *d)
{
	for (size_t i = 0; i < io->count; i++) {
		if (io->fd[i] != io->peer_fd) {
			close(io->fd[i]);
			io->fd[i] = -1;
		}
	}
	io->connected = stdio_may_connect(io, d) &&
	    connect(io->peer_fd, &d->from.sa, d->from.len) == 0;
	if (!io->connected)	/* refusals are told all the same */
		refusal_want(io->peer_fd, true);
}

void
stdio_enter(struct stdio *io)
{
	if (!io->serves)
		progress_enter(io->progress, &io->served, io->many ||
		    io->anybody ? NULL : &io->peer.remote);
	io->serves = true;
}

static void
stdio_take_peer(struct stdio *io, int fd, const struct dgram *d)
{
	char remote[ADDR_TEXT_MAX], local[ADDR_TEXT_MAX];
	const struct addr on = route_local(fd, &d->to);

	io->peer_fd = fd;
	io->heard = io->now;
	if (!io->many)
		stdio_settle_peer(io, d);
	stdio_enter(io);
	life_tell(&(struct life_event){ .kind = LIFE_ACCEPTED,
	    .type = SOCK_DGRAM, .local = &on, .remote = &io->peer.remote });
	log_line(LOG_STEP, "accepted %s on %s",
	    addr_format(&io->peer.remote, remote), addr_format(&on, local));
}

void
stdio_reload(struct stdio *io)
{
	const struct record record = { .remote = &io->peer.remote,
	    .how = "it is denied now" };

	if (!access_reload_if_asked(io->access, io->deadline) ||
	    !io->peer.known || access_still_admits(io->access,
	    &io->peer.remote, &io->peer.pass))
		return;
	record_say(&record);
	io->peer.known = false;
}

bool
stdio_accept(struct stdio *io, int fd, const struct dgram *d)
{
	char text[ADDR_TEXT_MAX];

	if (io->anybody)
		return true;
	stdio_reload(io);
	switch (current_admit(&io->peer, io->connected ? NULL : io->access,
	    &d->from, &d->to, io->many)) {
	case SENDER_DENIED:
		return false;
	case SENDER_NEW:
		stdio_take_peer(io, fd, d);
		return true;
	case SENDER_SAME:
		return true;
	case SENDER_OTHER:
		break;
	}
	/* connect(2) leaves those in the queue that came before it. */
	if (io->initiator)
		return true;
	log_line(LOG_STEP, "dropped %zu bytes from %s, who is not the peer",
	    d->length, addr_format(&d->from, text));
	return false;
}

bool
stdio_is_nameless(const struct stdio *io)
{
	return io->peer.known && io->peer.remote.len <= sizeof(sa_family_t);
}
