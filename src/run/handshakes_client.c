/* SPDX-License-Identifier: ISC */
/* The steps of one handshake; see handshakes.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/blocking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "run/handshakes_state.h"

/* Its end before its time.  Of a session that is not stacked. */
static enum result
client_set_fate(struct client *c, enum fate fate, struct error *err)
{
	switch (fate) {
	case FATE_NONE:
		break;
	case FATE_TIME:
	case FATE_OTHERS:
		return session_stack_late(&c->session, fate == FATE_OTHERS,
		    err);
	case FATE_STOP:
		session_stack_undo(&c->session);
		return error_interrupted(err);
	}
	return RESULT_OK;
}

/* It has gone. */
static enum workers_next
client_end(struct handshakes *h, struct client *c)
{
	handshakes_remove(h, c);
	session_close(&c->session, false);
	h->ops->failed(h->context, c->session.unwelcome, c->err);
	free(c->err);
	free(c);
	return WORKERS_DONE;
}

/* What the peer still says is read, for a while: unread, it would turn the end
 * into a reset, which could destroy the alert that says why. */
static enum workers_next
client_part(struct handshakes *h, struct client *c, short wants[2])
{
	char data[4096];
	ssize_t got;

	got = stream_read(c->session.net, data, sizeof(data));
	if (got == 0 || (got == -1 && errno != EAGAIN) ||
	    handshakes_fate(h, c) != FATE_NONE)
		return client_end(h, c);
	wants[0] = POLLIN;
	return WORKERS_PARK;
}

/* Why is in e; the session's stream is what is below the layer. */
static enum workers_next
client_fail(struct handshakes *h, struct client *c, const struct error *e,
    short wants[2])
{
	struct session *s = &c->session;

	c->err = xcalloc(1, sizeof(*c->err));
	session_fail(s, e, c->err);
	if (e->result != RESULT_DENIED || s->net == NULL)
		return client_end(h, c);
	c->state = HANDSHAKE_PARTING;
	stream_shutdown(s->net);
	pthread_mutex_lock(&h->lock);
	c->until = clock_now() + SESSION_PARTING_TIME;
	handshakes_tick_at(h, c->until);
	pthread_mutex_unlock(&h->lock);
	return client_part(h, c, wants);
}

/* All layers are there.  Who is given up now has been shut down already. */
static enum workers_next
client_done(struct handshakes *h, struct client *c)
{
	enum fate fate = handshakes_remove(h, c);
	struct session *s = &c->session;
	struct error e, err;

	if (fate == FATE_NONE) {
		h->ops->done(h->context, s);
	} else {
		session_close(s, false);
		if (fate == FATE_STOP)
			error_interrupted(&e);
		else
			error_set(&e, RESULT_TIMEOUT,
			    "the handshake was done too late");
		session_fail(s, &e, &err);
		h->ops->failed(h->context, false, &err);
	}
	free(c);
	return WORKERS_DONE;
}

/* A step, once the greeting is there. */
static enum workers_next
client_step(struct handshakes *h, struct client *c, short wants[2])
{
	struct error e = { .result = RESULT_OK };
	struct layer_wait wait;
	bool done;

	if (session_stack_step(&c->session, &done, &wait, &e) != RESULT_OK)
		return client_fail(h, c, &e, wants);
	if (done)
		return client_done(h, c);
	wants[0] = wait.events;
	handshakes_wait(h, c, wait.events);
	return WORKERS_PARK;
}

static enum workers_next
client_meet(struct handshakes *h, struct client *c, short wants[2])
{
	pthread_mutex_lock(&h->lock);
	c->greeted = true;
	pthread_mutex_unlock(&h->lock);
	c->state = HANDSHAKE_UNDER_WAY;
	return client_step(h, c, wants);
}

static enum workers_next
client_rebuff(struct handshakes *h, struct client *c, const struct layer *l,
    short wants[2])
{
	struct session *s = &c->session;
	struct error e;
	size_t n;
	const unsigned char *answer = l->rebuff(&n, &e);

	s->net = stream_from_connection(&s->connection);
	stream_write(s->net, answer, n);
	return client_fail(h, c, &e, wants);
}

/* Be woken when so many bytes are there, and not for each.  False: it can't be
 * had. */
static bool
client_wait_for(struct client *c, size_t bytes)
{
	const struct connection *connection = &c->session.connection;
	int low = (int)bytes;

	if (bytes <= c->low_water ||
	    (connection->remote.sa.sa_family != AF_INET &&
	    connection->remote.sa.sa_family != AF_INET6))
		return false;
	c->low_water = bytes;
	return setsockopt(connection->fd, SOL_SOCKET, SO_RCVLOWAT, &low,
	    sizeof(low)) == 0;
}

/* What the first layer says of what is there, without taking it. */
static enum layer_greeting
client_look(const struct client *c, const struct layer *l, size_t *need)
{
	unsigned char head[LAYER_HEAD];
	int fd = c->session.connection.fd, there = 0;
	ssize_t got = recv(fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);

	*need = 1;
	if (got == -1 && errno == EAGAIN)
		return GREETING_MORE;
	if (got <= 0)
		return GREETING_THERE;
	if (got < LAYER_HEAD || ioctl(fd, FIONREAD, &there) == -1 ||
	    there < got)
		there = (int)got;
	return l->look(head, (size_t)there, need);
}

/* Wait for the greeting.  What can't be waited for goes to the layer. */
static enum workers_next
client_greet(struct handshakes *h, struct client *c, short wants[2])
{
	size_t i = 0, need;
	const struct layer *l = layers_next(h->run, c->session.side, &i);
	enum layer_greeting greeting;

	if (l == NULL || l->look == NULL)
		return client_meet(h, c, wants);
	wants[0] = POLLIN;
	greeting = client_look(c, l, &need);
	if (greeting == GREETING_MORE && (need == 1 ||
	    client_wait_for(c, need)))
		return WORKERS_PARK;
	if (c->low_water > 1)
		setsockopt(c->session.connection.fd, SOL_SOCKET, SO_RCVLOWAT,
		    &(int){ 1 }, sizeof(int));
	return greeting == GREETING_TOO_LONG ? client_rebuff(h, c, l, wants) :
	    client_meet(h, c, wants);
}

/* Of datagrams, in a thread. */
static enum workers_next
client_stack(struct handshakes *h, struct client *c)
{
	struct session *s = &c->session;
	struct error e = { .result = RESULT_OK }, err;
	enum result result;
	enum fate fate;

	blocking_begins();
	result = session_stack(s, &err);
	fate = handshakes_remove(h, c);
	if (c->fd != -1)
		close(c->fd);
	if (result == RESULT_OK) {
		h->ops->done(h->context, s);
	} else {
		if (fate != FATE_NONE && client_set_fate(c, fate, &e) !=
		    RESULT_OK)
			session_fail(s, &e, &err);
		h->ops->failed(h->context, false, &err);
	}
	free(c);
	return WORKERS_DONE;
}

static enum workers_next
client_turn(void *context, void *client, const short revents[2],
    short wants[2])
{
	struct handshakes *h = context;
	struct client *c = client;
	struct error e = { .result = RESULT_OK };

	(void)revents;
	log_set_connection(c->session.number);
	if (h->datagrams && c->state == HANDSHAKE_BEGUN) {
		c->state = HANDSHAKE_UNDER_WAY;
		wants[0] = POLLIN | POLLOUT;	/* at once, in a worker */
		return WORKERS_PARK;
	}
	if (h->datagrams)
		return client_stack(h, c);
	if (c->state == HANDSHAKE_PARTING)
		return client_part(h, c, wants);
	if (client_set_fate(c, handshakes_fate(h, c), &e) != RESULT_OK)
		return client_fail(h, c, &e, wants);
	return c->state == HANDSHAKE_UNDER_WAY ? client_step(h, c, wants) :
	    client_greet(h, c, wants);
}

void
handshakes_begin(struct handshakes *h, struct session *s)
{
	struct client *c = xcalloc(1, sizeof(*c));
	int fd[2] = { s->connection.fd, -1 };

	c->session = *s;
	/* That of datagrams may be closed where we can't see it. */
	c->fd = h->datagrams ? fcntl(fd[0], F_DUPFD_CLOEXEC, 0) : fd[0];
	c->begun = clock_now();
	c->until = h->datagrams ? CLOCK_NEVER : session_handshake_deadline(s);
	c->greeted = h->datagrams;
	handshakes_add(h, c);
	workers_park(h->workers, client_turn, h, c, fd);
}
