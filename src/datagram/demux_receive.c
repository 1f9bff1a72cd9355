/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "datagram/demux_state.h"
#include "datagram/events.h"
#include "datagram/route.h"

/* Datagrams that a socket may hold, and in how many turns they are taken. */
#define QUEUED_MOST	100000
#define REFUSAL_TURNS	(QUEUED_MOST / DGRAM_BATCH)

/* Refusals looked at in one turn. */
#define REFUSALS_MOST	256

/* What a cookie is made of and so good for: one greeting from one address,
 * while the session there is the same one, so that a greeting of old can't take
 * its place. */
struct cookie_input {
	struct sockaddr_storage	 from;
	unsigned char		 random[DTLS_RANDOM_SIZE];
	uint64_t		 session;	/* its serial, 0: none */
};

/* --- the only client ----------------------------------------------------- */

/* What came before it was connected: greetings, of others or once more, and
 * that somebody has gone. */
static void
demux_empty(int fd)
{
	char byte;

	for (int i = 0; i < QUEUED_MOST && (recv(fd, &byte, 1, MSG_DONTWAIT) !=
	    -1 || errno == ECONNREFUSED); i++)
		continue;
}

static void
demux_close_sockets(struct demux *d)
{
	for (size_t i = 0; i < d->l->count; i++) {
		if (d->l->fd[i] == -1)
			continue;
		events_remove(d->epoll_fd, d->l->fd[i]);
		close(d->l->fd[i]);
		d->l->fd[i] = -1;
	}
}

/* It may have the socket itself, and others are refused by the system.  False:
 * that can't be. */
static bool
demux_hand_over(struct demux *d, size_t i, const struct dgram *dgram)
{
	struct connection c = demux_connection(d, i, dgram);
	int fd = d->l->fd[i];

	if (d->o->server.keep_open || d->l->borrowed ||
	    !route_begins_at(&c.remote, &c.local) ||
	    connect(fd, &c.remote.sa, c.remote.len) == -1)
		return false;
	events_remove(d->epoll_fd, fd);
	refusal_want(fd, false);
	demux_empty(fd);
	d->l->fd[i] = -1;
	demux_close_sockets(d);
	c.fd = fd;
	c.type = SOCK_DGRAM;
	c.first = xmalloc(dgram->length);
	memcpy(c.first, dgram->data, dgram->length);
	c.first_length = dgram->length;
	demux_backlog_add(d, &c, NULL);
	return true;
}

/* --- datagrams ----------------------------------------------------------- */

static void
demux_greet(struct demux *d, size_t i, const struct dgram *dgram,
    const unsigned char *random)
{
	struct demux_session *before = demux_find(d, &dgram->from, i);
	unsigned char answer[TLS_ANSWER_MAX];
	struct dgram_piece piece = { answer, 0 };
	struct cookie_input input;

	if (!access_admits(d->access, &dgram->from))
		return;
	memset(&input, 0, sizeof(input));
	memcpy(&input.from, &dgram->from.ss, dgram->from.len);
	memcpy(input.random, random, sizeof(input.random));
	input.session = before == NULL ? 0 : before->serial;
	switch (tls_greet(d->run->tls, &input, sizeof(input),
	    dgram->data, dgram->length, answer, &piece.length)) {
	case TLS_GREETING_BAD:
		break;
	case TLS_GREETING_UNPROVEN:
		demux_send(d, d->l->fd[i], &piece, 1, &dgram->from,
		    &dgram->to);
		break;
	case TLS_GREETING_PROVEN:
		if (demux_admission(d) != ADMIT_ONE)
			break;		/* it will try again */
		/* RFC 6347, section 4.2.8: it has begun anew. */
		if (before != NULL)
			demux_drop(d, before);
		if (!demux_hand_over(d, i, dgram))
			demux_add(d, i, dgram, random);
		break;
	}
}

static void
demux_take(struct demux *d, size_t i, const struct dgram *dgram,
    struct burst *burst)
{
	struct demux_session *s = demux_find(d, &dgram->from, i);
	const unsigned char *random = dtls_greeting_random(dgram->data,
	    dgram->length);
	/* The same greeting once more is the session's. */
	bool known = s != NULL && (random == NULL ||
	    memcmp(random, s->random, sizeof(s->random)) == 0);

	if (!known || burst->fd != s->fd || burst->count == DGRAM_BATCH)
		demux_deliver(burst);
	if (known)		/* its own, for all that is known here */
		s->suspicion.errnum = 0;
	if (known && dgram->length > 0) {
		peer_table_touch(&d->table, &s->peer, clock_now());
		burst->fd = s->fd;
		burst->piece[burst->count++] = (struct dgram_piece){
			dgram->data, dgram->length };
	} else if (!known && random != NULL &&
	    demux_admission(d) != ADMIT_NOBODY) {
		demux_greet(d, i, dgram, random);
	}
}

void
demux_from_net(struct demux *d, size_t i)
{
	struct burst burst = { .count = 0 };
	struct dgram dgram;

	if (receiver_receive(&d->net, d->l->fd[i], DGRAM_BATCH) < 1)
		return;
	while (d->l->fd[i] != -1 && receiver_next(&d->net, &dgram)) {
		if (dgram.from.len > 0)
			demux_take(d, i, &dgram, &burst);
	}
	demux_deliver(&burst);
}

/* --- refusals ------------------------------------------------------------ */

/* Who has gone is dropped behind what came before. */
void
demux_take_refusals(struct demux *d, size_t i)
{
	struct refusal r;

	for (int n = 0; n < REFUSALS_MOST && refusal_read(d->l->fd[i], &r);
	    n++) {
		struct demux_session *s = demux_find(d, &r.to, i);

		if (s == NULL || refusal_judge(&r, &s->sent, clock_now(),
		    &s->suspicion) != REFUSAL_COUNTS)
			continue;
		s->refused = true;
		if (d->refusal_turns == 0)
			d->refusal_turns = REFUSAL_TURNS;
	}
}
