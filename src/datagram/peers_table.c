/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "datagram/peers_state.h"

/* Between two messages that the table is full. */
#define TELL_PAUSE	(10 * CLOCK_SECOND)

void
peers_init_table(struct peers *ps)
{
	TAILQ_INIT(&ps->active);
	TAILQ_INIT(&ps->leaving);
	TAILQ_INIT(&ps->waiting);
}

struct peer *
peers_find(struct peers *ps, const struct addr *remote, int net_fd)
{
	struct peer *p;

	LIST_FOREACH (p, &ps->bucket[addr_hash(remote) % PEERS_BUCKETS],
	    in_bucket) {
		if (p->net_fd == net_fd && addr_equal(&p->remote, remote))
			return p;
	}
	return NULL;
}

void
peers_touch(struct peers *ps, struct peer *p)
{
	p->active = clock_now();
	TAILQ_REMOVE(&ps->active, p, in_line);
	TAILQ_INSERT_TAIL(&ps->active, p, in_line);
}

/* Out of the table. */
static void
peers_remove(struct peers *ps, struct peer *p)
{
	LIST_REMOVE(p, in_bucket);
	TAILQ_REMOVE(&ps->active, p, in_line);
	ps->count--;
	if (p->waiting)
		TAILQ_REMOVE(&ps->waiting, p, in_waiting);
	p->waiting = false;
	ps->kept -= p->kept;
	p->kept = 0;
	retarget_free(&p->retarget);
}

/* --- the end ------------------------------------------------------------- */

void
peers_tell(struct peers *ps, const struct peer *p, const char *what)
{
	char peer[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + ERROR_TEXT_MAX];

	addr_format(&p->remote, peer);
	snprintf(text, sizeof(text), "%s: %.900s", peer, what);
	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "%s", text);
	else
		repeats_say(ps->faults, text, strlen(peer) + 2, clock_now());
}

static enum result
peers_wait_command(struct peers *ps, struct peer *p, struct error *err)
{
	enum result result = command_wait(&p->command,
	    clock_earlier(ps->deadline, p->signal_at), err);
	char how[COMMAND_HOW_MAX], peer[ADDR_TEXT_MAX];

	if (result == RESULT_OK || result == RESULT_COMMAND)
		command_describe(&p->command, how);
	else
		strlcpy(how, "the command was ended", sizeof(how));
	log_line(LOG_STEP, "closed %s: %s%s%s", addr_format(&p->remote, peer),
	    p->why != NULL ? p->why : "", p->why != NULL ? ", " : "", how);
	command_judge(ps->o, &p->command, err);
	if (err->own && !log_enabled(LOG_STEP))
		peers_tell(ps, p, err->text);
	return result;
}

void
peers_forget(struct peers *ps, struct peer *p)
{
	struct error err = { .result = RESULT_OK };
	enum result result = RESULT_OK;

	if (p->command.pid != 0)
		result = peers_wait_command(ps, p, &err);
	if (p->leaving) {
		TAILQ_REMOVE(&ps->leaving, p, in_line);
		ps->leavers--;
	} else {
		peers_remove(ps, p);
	}
	free(p);
	if (ps->o->keep_open)
		return;
	ps->served = true;
	ps->result = result;
	*ps->err = err;
}

/* So many must be enough: the first one that was not is killed. */
static void
peers_limit_leavers(struct peers *ps)
{
	struct peer *p = TAILQ_FIRST(&ps->leaving);

	if (ps->leavers < ps->most)
		return;
	while (p != NULL && p->signal == 0)
		p = TAILQ_NEXT(p, in_line);
	if (p == NULL)
		return;
	command_signal(&p->command, SIGKILL);
	p->signal = 0;
	p->signal_at = CLOCK_NEVER;
}

/* Others are served while its command goes on. */
static bool
peers_let_leave(struct peers *ps, struct peer *p)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };

	if (!ps->o->keep_open)
		return false;
	if (p->command.pidfd == -1 || epoll_ctl(ps->epoll_fd, EPOLL_CTL_ADD,
	    p->command.pidfd, &event) == -1) {
		p->signal_at = clock_after(clock_now(), CLOCK_SECOND);
		return false;
	}
	peers_remove(ps, p);
	peers_limit_leavers(ps);
	TAILQ_INSERT_TAIL(&ps->leaving, p, in_line);
	ps->leavers++;
	p->leaving = true;
	return true;
}

void
peers_end(struct peers *ps, struct peer *p, const char *why)
{
	char text[ADDR_TEXT_MAX];

	p->why = why;
	if (p->command.pid == 0)
		log_line(LOG_STEP, "closed %s: %s",
		    addr_format(&p->remote, text), why);
	connection_close(&p->c);
	if (p->command.pid == 0 || !peers_let_leave(ps, p))
		peers_forget(ps, p);
}

void
peers_fail(struct peers *ps, struct peer *p, const struct error *err)
{
	char peer[ADDR_TEXT_MAX], text[ERROR_TEXT_MAX];

	snprintf(text, sizeof(text), "%s%.900s", ps->o->command == NULL ?
	    "--forward: " : "", err->text);
	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "closed %s: %s",
		    addr_format(&p->remote, peer), text);
	else if (ps->o->keep_open && err->result != RESULT_SIGNAL)
		peers_tell(ps, p, text);
	connection_close(&p->c);
	peers_remove(ps, p);
	free(p);
	if (ps->o->keep_open)
		return;
	ps->served = true;
	ps->result = err->result;
	*ps->err = *err;
}

/* It, and its command, which is told to end. */
static void
peers_give_up(struct peers *ps, struct peer *p, const char *why)
{
	if (p->command.pid != 0)
		command_signal(&p->command, SIGTERM);
	p->signal = SIGKILL;
	p->signal_at = clock_after(clock_now(), COMMAND_GRACE);
	peers_end(ps, p, why);
}

void
peers_judge(struct peers *ps)
{
	struct peer *p = TAILQ_FIRST(&ps->active), *next;

	for (; p != NULL; p = next) {
		next = TAILQ_NEXT(p, in_line);
		if (!access_admits(ps->access, &p->remote))
			peers_give_up(ps, p, "it is denied now");
	}
}

/* --- a full table -------------------------------------------------------- */

/* Not more often than somebody can read.  Returns when there is more to say. */
static int64_t
peers_tell_full(struct peers *ps, int64_t now)
{
	if (ps->dropped == 0)
		return CLOCK_NEVER;
	if (now < ps->tell_at)
		return ps->tell_at;
	log_line(LOG_ERROR, "more than %zu peers: %zu, silent longest, made "
	    "room for others", ps->most, ps->dropped);
	ps->dropped = 0;
	ps->tell_at = clock_after(now, TELL_PAUSE);
	return CLOCK_NEVER;
}

bool
peers_make_room(struct peers *ps, const struct peer *but)
{
	struct peer *p = TAILQ_FIRST(&ps->active);
	int64_t now = clock_now();

	if (p == NULL || p == but)
		return false;
	ps->dropped++;
	peers_tell_full(ps, now);
	/* Its command has the end of its input, and a while. */
	p->signal = SIGTERM;
	p->signal_at = clock_after(now, COMMAND_GRACE);
	peers_end(ps, p, "another one needs its place");
	return true;
}

struct peer *
peers_insert(struct peers *ps, const struct dgram *d, int net_fd)
{
	struct peer *p = xcalloc(1, sizeof(*p));

	while (ps->count >= ps->most && peers_make_room(ps, NULL))
		continue;
	p->remote = d->from;
	p->local = d->to;
	p->net_fd = net_fd;
	p->c.fd = -1;
	p->signal = SIGTERM;
	p->signal_at = CLOCK_NEVER;
	p->active = clock_now();
	LIST_INSERT_HEAD(&ps->bucket[addr_hash(&p->remote) % PEERS_BUCKETS],
	    p, in_bucket);
	TAILQ_INSERT_TAIL(&ps->active, p, in_line);
	ps->count++;
	return p;
}

/* --- time ---------------------------------------------------------------- */

/* Those whose commands do not end. */
static int64_t
peers_urge(struct peers *ps, int64_t now)
{
	int64_t next = CLOCK_NEVER;
	struct peer *p;

	TAILQ_FOREACH (p, &ps->leaving, in_line) {
		if (p->signal_at <= now) {
			command_signal(&p->command, p->signal);
			p->signal = p->signal == SIGTERM ? SIGKILL : 0;
			p->signal_at = p->signal == 0 ? CLOCK_NEVER :
			    clock_after(now, COMMAND_GRACE);
		}
		next = clock_earlier(next, p->signal_at);
	}
	return next;
}

int64_t
peers_expire(struct peers *ps)
{
	int64_t now = clock_now(), next;
	struct peer *p;

	while ((p = TAILQ_FIRST(&ps->active)) != NULL &&
	    clock_after(p->active, ps->idle) <= now) {
		if (p->command.pid == 0 || p->finishing) {
			/* A command that has not ended with its input. */
			peers_give_up(ps, p, "silent for too long");
			continue;
		}
		/* What it still has to say is passed on. */
		p->finishing = true;
		shutdown(p->c.fd, SHUT_WR);
		peers_touch(ps, p);
	}
	next = clock_earlier(peers_tell_full(ps, now), peers_urge(ps, now));
	return p == NULL ? next :
	    clock_earlier(next, clock_after(p->active, ps->idle));
}

/* Those of one line, whose commands were told to end, at the latest then. */
static void
peers_leave_line(struct peer_line *line, int64_t until)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(line)) != NULL) {
		if (p->command.pid != 0 && clock_now() >= until)
			command_signal(&p->command, SIGKILL);
		command_end(&p->command);
		TAILQ_REMOVE(line, p, in_line);
		retarget_free(&p->retarget);
		free(p);
	}
}

void
peers_leave_all(struct peers *ps)
{
	int64_t until = clock_after(clock_now(), COMMAND_GRACE);
	char peer[ADDR_TEXT_MAX];
	struct peer *p;

	TAILQ_FOREACH (p, &ps->active, in_line) {
		log_line(LOG_STEP, "closed %s: %s", addr_format(&p->remote,
		    peer), ps->err->text);
		connection_close(&p->c);
		if (p->command.pid != 0)
			command_signal(&p->command, SIGTERM);
	}
	TAILQ_FOREACH (p, &ps->leaving, in_line)
		command_signal(&p->command, SIGTERM);
	peers_leave_line(&ps->active, until);
	peers_leave_line(&ps->leaving, until);
}
