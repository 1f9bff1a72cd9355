/* SPDX-License-Identifier: ISC */
/* Attempts that wait for their outcome, and what it is; see scan_state.h. */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/dial_attempt.h"
#include "net/dial_failure.h"
#include "net/life.h"
#include "serve/scan_state.h"

/* What a verdict weighs against those of other addresses.  A service of
 * datagrams need not answer what it does not know: silence may be one. */
static int
scan_weight(const struct scan *s, enum verdict verdict)
{
	static const int of_datagrams[] = {
		[VERDICT_NONE] = 0,
		[VERDICT_UNREACHABLE] = 1,
		[VERDICT_CLOSED] = 2,
		[VERDICT_SILENT] = 3,
		[VERDICT_OPEN] = 4,
	};

	return options_datagrams(s->o) ? of_datagrams[verdict] : (int)verdict;
}

void
scan_settle(struct scan *s, struct port_state *p, enum verdict verdict)
{
	if (p->finished)
		return;
	if (scan_weight(s, verdict) > scan_weight(s, p->verdict))
		p->verdict = verdict;
	p->left--;
	p->finished = p->verdict == VERDICT_OPEN ||
	    (p->left == 0 && s->until == 0);
	if (!p->finished)
		return;
	s->drop = p->left > 0;
	p->left = 0;
	s->missing -= p->verdict == VERDICT_OPEN;
	scan_print(s);
}

/* Attempt i has its outcome. */
static void
scan_attempt_done(struct scan *s, size_t i, enum verdict verdict)
{
	struct port_state *p = s->attempt[i].port;

	close(s->pfd[i].fd);
	s->pending--;
	s->attempt[i] = s->attempt[s->pending];
	s->pfd[i] = s->pfd[s->pending];
	scan_settle(s, p, verdict);
}

enum verdict
scan_verdict_of(enum result result)
{
	switch (result) {
	case RESULT_OK:
		return VERDICT_OPEN;
	case RESULT_REFUSED:
	case RESULT_BROKEN:
		return VERDICT_CLOSED;
	case RESULT_UNREACHABLE:
		return VERDICT_UNREACHABLE;
	case RESULT_LOCAL:	/* nobody was asked */
		return VERDICT_NONE;
	default:
		return VERDICT_SILENT;
	}
}

void
scan_await(struct scan *s, int fd, struct port_state *p, const struct addr *a)
{
	struct attempt *at = &s->attempt[s->pending];

	*at = (struct attempt){
		.port = p,
		.address = *a,
		.deadline = clock_earlier(s->deadline,
		    clock_after(s->now, s->patience)),
		.ask_again = CLOCK_NEVER,
	};
	s->pfd[s->pending] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (options_datagrams(s->o)) {
		s->pfd[s->pending].events = POLLIN;
		at->ask_again = s->now + s->patience / 2;
	}
	s->pending++;
}

/* A datagram without a byte: enough to be answered or refused. */
static bool
scan_ask(int fd)
{
	return send(fd, "", 0, MSG_NOSIGNAL) != -1 || errno == EAGAIN ||
	    errno == ENOBUFS;
}

enum result
scan_try(struct scan *s, const struct addr *to, int *fd, struct error *err)
{
	enum result result;
	bool pending;

	*fd = -1;
	result = dial_start(&s->o->dial, &s->source, to, fd, &pending, err);
	if (result != RESULT_OK)
		return result;
	if (options_datagrams(s->o) && !scan_ask(*fd))
		result = dial_failed(&s->o->dial, to, errno, err);
	else if (options_datagrams(s->o) || pending)
		return RESULT_OK;
	close(*fd);
	*fd = -1;
	return result;
}

void
scan_drop(struct scan *s)
{
	for (size_t i = s->drop ? s->pending : 0; i-- > 0;) {
		if (s->attempt[i].port->finished)
			scan_attempt_done(s, i, VERDICT_NONE);
	}
	s->drop = false;
}

static void
scan_tell(const struct scan *s, int fd, const struct addr *to, int errnum)
{
	struct addr local;

	addr_local(fd, &local);
	life_tell(&(struct life_event){ .kind = errnum == 0 ? LIFE_CONNECTED :
	    LIFE_NOT_CONNECTED, .type = s->o->socket.type, .local = &local,
	    .remote = to, .errnum = errnum });
}

static void
scan_silent(struct scan *s, size_t i)
{
	struct addr to = s->attempt[i].address;

	addr_set_port(&to, s->attempt[i].port->port);
	life_tell(&(struct life_event){ .kind = options_datagrams(s->o) ?
	    LIFE_CONNECTED : LIFE_NOT_CONNECTED, .type = s->o->socket.type,
	    .remote = &to, .errnum = options_datagrams(s->o) ? ETIMEDOUT :
	    0 });
	scan_attempt_done(s, i, VERDICT_SILENT);
}

static void
scan_check_attempt(struct scan *s, size_t i)
{
	struct addr to = s->attempt[i].address;
	int errnum;

	addr_set_port(&to, s->attempt[i].port->port);
	errnum = dial_outcome(s->pfd[i].fd, s->pfd[i].revents, &to);
	scan_tell(s, s->pfd[i].fd, &to, errnum);
	scan_attempt_done(s, i, errnum == 0 ? VERDICT_OPEN :
	    scan_verdict_of(dial_result(&to, errnum)));
}

void
scan_check_pending(struct scan *s)
{
	/* Downwards: the last attempt is moved into the gap. */
	for (size_t i = s->pending; i-- > 0;) {
		struct attempt *at = &s->attempt[i];

		if (s->pfd[i].revents != 0) {
			scan_check_attempt(s, i);
		} else if (s->now >= at->deadline) {
			scan_silent(s, i);
		} else if (s->now >= at->ask_again) {
			at->ask_again = CLOCK_NEVER;
			scan_ask(s->pfd[i].fd);
		}
	}
	scan_drop(s);
}
