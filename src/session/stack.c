/* SPDX-License-Identifier: ISC */
/* The layers of a session. */
#include <errno.h>
#include <poll.h>

#include "base/blocking.h"
#include "base/log.h"
#include "base/wait.h"
#include "net/dial_datagram.h"
#include "net/dial_retry.h"
#include "session/dialling.h"
#include "session/retarget.h"
#include "session/session.h"

/* A listener does not wait for ever for a client that says nothing. */
#define ACCEPT_HANDSHAKE	(10 * CLOCK_SECOND)

int64_t
session_handshake_deadline(const struct session *s)
{
	int64_t limit = s->run->options->dial.timeout;

	if (limit == CLOCK_NEVER && s->run->options->listening)
		limit = ACCEPT_HANDSHAKE;
	return clock_earlier(s->run->deadline, clock_after(clock_now(),
	    limit));
}

/* --- in steps ------------------------------------------------------------ */

static const struct layer *
stack_layer(struct session *s)
{
	const struct layer *l = layers_next(s->run, s->side, &s->layer);

	s->hop = layers_hop(s->run, s->side, s->layer);
	return l;
}

/* The stream of the connection alone.  Of one that may be to several addresses,
 * another is tried when one refuses, below everything else. */
static void
stack_open(struct session *s)
{
	const struct options *o = s->run->options;

	if (options_datagrams(o))
		sockopt_long_receive_queue(s->connection.fd, &o->socket);
	s->net = s->connection.targets.count > 1 ?
	    retarget_stream_new(dialling_options(s->run, s->side),
	    s->run->deadline, &s->connection) :
	    stream_from_connection(&s->connection);
}

void
session_stack_undo(struct session *s)
{
	const struct layer *l = stack_layer(s);

	if (s->begun && l != NULL && l->undo != NULL)
		l->undo(s);
	s->begun = false;
}

enum result
session_stack_late(struct session *s, bool others, struct error *err)
{
	const struct layer *l = stack_layer(s);
	enum result result = l->late(s, others, err);

	session_stack_undo(s);
	return result;
}

/* A step of the layer l. */
static enum result
stack_step(struct session *s, const struct layer *l, bool *done,
    struct layer_wait *wait, struct error *err)
{
	enum result result = RESULT_OK;

	if (!s->begun)
		result = l->begin(s, err);
	if (result != RESULT_OK)
		return result;
	s->begun = true;
	*done = l->step == NULL;
	if (!*done)
		result = l->step(s, done, wait, err);
	if (result != RESULT_OK)
		session_stack_undo(s);
	return result;
}

enum result
session_stack_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	const struct layer *l;

	*done = true;
	if (s->net == NULL)
		stack_open(s);
	while ((l = stack_layer(s)) != NULL) {
		enum result result;

		*wait = (struct layer_wait){ POLLIN, CLOCK_NEVER };
		result = stack_step(s, l, done, wait, err);
		if (result != RESULT_OK || !*done)
			return result;
		s->begun = false;
		if (s->run->report != NULL)
			s->passed[l->stage] = clock_now();
		s->layer++;
	}
	s->stacked = true;
	return RESULT_OK;
}

/* --- at once ------------------------------------------------------------- */

/* Until the layer can go on. */
static enum result
stack_wait(struct session *s, const struct layer_wait *wait, int64_t until,
    struct error *err)
{
	int64_t now = clock_now();
	enum wait_result how;

	if (now >= until)
		return session_stack_late(s, false, err);
	blocking_begins();
	how = wait_fd(s->net->in.fd, wait->events, clock_earlier(until,
	    wait->again), 0);
	if (wait_error(how, err) == RESULT_OK)
		return RESULT_OK;
	session_stack_undo(s);
	return err->result;
}

/* On the connection that there is, until then. */
static enum result
stack_once(struct session *s, int64_t until, struct error *err)
{
	struct layer_wait wait;
	struct error e = { .result = RESULT_OK };
	enum result result;
	bool done;

	do {
		result = session_stack_step(s, &done, &wait, &e);
		if (result == RESULT_OK && !done)
			result = stack_wait(s, &wait, until, &e);
	} while (result == RESULT_OK && !done);
	if (result == RESULT_OK)
		return result;
	session_fail(s, &e, err);
	if (result == RESULT_DENIED && !s->again &&
	    !options_datagrams(s->run->options))
		session_part(s);
	else
		session_close(s, false);
	return result;
}

/* Connections of datagrams, one try after the other. */
struct tries {
	const struct run	*r;
	struct connection	 next;		/* ... and those it may be to */
	int64_t			 until, pause;	/* of --retry; until 0: it has
						 * not begun */
};

/* --retry: when all have refused. */
static bool
tries_wait(struct tries *t)
{
	int64_t now = clock_now(), retry = t->r->options->dial.retry;
	struct error err;

	if (t->next.targets.count == 0 || retry == 0)
		return false;
	if (t->until == 0)
		t->until = clock_earlier(t->r->deadline,
		    clock_after(now, retry));
	if (now >= t->until || dial_pause(dial_retry_pause(&t->pause), &err) !=
	    RESULT_OK)
		return false;
	log_line(LOG_STEP, "trying again");
	t->next.next_target = 0;
	return true;
}

/* Of datagrams, a refusal comes in the handshake: then the next address is
 * tried. */
static bool
tries_next(struct tries *t, enum session_side side)
{
	struct error err;

	t->next.fd = -1;
	if (t->next.next_target == t->next.targets.count && !tries_wait(t))
		return false;
	return dial_next(dialling_options(t->r, side),
	    t->r->deadline, &t->next, &err) == RESULT_OK;
}

/* c without the other addresses. */
static struct connection
tries_connection(const struct tries *t)
{
	struct connection alone = t->next;

	alone.targets = (struct addr_list){ NULL, 0 };
	return alone;
}

static enum result
stack_with_tries(struct session *s, struct error *err)
{
	struct tries t = { .r = s->run, .next = s->connection };
	enum result result;

	s->connection = tries_connection(&t);
	result = stack_once(s, session_handshake_deadline(s), err);
	while (result == RESULT_REFUSED && tries_next(&t, s->side)) {
		s->connection = tries_connection(&t);
		s->layer = 0;
		result = stack_once(s, session_handshake_deadline(s), err);
	}
	if (result == RESULT_REFUSED && t.until != 0 &&
	    clock_now() >= t.until)
		dial_retry_over(dialling_options(s->run, s->side), err);
	addr_list_free(&t.next.targets);
	return result;
}

/* What layers kept from one connection to the next. */
static void
stack_forget(struct session *s)
{
	const struct layer *l;

	for (size_t i = 0; (l = layers_next(s->run, s->side, &i)) != NULL;
	    i++) {
		if (l->forget != NULL)
			l->forget(s);
	}
}

/* As often as a layer wants another connection, all in the time of one. */
static enum result
stack_again(struct session *s, struct error *err)
{
	int64_t until = session_handshake_deadline(s);
	enum result result = stack_once(s, until, err);
	struct connection c;

	while (result != RESULT_OK && s->again) {
		s->again = false;
		s->layer = 0;
		result = dialling_connect(s->run, s->side, &s->to, &c, err);
		if (result != RESULT_OK && s->side == SIDE_DIALLED)
			dialling_report(s->run, &s->to, &c, err);
		if (result != RESULT_OK)
			break;
		connection_move(&s->connection, &c);
		result = stack_once(s, until, err);
	}
	stack_forget(s);
	return result;
}

/* With layers, a refusal is told by these, and it is here that the next address
 * is tried. */
enum result
session_stack(struct session *s, struct error *err)
{
	if (s->stacked)
		return RESULT_OK;
	if (!layers_any(s->run, s->side))
		return stack_once(s, session_handshake_deadline(s), err);
	return options_datagrams(s->run->options) ? stack_with_tries(s, err) :
	    stack_again(s, err);
}

enum result
session_stack_connected(struct session *s, struct error *err)
{
	enum result result = dialling_fastopen(s, err);

	if (result == RESULT_OK)
		return session_stack(s, err);
	session_close(s, false);
	return result;
}

bool
session_take_socket(struct session *s)
{
	const struct addr local = s->connection.local;
	const struct addr remote = s->connection.remote;

	if (!stream_take_connection(s->net, &s->connection))
		return false;
	/* They may be what was announced. */
	s->connection.local = local;
	s->connection.remote = remote;
	s->net = NULL;
	return true;
}
