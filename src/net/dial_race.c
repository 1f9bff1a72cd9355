/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/blocking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "net/dial.h"
#include "net/dial_attempt.h"
#include "net/dial_failure.h"
#include "net/dial_race.h"
#include "net/life.h"

/* RFC 8305, section 5: Connection Attempt Delay. */
#define ATTEMPT_DELAY	(250 * CLOCK_MS)

struct race {
	const struct dial_options	*o;
	const struct addr_list		*source;
	const struct addr_list		*target;
	struct pollfd			*pfd;	/* those who are under way:
						 * poll(2) takes no more than
						 * descriptors */
	size_t				*whose;	/* addresses of these */
	size_t				 pending;
	size_t				 started;
	int				 won;	/* index, or -1 */
	int				 won_fd;
	int64_t				 deadline;
	int64_t				 next_attempt;
	struct error			 failure;	/* the most telling */
	const struct addr		*failed;	/* ... is of that one */
};

/* Keep the failure that says most: refused before unreachable before local. */
static void
race_note_failure(struct race *r, const struct addr *of, const struct error *e)
{
	if (r->target->count > 1)	/* otherwise it is said at the end */
		log_line(LOG_STEP, "%s", e->text);
	if (r->failure.result != RESULT_OK && e->result >= r->failure.result)
		return;
	r->failure = *e;
	r->failed = of;
}

/* When there are no more descriptors, others have to come free first. */
static void
race_not_started(struct race *r, const struct addr *to, const struct error *e,
    int64_t now)
{
	if (r->pending > 0 && (e->errnum == EMFILE || e->errnum == ENFILE)) {
		r->started--;
		r->next_attempt = CLOCK_NEVER;
		return;
	}
	race_note_failure(r, to, e);
	r->next_attempt = now;
}

static void
race_start_next(struct race *r, int64_t now)
{
	size_t i = r->started++;
	const struct addr *to = &r->target->addr[i];
	char where[ADDR_TEXT_MAX];
	struct error e = { .result = RESULT_OK };
	bool pending;
	int fd;

	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "connecting to %s",
		    addr_format_words(to, where));
	if (r->failed != NULL)
		life_tell(&(struct life_event){ .kind = LIFE_NEXT,
		    .type = r->o->socket->type, .remote = r->failed,
		    .errnum = r->failure.errnum });
	r->next_attempt = clock_after(now, ATTEMPT_DELAY);
	if (dial_start(r->o, r->source, to, &fd, &pending, &e) != RESULT_OK) {
		race_not_started(r, to, &e, now);
		return;
	}
	if (pending) {
		r->whose[r->pending] = i;
		r->pfd[r->pending++] = (struct pollfd){ fd, POLLOUT, 0 };
	} else {
		r->won = (int)i;
		r->won_fd = fd;
	}
}

/* The attempt in that slot has an outcome: the winner, or one less in the race,
 * and the last one takes its slot. */
static void
race_settle(struct race *r, size_t slot, int64_t now)
{
	struct error e = { .result = RESULT_OK };
	size_t i = r->whose[slot];
	int fd = r->pfd[slot].fd;
	int errnum = dial_outcome(fd, r->pfd[slot].revents,
	    &r->target->addr[i]);

	ASSERT(slot < r->pending);
	r->pending--;
	r->whose[slot] = r->whose[r->pending];
	r->pfd[slot] = r->pfd[r->pending];
	if (errnum == 0) {
		r->won = (int)i;
		r->won_fd = fd;
		return;
	}
	dial_failed(r->o, &r->target->addr[i], errnum, &e);
	race_note_failure(r, &r->target->addr[i], &e);
	close(fd);
	r->next_attempt = now;
}

static enum result
race_wait(struct race *r, struct error *err)
{
	bool more = r->started < r->target->count;
	int64_t until = more ? clock_earlier(r->deadline, r->next_attempt) :
	    r->deadline;
	enum wait_result how = WAIT_TIMEOUT;
	int64_t now;

	if (blocking_matters()) {
		how = wait_for(r->pfd, r->pending, WAIT_NOW, 0);
		if (how == WAIT_TIMEOUT)
			blocking_begins();
	}
	if (how == WAIT_TIMEOUT)
		how = wait_for(r->pfd, r->pending, until, 0);
	if (how != WAIT_READY)
		return wait_error(how, err);
	now = clock_now();
	/* Downwards, since the last one takes the slot of who has gone. */
	for (size_t i = r->pending; i-- > 0 && r->won == -1;) {
		if (r->pfd[i].revents != 0)
			race_settle(r, i, now);
	}
	return RESULT_OK;
}

static enum result
race_timed_out(const struct race *r, const char *host, uint16_t port,
    struct error *err)
{
	char span[32], where[ERROR_TEXT_MAX];

	for (size_t i = 0; i < r->pending; i++)
		life_tell(&(struct life_event){ .kind = LIFE_NOT_CONNECTED,
		    .type = r->o->socket->type,
		    .remote = &r->target->addr[r->whose[i]] });
	snprintf(where, sizeof(where), "%s port %u", host, port);
	if (r->o->timeout == CLOCK_NEVER)
		return error_at(err, RESULT_TIMEOUT, STEP_CONNECT, where,
		    "the time for the whole run is over");
	return error_at(err, RESULT_TIMEOUT, STEP_CONNECT, where, "no answer "
	    "within %s", clock_format(span, sizeof(span), r->o->timeout));
}

static enum result
race_lost(const struct race *r, struct error *err)
{
	if (err != NULL)
		*err = r->failure;
	return r->failure.result;
}

/* Run the race.  On RESULT_OK r->won says who; all others are closed. */
static enum result
race_run(struct race *r, const char *host, uint16_t port, struct error *err)
{
	enum result result = RESULT_OK;

	while (r->won == -1 && result == RESULT_OK) {
		int64_t now = clock_now();

		if (now >= r->deadline)
			result = race_timed_out(r, host, port, err);
		else if (r->started < r->target->count &&
		    now >= r->next_attempt)
			race_start_next(r, now);
		else if (r->pending == 0 && r->started == r->target->count)
			result = race_lost(r, err);
		else
			result = race_wait(r, err);
	}
	for (size_t i = 0; i < r->pending; i++)
		close(r->pfd[i].fd);
	return result;
}

enum result
dial_race(const struct dial_options *o, const char *host, uint16_t port,
    int64_t began, int64_t deadline, const struct addr_list *target,
    struct connection *c, struct error *err)
{
	struct addr_list source = { NULL, 0 };
	struct race race = {
		.o = o,
		.source = &source,
		.target = target,
		.won = -1,
		.deadline = deadline,
	};
	enum result result;

	race.pfd = xcalloc(target->count, sizeof(*race.pfd));
	race.whose = xcalloc(target->count, sizeof(*race.whose));
	result = dial_source(o, deadline, &source, err);
	if (result == RESULT_OK)
		result = race_run(&race, host, port, err);
	if (result == RESULT_OK) {
		dial_connected(c, race.won_fd, o->socket->type,
		    &target->addr[race.won], began);
		c->next_target = (size_t)race.won + 1;
	} else if (race.failed != NULL) {
		c->remote = *race.failed;
	}
	addr_list_free(&source);
	free(race.pfd);
	free(race.whose);
	return result;
}
