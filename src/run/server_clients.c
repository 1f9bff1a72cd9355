/* SPDX-License-Identifier: ISC */
/* The clients of a server, in its threads. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blocking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "net/life.h"
#include "run/server_state.h"
#include "session/judge.h"
#include "session/reload.h"

/* More clients than these have used memory that is worth giving back. */
#define TRIM_CLIENTS	16

void
server_rearm(struct server *s)
{
	for (size_t i = 0; i < s->l->count; i++)
		workers_rearm(s->workers, i);
}

/* --- what is told -------------------------------------------------------- */

/* A fault of our own. */
static void
server_tell(struct server *s, const char *text, size_t at)
{
	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "%s", text);
	else if (repeats_say(s->faults, text, at, clock_now()))
		wakeup_set(s->wake_fd);
}

/* Whether the fault was the connection's alone, so that the loop goes on. */
static bool
server_goes_on(const struct server *s, enum result result)
{
	return result == RESULT_OK || result == RESULT_REFUSED ||
	    result == RESULT_UNREACHABLE || result == RESULT_BROKEN ||
	    result == RESULT_DENIED ||
	    (result == RESULT_TIMEOUT && clock_now() < s->run->deadline);
}

/* One of those that are served one after another is done with. */
static void
server_judge(struct server *s, const struct error *err)
{
	bool goes_on = server_goes_on(s, err->result);

	if (err->result == RESULT_OK)
		return;
	if (goes_on)
		log_line(LOG_ERROR, "%s", err->text);
	pthread_mutex_lock(&s->lock);
	if (goes_on && s->first.result == RESULT_OK)
		s->first = *err;
	if (!goes_on && s->fault.result == RESULT_OK)
		s->fault = *err;
	if (!goes_on)	/* nobody is let in behind it */
		admission_close(&s->admission);
	pthread_mutex_unlock(&s->lock);
	if (!goes_on)
		wakeup_set(s->wake_fd);
}

/* A client is done with.  What went wrong was said for -v when it was closed;
 * our own faults are told to everybody. */
static void
server_report(struct server *s, const struct error *err)
{
	if (s->way->one_at_a_time)
		server_judge(s, err);
	else if (err->own && !log_enabled(LOG_STEP))
		server_tell(s, err->text, err->own_at);
}

void
server_reload(struct server *s)
{
	pthread_mutex_lock(&s->reload_lock);
	if (signals_reload_is_due()) {
		atomic_store(&s->reloading, true);
		reload_if_asked(s->run);
		atomic_store(&s->reloading, false);
	}
	pthread_mutex_unlock(&s->reload_lock);
}

/* Before a client is judged: read what is to be read, or wait for the one who
 * does. */
static void
server_await_reload(struct server *s)
{
	if (!signals_reload_is_due() && !atomic_load(&s->reloading))
		return;
	blocking_begins();
	server_reload(s);
}

/* --- who comes and goes -------------------------------------------------- */

/* Count a client in before it is accepted. */
static bool
server_reserve(struct server *s)
{
	bool room;

	pthread_mutex_lock(&s->lock);
	room = admission_reserve(&s->admission);
	pthread_mutex_unlock(&s->lock);
	return room;
}

/* c has come, and is one too many; to close it is left to the caller. */
static void
server_say_crowded(const struct server *s, const struct connection *c)
{
	char text[ADDR_TEXT_MAX];

	life_tell(&(struct life_event){ .kind = LIFE_REFUSED, .type = c->type,
	    .local = &c->local, .remote = &c->remote });
	log_line(LOG_STEP, "refused %s: there are %lld clients",
	    addr_format(&c->remote, text),
	    (long long)s->run->options->server.max_conns);
}

/* It is there; somebody else waits for the next.  False: it is one too many. */
static bool
server_count_in(struct server *s, size_t i, const struct connection *c)
{
	const struct server_options *o = &s->run->options->server;
	bool room, enough;

	pthread_mutex_lock(&s->lock);
	if (o->refuse_more && o->max_conns > 0 &&
	    admission_inside(&s->admission) >= (uint64_t)o->max_conns) {
		pthread_mutex_unlock(&s->lock);
		server_say_crowded(s, c);
		return false;
	}
	room = admission_came(&s->admission, clock_now());
	if (!judge_awaits_header(s->run))
		admission_count(&s->admission);
	enough = admission_enough(&s->admission);
	s->untrimmed = s->untrimmed || s->admission.clients > TRIM_CLIENTS;
	pthread_mutex_unlock(&s->lock);
	if (room)
		workers_rearm(s->workers, i);
	if (enough)
		wakeup_set(s->wake_fd);
	return true;
}

/* Nobody has kept it out by what its header says. */
static void
server_count_judged(struct server *s)
{
	bool enough;

	if (!judge_awaits_header(s->run))
		return;
	pthread_mutex_lock(&s->lock);
	admission_count(&s->admission);
	enough = admission_enough(&s->admission);
	pthread_mutex_unlock(&s->lock);
	if (enough)
		wakeup_set(s->wake_fd);
}

/* It has gone; `served': or never came, and does not count. */
static void
server_count_out(struct server *s, bool served)
{
	struct admission *a = &s->admission;
	bool open, wake;

	pthread_mutex_lock(&s->lock);
	open = admission_left(a, served, clock_now());
	wake = (open && a->accept_timeout != CLOCK_NEVER) ||
	    (a->clients == 0 && (a->one_at_a_time || s->untrimmed ||
	    a->closing || a->max_accepts > 0));
	pthread_mutex_unlock(&s->lock);
	if (open)
		server_rearm(s);
	if (wake)
		wakeup_set(s->wake_fd);
}

/* accept(2) failed. */
static void
server_not_accepted(struct server *s, size_t i, int errnum)
{
	enum listen_fault fault = listen_fault(errnum);
	char text[128];

	if (fault != LISTEN_PASSING) {
		snprintf(text, sizeof(text), "accept: %s (waiting)",
		    strerror(errnum));
		server_tell(s, text, 0);
		pthread_mutex_lock(&s->lock);
		admission_exhaust(&s->admission);
		if (fault == LISTEN_BROKEN && !s->admission.closing &&
		    s->fault.result == RESULT_OK)
			error_set_errno(&s->fault, RESULT_LOCAL, errnum,
			    "accept");
		pthread_mutex_unlock(&s->lock);
		wakeup_set(s->wake_fd);	/* it knows when to go on */
	}
	server_count_out(s, false);
	if (fault == LISTEN_PASSING)
		workers_rearm(s->workers, i);
}

/* --- whose handshake is done --------------------------------------------- */

enum place {
	PLACE_TAKEN,
	PLACE_AWAITED,		/* it is a guest now */
	PLACE_NONE,		/* nobody is served any more */
};

static enum place
server_take_place(struct server *s, const struct session *session)
{
	enum place place = PLACE_NONE;
	struct guest *guest;

	pthread_mutex_lock(&s->lock);
	if (s->fault.result == RESULT_OK)
		place = admission_take(&s->admission) ? PLACE_TAKEN :
		    PLACE_AWAITED;
	if (place == PLACE_AWAITED) {
		guest = xcalloc(1, sizeof(*guest));
		guest->session = *session;
		STAILQ_INSERT_TAIL(&s->guests, guest, link);
		wakeup_set(s->guest_fd);
	}
	pthread_mutex_unlock(&s->lock);
	return place;
}

/* Leave a place, to the one who waits for it, and who may not be *welcome any
 * more. */
static struct guest *
server_leave_place(struct server *s, bool *welcome)
{
	struct guest *guest;

	pthread_mutex_lock(&s->lock);
	guest = STAILQ_FIRST(&s->guests);
	if (guest == NULL)
		admission_give(&s->admission);
	else
		STAILQ_REMOVE_HEAD(&s->guests, link);
	if (guest != NULL)
		wakeup_clear(s->guest_fd);
	*welcome = s->fault.result == RESULT_OK && signals_terminating() == 0;
	pthread_mutex_unlock(&s->lock);
	return guest;
}

/* --- serving ------------------------------------------------------------- */

static enum workers_next	server_turn(void *context, void *client,
				    const short revents[2], short wants[2]);

/* One that is served in turns. */
struct moved {
	struct session	 session;
	struct stream	*local;
};

/* False: it has gone. */
static bool
server_serve_in_turns(struct server *s, struct session *session,
    struct error *err)
{
	struct stream *local;
	struct moved *client;
	int fd[2];

	local = s->way->connect(s->context, session, err);
	if (local == NULL) {
		session_close(session, true);
		return false;
	}
	client = xcalloc(1, sizeof(*client));
	client->session = *session;
	client->local = local;
	session_open(&client->session, local);
	fd[0] = client->session.net->in.fd;
	fd[1] = local->in.fd;
	workers_park(s->workers, server_turn, s, client, fd);
	return true;
}

/* In turns, or in this thread until it is done: then false. */
static bool
server_serve(struct server *s, struct session *session)
{
	bool alone = s->way->one_at_a_time;
	struct error err = { .result = RESULT_OK };

	log_set_connection(session->number);
	session->among_many = !alone;
	session->next_fd = alone ? s->next_fd : NULL;
	/* No layer of such a session waits here. */
	if (s->in_turns && session_stack(session, &err) != RESULT_OK) {
		server_report(s, &err);
		return false;
	}
	if (s->in_turns && (s->way->moves == NULL || s->way->moves(session))) {
		if (server_serve_in_turns(s, session, &err))
			return true;
	} else {
		blocking_begins();
		s->way->serve(s->context, session, &err);
	}
	server_report(s, &err);
	return false;
}

/* Nobody serves it any more. */
static void
server_turn_away(struct session *session)
{
	struct record record;
	struct error e;

	log_set_connection(session->number);
	error_interrupted(&e);
	session_record(session, &record);
	session_ask(session, &record);
	record.error = &e;
	record_say(&record);
	record_release(&record);
	session_close(session, true);
}

/* A client has gone: whoever waits for its place gets it. */
static void
server_gone(struct server *s)
{
	struct guest *guest;
	bool welcome = false, stays;

	do {
		guest = s->handshakes == NULL ? NULL :
		    server_leave_place(s, &welcome);
		progress_went(s->run->progress);
		server_count_out(s, true);
		if (guest == NULL)
			return;
		stays = welcome && server_serve(s, &guest->session);
		if (!welcome)
			server_turn_away(&guest->session);
		free(guest);
	} while (!stays);
}

static enum workers_next
server_turn(void *context, void *client, const short revents[2],
    short wants[2])
{
	struct server *s = context;
	struct moved *m = client;
	struct error err = { .result = RESULT_OK };

	log_set_connection(m->session.number);
	switch (session_turn(&m->session, revents[0], revents[1])) {
	case PUMP_WAITS:
		session_wants(&m->session, &wants[0], &wants[1]);
		return WORKERS_PARK;
	case PUMP_GOES_ON:
		return WORKERS_AGAIN;
	case PUMP_NEEDS_THREAD:
		blocking_begins();
		break;
	case PUMP_ENDED:
		break;
	}
	stream_close(m->local, session_finish(&m->session, m->local, &err) !=
	    RESULT_OK);
	free(m);
	server_report(s, &err);
	server_gone(s);
	return WORKERS_DONE;
}

static void
server_handshake_done(void *context, struct session *session)
{
	struct server *s = context;

	server_count_judged(s);
	switch (server_take_place(s, session)) {
	case PLACE_TAKEN:
		if (!server_serve(s, session))
			server_gone(s);
		break;
	case PLACE_AWAITED:
		break;
	case PLACE_NONE:
		server_turn_away(session);
		progress_went(s->run->progress);
		server_count_out(s, true);
		break;
	}
}

static void
server_handshake_failed(void *context, bool unwelcome,
    const struct error *err)
{
	struct server *s = context;

	if (!unwelcome) {
		server_count_judged(s);
		server_report(s, err);
	}
	progress_went(s->run->progress);
	server_count_out(s, !unwelcome);
}

static void
server_handshakes_room(void *context)
{
	server_rearm(context);
}

const struct handshakes_ops server_handshakes_ops = {
	.done = server_handshake_done,
	.failed = server_handshake_failed,
	.room = server_handshakes_room,
};

/* --- those who come ------------------------------------------------------ */

static void
server_meet(struct server *s, struct connection *c)
{
	struct session session;

	progress_came(s->run->progress);
	session_init(&session, s->run, SIDE_ACCEPTED, NULL, c);
	if (s->handshakes != NULL)
		handshakes_begin(s->handshakes, &session);
	else if (!server_serve(s, &session))
		server_gone(s);
}

/* The socket i of the listener has a client; or the clock of the handshakes is
 * ready. */
static void
server_ready(void *context, size_t i)
{
	struct server *s = context;
	struct connection c;
	int errnum;

	log_set_connection(0);
	if (s->handshakes != NULL && i == s->l->count) {
		handshakes_tick(s->handshakes);
		workers_rearm(s->workers, i);
		return;
	}
	if (s->handshakes != NULL && !handshakes_room(s->handshakes))
		return;		/* see server_handshakes_room() */
	if (!server_reserve(s))
		return;
	if (!listen_try(s->l, i, &c, &errnum)) {
		server_not_accepted(s, i, errnum);
		return;
	}
	server_await_reload(s);
	if (!judge_comer(s->run, &c) || !server_count_in(s, i, &c)) {
		connection_close(&c);
		server_count_out(s, false);
		workers_rearm(s->workers, i);
		return;
	}
	server_meet(s, &c);
}

static void
server_crowded(void *context, int errnum)
{
	char text[128];

	snprintf(text, sizeof(text), "thread: %s (clients have to wait)",
	    strerror(errnum));
	server_tell(context, text, 0);
}

const struct workers_ops server_workers_ops = {
	.crowded = server_crowded,
	.ready = server_ready,
};
