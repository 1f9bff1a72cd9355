/* SPDX-License-Identifier: ISC */
/*
 * The stream below, of datagrams: what says that nobody is there may be forged
 * (RFC 6347 has the peer authenticated, but not the network), so that it counts
 * only if it is proven, or goes on while the peer is silent.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "io/refusal.h"
#include "tls/stream_state.h"

/* An operation is tried so often: refusals of earlier ones come first. */
#define TRIES		8

/* Refusals looked at in one go. */
#define REFUSALS_MOST	64

struct below {
	struct sent		sent;
	struct suspicion	suspicion;
	int			gone;	/* why the peer is given up; 0 */
};

void
tls_below_init(struct tls_stream *ts)
{
	int type = 0;
	socklen_t len = sizeof(type);
	int fd = ts->stream.below->in.fd;

	if (!ts->tls->datagrams || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type,
	    &len) == -1 || type != SOCK_DGRAM)
		return;
	ts->below = xcalloc(1, sizeof(*ts->below));
	ts->stream.below->recovers = ts->stream.recovers = true;
	refusal_want(fd, true);
}

void
tls_below_free(struct tls_stream *ts)
{
	if (ts->below == NULL)
		return;
	ts->stream.below->recovers = false;
	refusal_want(ts->stream.below->in.fd, false);
	free(ts->below);
}

void
tls_below_trust(struct tls_stream *ts)
{
	if (ts->below == NULL)
		return;
	ts->below->suspicion.errnum = 0;
	ts->stream.suspect = 0;
}

bool
tls_below_gone(const struct tls_stream *ts)
{
	return ts->below != NULL && ts->below->gone != 0;
}

/* Whether there were any. */
static bool
below_take_refusals(struct tls_stream *ts)
{
	struct below *b = ts->below;
	struct refusal r;
	int n = 0;

	while (n < REFUSALS_MOST && refusal_read(ts->stream.below->in.fd, &r)) {
		n++;
		if (refusal_judge(&r, &b->sent, clock_now(), &b->suspicion) ==
		    REFUSAL_COUNTS)
			b->gone = r.errnum;
		else
			log_line(LOG_DETAIL, "a refusal that may be forged");
	}
	if ((SSL_get_shutdown(ts->ssl) & SSL_RECEIVED_SHUTDOWN) == 0)
		ts->stream.suspect = b->suspicion.errnum;
	return n > 0;
}

ssize_t
tls_below_read(struct tls_stream *ts, void *data, size_t size)
{
	struct stream *lower = ts->stream.below;
	ssize_t n = stream_read(lower, data, size);

	if (ts->below == NULL)
		return n;
	for (int i = 0; i < TRIES && n == -1 && refusal_is_error(errno); i++) {
		below_take_refusals(ts);
		n = stream_read(lower, data, size);
	}
	if (n == -1 && refusal_is_error(errno))
		errno = EAGAIN;
	if (n == -1 && errno == EAGAIN && ts->below->gone != 0)
		errno = ts->below->gone;
	return n;
}

ssize_t
tls_below_write(struct tls_stream *ts, const void *data, size_t size)
{
	struct stream *lower = ts->stream.below;
	ssize_t w;
	int errnum = 0;

	if (ts->below == NULL)
		return stream_write(lower, data, size);
	sent_note(&ts->below->sent, data, size);
	w = stream_write(lower, data, size);
	for (int i = 0; i < TRIES && w == -1 && refusal_is_error(errno); i++) {
		errnum = errno;
		if (below_take_refusals(ts))
			errnum = 0;		/* it was not ours */
		if (ts->below->gone != 0) {
			errno = ts->below->gone;
			return -1;
		}
		w = stream_write(lower, data, size);
	}
	/* Lost, as on any network, unless the system says so of itself. */
	if (w == -1 && refusal_is_error(errno) && (errnum == 0 ||
	    errno == EMSGSIZE))
		return (ssize_t)size;
	return w;
}
