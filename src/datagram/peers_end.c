/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "datagram/events.h"
#include "datagram/peers_state.h"
#include "datagram/route.h"
#include "report/report.h"

/* Out of the table, but for its number. */
static void
peers_remove(struct peers *ps, struct association *a)
{
	progress_leave(ps->run->progress, &a->served);
	peer_table_remove(&ps->table, &a->peer);
	if (a->waiting)
		TAILQ_REMOVE(&ps->waiting, a, in_waiting);
	a->waiting = false;
	ps->kept -= a->kept;
	a->kept = 0;
	retarget_free(&a->retarget);
	copies_forget(a->copied);
	a->copied = NULL;
}

static void
peers_free(struct peers *ps, struct association *a)
{
	peer_table_forget(&ps->table, &a->peer);
	free(a);
}

void
peers_tell(struct peers *ps, const struct association *a, const char *what)
{
	char peer[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + ERROR_TEXT_MAX];

	addr_format(&a->peer.remote, peer);
	snprintf(text, sizeof(text), "%s: %.900s", peer, what);
	log_set_connection(a->number);
	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "%s", text);
	else
		repeats_say(ps->faults, text, strlen(peer) + 2, clock_now());
}

/* --- one ----------------------------------------------------------------- */

/* What is known of it. */
static void
peers_record(const struct peers *ps, const struct association *a,
    const struct addr *local, struct record *r)
{
	*r = (struct record){
		.sink = report_sink(ps->run->report),
		.number = a->number,
		.listener = true,
		.transport = options_transport(ps->o),
		.local = local,
		.remote = &a->peer.remote,
		.begun = a->begun,
		.ended = clock_now(),
		.counted = true,
		.sent = a->sent,
		.received = a->received,
		.datagrams = a->datagrams,
	};

	r->datagrams.known = true;
}

/* How it ended; err NULL: well. */
static void
peers_say(struct peers *ps, struct association *a, const char *how,
    const struct error *err)
{
	const struct addr local = route_local(ps->l->fd[a->peer.socket],
	    &a->peer.local);
	struct record record;

	if (a->command.pid == 0 && a->c.fd != -1 && ps->run->report != NULL)
		a->datagrams.lost += record_drops(a->c.fd);
	ps->lost += a->datagrams.lost;
	peers_record(ps, a, &local, &record);
	record.how = how;
	record.error = err;
	log_set_connection(a->number);
	record_say(&record);
}

static enum result
peers_wait_command(struct peers *ps, struct association *a, struct error *err)
{
	enum result result = command_wait(&a->command,
	    clock_earlier(ps->deadline, a->signal_at), err);
	char how[COMMAND_HOW_MAX], text[COMMAND_HOW_MAX + 128];

	if (result == RESULT_OK || result == RESULT_COMMAND)
		command_describe(&a->command, how);
	else
		strlcpy(how, "the command was ended", sizeof(how));
	snprintf(text, sizeof(text), "%s%s%s", a->why != NULL ? a->why : "",
	    a->why != NULL ? ", " : "", how);
	command_judge(ps->o, &a->command, err);
	peers_say(ps, a, text, err);
	if (err->own && !log_enabled(LOG_STEP))
		peers_tell(ps, a, err->text);
	return result;
}

/* What became of one that has gone is what becomes of the run, without -k. */
static void
peers_count_served(struct peers *ps, enum result result,
    const struct error *err)
{
	if (ps->o->server.keep_open)
		return;
	ps->served = true;
	ps->result = result;
	*ps->err = *err;
}

void
peers_forget(struct peers *ps, struct association *a)
{
	struct error err = { .result = RESULT_OK };
	enum result result = RESULT_OK;

	if (a->command.pid != 0)
		result = peers_wait_command(ps, a, &err);
	if (a->leaving) {
		TAILQ_REMOVE(&ps->leaving, a, in_leaving);
		ps->leavers--;
	} else {
		peers_remove(ps, a);
	}
	peers_free(ps, a);
	peers_count_served(ps, result, &err);
}

/* So many must be enough: the first one that was not is killed. */
static void
peers_limit_leavers(struct peers *ps)
{
	struct association *a = TAILQ_FIRST(&ps->leaving);

	if (ps->leavers < ps->most)
		return;
	while (a != NULL && a->signal == 0)
		a = TAILQ_NEXT(a, in_leaving);
	if (a == NULL)
		return;
	command_signal(&a->command, SIGKILL);
	a->signal = 0;
	a->signal_at = CLOCK_NEVER;
}

/* Others are served while its command goes on. */
static bool
peers_let_leave(struct peers *ps, struct association *a)
{
	if (!ps->o->server.keep_open)
		return false;
	if (a->command.pidfd == -1 || events_add(ps->epoll_fd,
	    a->command.pidfd, EVENT_PEER, a->peer.number) == -1) {
		a->signal_at = clock_after(clock_now(), CLOCK_SECOND);
		return false;
	}
	peers_remove(ps, a);
	peers_limit_leavers(ps);
	TAILQ_INSERT_TAIL(&ps->leaving, a, in_leaving);
	ps->leavers++;
	a->leaving = true;
	return true;
}

void
peers_end(struct peers *ps, struct association *a, const char *why)
{
	a->why = why;
	if (a->command.pid == 0)
		peers_say(ps, a, why, NULL);
	connection_close(&a->c);
	if (a->command.pid == 0 || !peers_let_leave(ps, a))
		peers_forget(ps, a);
}

void
peers_fail(struct peers *ps, struct association *a, const struct error *err)
{
	char text[ERROR_TEXT_MAX];

	snprintf(text, sizeof(text), "%s%.900s", ps->o->command.argv == NULL ?
	    "--forward: " : "", err->text);
	peers_say(ps, a, text, err);
	if (!log_enabled(LOG_STEP) && ps->o->server.keep_open &&
	    err->result != RESULT_SIGNAL)
		peers_tell(ps, a, text);
	connection_close(&a->c);
	peers_remove(ps, a);
	peers_free(ps, a);
	peers_count_served(ps, err->result, err);
}

void
peers_give_up(struct peers *ps, struct association *a, const char *why)
{
	if (a->command.pid != 0)
		command_signal(&a->command, SIGTERM);
	a->signal = SIGKILL;
	a->signal_at = clock_after(clock_now(), COMMAND_GRACE);
	peers_end(ps, a, why);
}

/* --- many ---------------------------------------------------------------- */

void
peers_judge(struct peers *ps)
{
	struct peer *p = peer_table_first(&ps->table), *next;

	for (; p != NULL; p = next) {
		next = peer_table_next(p);
		if (!access_admits(ps->access, &p->remote))
			peers_give_up(ps, (struct association *)p,
			    "it is denied now");
	}
}

int64_t
peers_urge(struct peers *ps, int64_t now)
{
	int64_t next = CLOCK_NEVER;
	struct association *a;

	TAILQ_FOREACH (a, &ps->leaving, in_leaving) {
		if (a->signal_at <= now) {
			command_signal(&a->command, a->signal);
			a->signal = a->signal == SIGTERM ? SIGKILL : 0;
			a->signal_at = a->signal == 0 ? CLOCK_NEVER :
			    clock_after(now, COMMAND_GRACE);
		}
		next = clock_earlier(next, a->signal_at);
	}
	return next;
}

/* Its command was told to end, and has until then. */
static void
peers_end_command(struct association *a, int64_t until)
{
	if (a->command.pid != 0 && clock_now() >= until)
		command_signal(&a->command, SIGKILL);
	command_end(&a->command);
}

void
peers_leave_all(struct peers *ps)
{
	int64_t until = clock_after(clock_now(), COMMAND_GRACE);
	struct association *a;
	struct peer *p;

	for (p = peer_table_first(&ps->table); p != NULL;
	    p = peer_table_next(p)) {
		a = (struct association *)p;
		peers_say(ps, a, ps->err->text, ps->err);
		connection_close(&a->c);
		if (a->command.pid != 0)
			command_signal(&a->command, SIGTERM);
	}
	TAILQ_FOREACH (a, &ps->leaving, in_leaving) {
		peers_say(ps, a, ps->err->text, ps->err);
		command_signal(&a->command, SIGTERM);
	}
	while ((p = peer_table_first(&ps->table)) != NULL) {
		a = (struct association *)p;
		peers_end_command(a, until);
		peers_remove(ps, a);
		peers_free(ps, a);
	}
	while ((a = TAILQ_FIRST(&ps->leaving)) != NULL) {
		peers_end_command(a, until);
		TAILQ_REMOVE(&ps->leaving, a, in_leaving);
		peers_free(ps, a);
	}
}
