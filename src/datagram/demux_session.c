/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "datagram/demux_state.h"
#include "datagram/events.h"
#include "net/sockopt.h"

/* The network is asked so often, for so long, to take what it had no room
 * for. */
#define SEND_TRIES	3
#define SEND_PATIENCE	(100 * CLOCK_MS)

/* When somebody has waited for WAIT_LEAST, who is silent for SILENCE_LEAST
 * makes room: it may be gone, and nobody would ever be told. */
#define WAIT_LEAST	CLOCK_SECOND
#define SILENCE_LEAST	(20 * CLOCK_SECOND)

/* --- the table ----------------------------------------------------------- */

struct demux_session *
demux_find(struct demux *d, const struct addr *remote, size_t socket)
{
	return (struct demux_session *)peer_table_find(&d->table, remote,
	    socket);
}

void
demux_drop(struct demux *d, struct demux_session *s)
{
	demux_backlog_drop(d, s);
	peer_table_remove(&d->table, &s->peer);
	peer_table_forget(&d->table, &s->peer);
	events_remove(d->epoll_fd, s->fd);
	close(s->fd);
	free(s);
}

void
demux_drop_refused(struct demux *d)
{
	struct peer *p = peer_table_first(&d->table), *next;

	d->refusal_turns = 0;
	for (; p != NULL; p = next) {
		struct demux_session *s = (struct demux_session *)p;

		next = peer_table_next(p);
		if (s->refused)
			demux_drop(d, s);
	}
}

/* --- to a session -------------------------------------------------------- */

/* Who waits for a session keeps others waiting. */
void
demux_deliver(struct burst *burst)
{
	const struct dgram_piece *piece = burst->piece;
	size_t count = burst->count, whole = 0;

	burst->count = 0;
	while (count > 0) {
		int n = dgram_send(burst->fd, piece, count, NULL, NULL,
		    &whole);

		if (n == -1) {
			log_line(LOG_DETAIL, "%zu datagrams were lost: %s",
			    count, strerror(errno));
			return;
		}
		piece += n;
		count -= (size_t)n;
	}
}

struct connection
demux_connection(const struct demux *d, size_t i, const struct dgram *dgram)
{
	struct connection c = { .fd = -1, .remote = dgram->from };

	c.local = dgram->to.len > 0 ? dgram->to : d->l->addr[i];
	addr_set_port(&c.local, addr_port(&d->l->addr[i]));
	return c;
}

void
demux_add(struct demux *d, size_t i, const struct dgram *dgram,
    const unsigned char *random)
{
	struct connection c = demux_connection(d, i, dgram);
	struct demux_session *s;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, pair) == -1) {
		log_line(LOG_STEP, "accept: %s", strerror(errno));
		return;		/* it will greet again */
	}
	sockopt_long_send_queue(pair[0], &d->o->socket);
	s = xcalloc(1, sizeof(*s));
	s->peer.remote = dgram->from;
	s->peer.local = dgram->to;
	s->peer.socket = i;
	s->fd = pair[0];
	s->serial = ++d->serial;
	memcpy(s->random, random, sizeof(s->random));
	peer_table_insert(&d->table, &s->peer, clock_now());
	events_add(d->epoll_fd, s->fd, EVENT_PEER, s->peer.number);
	demux_deliver(&(struct burst){ .fd = s->fd, .count = 1,
	    .piece = { { dgram->data, dgram->length } } });
	c.fd = pair[1];
	c.type = SOCK_SEQPACKET;
	demux_backlog_add(d, &c, s);
}

/* --- from a session ------------------------------------------------------ */

void
demux_send(struct demux *d, int fd, const struct dgram_piece *piece,
    size_t count, const struct addr *to, const struct addr *from)
{
	int failures = 0;

	while (count > 0 && failures < SEND_TRIES) {
		int n = dgram_send(fd, piece, count, to, from, &d->segment);

		if (n == -1 && errno == EAGAIN)
			wait_fd(fd, POLLOUT, clock_after(clock_now(),
			    SEND_PATIENCE), WAIT_NO_SIGNALS);
		/* A refusal may have been for another one. */
		else if (n == -1 && errno != ECONNREFUSED)
			n = 1;		/* lost, as on any network */
		if (n == -1) {
			failures++;
		} else {
			piece += n;
			count -= (size_t)n;
		}
	}
}

enum moved
demux_from_session(struct demux *d, struct demux_session *s)
{
	struct dgram_piece piece[DGRAM_BATCH];
	struct dgram dgram;
	size_t count = 0;
	bool ended = false;

	if (receiver_receive(&d->local, s->fd, DGRAM_BATCH) == -1)
		return MOVED_NOTHING;
	while (!ended && receiver_next(&d->local, &dgram)) {
		ended = dgram.length == 0;
		if (ended)
			break;
		sent_note(&s->sent, dgram.data, dgram.length);
		piece[count++] = (struct dgram_piece){ dgram.data,
		    dgram.length };
	}
	peer_table_touch(&d->table, &s->peer, clock_now());
	demux_send(d, d->l->fd[s->peer.socket], piece, count, &s->peer.remote,
	    &s->peer.local);
	return ended ? MOVED_ALL : MOVED_SOME;
}

/* --- room ---------------------------------------------------------------- */

/* Of those who are served; or NULL. */
static struct demux_session *
demux_longest_silent(struct demux *d)
{
	struct peer *p = peer_table_first(&d->table);

	while (p != NULL && demux_backlog_has(d, (struct demux_session *)p))
		p = peer_table_next(p);
	return (struct demux_session *)p;
}

/* Those who are served one after the other, and the members of a broker, may
 * well be silent. */
bool
demux_makes_room(const struct demux *d)
{
	return d->o->server.keep_open &&
	    (d->o->command.argv != NULL || d->o->forward.text != NULL);
}

void
demux_make_room(struct demux *d)
{
	int64_t now = clock_now(), silence;
	struct demux_session *s;
	char text[ADDR_TEXT_MAX], span[32];

	if (now < d->room_at || demux_backlog_waits(d, now) < WAIT_LEAST)
		return;
	s = demux_longest_silent(d);
	if (s == NULL)
		return;
	silence = now - s->peer.active;
	if (silence < SILENCE_LEAST)
		return;
	log_line(LOG_ERROR, "no room for more clients: %s, silent for %s, "
	    "makes some", addr_format(&s->peer.remote, text),
	    clock_format(span, sizeof(span), silence));
	demux_drop(d, s);
	d->room_at = now + WAIT_LEAST;
}
