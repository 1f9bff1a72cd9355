/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/dial_datagram.h"
#include "datagram/events.h"
#include "datagram/peers_state.h"

/* Bytes that are kept for one peer, and for all. */
#define KEPT_ONE	(64 * 1024)
#define KEPT_ALL	(16 * 1024 * 1024)

/* A datagram is given to the target's socket so often: refusals of earlier ones
 * come first. */
#define SEND_TRIES	3

/* --- what is kept -------------------------------------------------------- */

static void
peers_count_kept(struct peers *ps, struct association *a)
{
	ps->kept += a->retarget.doubt.bytes - a->kept;
	a->kept = a->retarget.doubt.bytes;
}

/* How much may be kept for it. */
static size_t
peers_keep_most(const struct peers *ps, const struct association *a)
{
	size_t room = ps->kept < KEPT_ALL ? KEPT_ALL - ps->kept : 0;

	return a->kept + room < KEPT_ONE ? a->kept + room : KEPT_ONE;
}

bool
peers_send_kept(struct peers *ps, struct association *a)
{
	int n = 0;

	while (retarget_waits(&a->retarget) && n != -1)
		n = retarget_send(&a->retarget, &a->segment, clock_now());
	peers_count_kept(ps, a);
	return n != -1;
}

/* --- its addresses ------------------------------------------------------- */

/* The address that answered last comes first. */
static void
peers_copy_found(const struct peers *ps, struct addr_list *list)
{
	const struct addr_list *found = &ps->lookup.found;
	const struct addr *first = NULL;

	for (size_t i = 0; i < found->count; i++) {
		if (addr_equal(&found->addr[i], &ps->lookup.answers))
			first = &found->addr[i];
	}
	if (first != NULL)
		addr_list_add(list, first);
	for (size_t i = 0; i < found->count; i++) {
		if (&found->addr[i] != first)
			addr_list_add(list, &found->addr[i]);
	}
}

enum result
peers_dial(struct peers *ps, struct association *a, struct error *err)
{
	enum result result;

	if (ps->o->forward.target.kind == ENDPOINT_UNIX) {
		result = dial_unix(&ps->o->forward.dial,
		    ps->o->forward.target.path, ps->deadline, &a->c, err);
	} else {
		connection_close(&a->c);
		a->c.next_target = 0;
		peers_copy_found(ps, &a->c.targets);
		result = dial_next(&ps->o->forward.dial, ps->deadline, &a->c,
		    err);
	}
	if (result == RESULT_OK)
		a->segment = dgram_segment_limit(a->c.fd);
	return result;
}

/* There may be another socket, with the same number. */
static void
peers_follow(struct peers *ps, struct association *a)
{
	if (a->trades == a->retarget.trades)
		return;
	a->trades = a->retarget.trades;
	a->segment = dgram_segment_limit(a->c.fd);
	events_add(ps->epoll_fd, a->c.fd, EVENT_PEER, a->peer.number);
}

/* True: there is another address, and what was refused went there; or somebody
 * else has the path by now. */
static bool
peers_go_on(struct peers *ps, struct association *a, int errnum)
{
	bool goes_on;

	if (a->c.remote.sa.sa_family == AF_UNIX)
		return connect(a->c.fd, &a->c.remote.sa, a->c.remote.len) == 0;
	while ((goes_on = retarget_refused(&a->retarget, errnum,
	    clock_now()))) {
		peers_follow(ps, a);
		if (peers_send_kept(ps, a))
			break;
		errnum = errno;
	}
	return goes_on;
}

bool
peers_target_failed(struct peers *ps, struct association *a, int errnum)
{
	char text[128];

	if (peers_go_on(ps, a, errnum))
		return true;
	a->refused = true;
	snprintf(text, sizeof(text), "--forward: the target: %s",
	    strerror(errnum));
	/* What is too long is the peer's fault. */
	if (errnum != EMSGSIZE || log_enabled(LOG_STEP))
		peers_tell(ps, a, text);
	return false;
}

void
peers_target_answers(struct peers *ps, struct association *a)
{
	if (a->command.pid != 0)
		return;
	retarget_answered(&a->retarget);
	peers_count_kept(ps, a);
	ps->lookup.answers = a->c.remote;
}

/* --- sending ------------------------------------------------------------- */

/* A refusal of an earlier one comes first, and does not say that this one was
 * sent.  Returns what dgram_send() does. */
static int
peers_try_to_send(struct peers *ps, struct association *a,
    const struct dgram_piece *piece)
{
	int n = -1;

	if (a->refused && a->command.pid == 0 &&
	    retarget_restart(&a->retarget))
		peers_follow(ps, a);
	a->refused = false;
	for (int i = 0; n == -1 && i < SEND_TRIES; i++) {
		int errnum;

		n = dgram_send(a->c.fd, piece, 1, NULL, NULL, &a->segment);
		errnum = errno;
		if (n == -1 && (a->command.pid != 0 || errnum == EAGAIN ||
		    (!peers_target_failed(ps, a, errnum) &&
		    errnum != ECONNREFUSED)))
			i = SEND_TRIES;
		errno = errnum;
	}
	return n;
}

static void
peers_lost(struct association *a, int errnum)
{
	if (errnum == EAGAIN || errnum == ENOBUFS)
		a->datagrams.lost++;
	if (errnum != EAGAIN)
		log_line(LOG_DETAIL, "a datagram was lost: %s",
		    strerror(errnum));
}

/* A full queue loses datagrams, as on any network. */
void
peers_to_target(struct peers *ps, struct association *a,
    const struct dgram_piece *piece)
{
	a->retarget.most = peers_keep_most(ps, a);
	if (a->waiting) {
		if (!doubt_wait(&a->retarget.doubt, piece, a->retarget.most))
			peers_lost(a, ENOBUFS);
	} else if (peers_try_to_send(ps, a, piece) == -1) {
		peers_lost(a, errno);
	} else if (a->command.pid == 0) {
		retarget_sent(&a->retarget, piece, 1, clock_now());
	}
	peers_count_kept(ps, a);
}
