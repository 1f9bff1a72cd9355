/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/dial_datagram.h"
#include "net/dial_retry.h"
#include "session/retarget.h"

/* After so long without a refusal the next one is a new trouble: more than a
 * pause and the way there and back. */
#define TROUBLE_TIME	(3 * CLOCK_SECOND)

/* Refusals that may wait at a socket. */
#define REFUSALS_MOST	64

void
retarget_init(struct retarget *r, const struct dial_options *dial,
    int64_t deadline, int64_t retry, struct connection *c, size_t most)
{
	*r = (struct retarget){ .dial = dial, .deadline = deadline,
	    .retry = retry, .c = c, .most = most };
	doubt_init(&r->doubt);
}

void
retarget_free(struct retarget *r)
{
	doubt_clear(&r->doubt);
}

/* Whether there is anything else to try. */
static bool
retarget_hopes(const struct retarget *r)
{
	return r->retry > 0 || (!r->answered &&
	    r->c->next_target < r->c->targets.count);
}

void
retarget_sent(struct retarget *r, const struct dgram_piece *piece, size_t n,
    int64_t now)
{
	for (size_t i = 0; retarget_hopes(r) && i < n; i++)
		doubt_add(&r->doubt, &piece[i], now, r->most);
}

void
retarget_answered(struct retarget *r)
{
	r->answered = true;
	r->refusing = false;
	doubt_answered(&r->doubt);
}

/* An answer that waits behind the refusal. */
static bool
retarget_heard(const struct retarget *r)
{
	char byte;
	ssize_t n = -1;

	errno = ECONNREFUSED;
	for (int i = 0; n == -1 && errno == ECONNREFUSED &&
	    i < REFUSALS_MOST; i++)
		n = recv(r->c->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
	return n != -1;
}

static bool
retarget_is_refusal(int errnum)
{
	switch (errnum) {
	case ECONNREFUSED:
	case ENOENT:		/* unix(7): nobody has the path */
	case ENOTCONN:		/* ... or who had it has gone */
	case EACCES:
	case EPERM:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
		return true;
	default:
		return false;
	}
}

static bool
retarget_trade(struct retarget *r)
{
	struct error err;
	int fd = r->c->fd;

	if (dial_next(r->dial, r->deadline, r->c, &err) != RESULT_OK)
		return false;
	/* Others know the socket by that number. */
	ASSERT(r->c->fd == fd);
	r->trades++;
	return true;
}

bool
retarget_is_over(const struct retarget *r, int64_t now)
{
	return r->retry > 0 && r->refusing &&
	    now >= clock_after(r->refused_since, r->retry);
}

/* --retry: later. */
static bool
retarget_put_off(struct retarget *r, int64_t now)
{
	if (r->retry == 0)
		return false;
	if (!r->refusing || now > r->refused_at + TROUBLE_TIME) {
		r->refusing = true;
		r->refused_since = now;
		r->pause = 0;
	}
	r->refused_at = now;
	if (retarget_is_over(r, now))
		return false;
	r->not_before = now + dial_retry_pause(&r->pause);
	r->due = true;
	return true;
}

bool
retarget_refused(struct retarget *r, int errnum, int64_t now)
{
	char where[ADDR_TEXT_MAX];

	if (!retarget_is_refusal(errnum))
		return false;
	if (!r->answered && retarget_heard(r))
		retarget_answered(r);
	if (!retarget_hopes(r))
		return false;
	log_line(LOG_STEP, "%s: %s", addr_format(&r->c->remote, where),
	    strerror(errnum));
	doubt_refused(&r->doubt, now);
	if (!r->answered && retarget_trade(r))
		return true;
	return retarget_put_off(r, now);
}

bool
retarget_restart(struct retarget *r)
{
	if (r->answered || r->c->targets.count < 2)
		return false;
	r->c->next_target = 0;
	return retarget_trade(r);
}

bool
retarget_waits(const struct retarget *r)
{
	return r->due || doubt_waits(&r->doubt);
}

/* Once more: from the first address on, or to a path that somebody else may
 * have by now. */
static bool
retarget_connect(struct retarget *r)
{
	struct connection *c = r->c;

	r->due = false;
	log_line(LOG_STEP, "trying again");
	if (c->remote.sa.sa_family == AF_UNIX)
		return connect(c->fd, &c->remote.sa, c->remote.len) == 0;
	retarget_restart(r);
	return true;
}

int
retarget_send(struct retarget *r, size_t *segment, int64_t now)
{
	struct dgram_piece piece[DGRAM_BATCH];
	size_t count = doubt_get(&r->doubt, piece);
	int n;

	if (r->due && !retarget_connect(r)) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (count == 0)
		return 0;
	n = dgram_send(r->c->fd, piece, count, NULL, NULL, segment);
	if (n > 0 && r->sent_again != NULL)
		r->sent_again(r->context, piece, (size_t)n);
	if (n > 0)
		doubt_take(&r->doubt, (size_t)n, now);
	if (!retarget_hopes(r))
		doubt_answered(&r->doubt);
	return n;
}
