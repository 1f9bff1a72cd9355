/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "io/handshake.h"

#define READ_SIZE	2048

enum progress {
	PROGRESS_WAITS,		/* for the stream */
	PROGRESS_MADE,
	PROGRESS_FAILED,
};

static enum progress
handshake_broken(const struct handshake *h, int errnum, struct error *err)
{
	if (errnum == 0)
		error_set(err, RESULT_BROKEN, "%s: the peer ended the "
		    "connection", h->name);
	else
		error_set_errno(err, error_network_result(errnum), errnum,
		    "%s: the connection broke", h->name);
	return PROGRESS_FAILED;
}

/* Send what the codec has to say. */
static enum progress
handshake_send(const struct handshake *h, struct stream *s, struct error *err)
{
	const unsigned char *data;
	size_t n;

	while ((data = h->codec->output(h->state, &n)), n > 0) {
		ssize_t w = stream_write(s, data, n);

		if (w >= 0)
			h->codec->sent(h->state, (size_t)w);
		else if (errno == EAGAIN)
			return PROGRESS_WAITS;
		else
			return handshake_broken(h, errno, err);
	}
	return PROGRESS_MADE;
}

/* Feed what is there. */
static enum progress
handshake_read(const struct handshake *h, struct stream *s,
    enum handshake_verdict *verdict, struct error *err)
{
	unsigned char data[READ_SIZE];
	ssize_t n = stream_read(s, data, sizeof(data));
	size_t used;

	if (n == -1 && errno == EAGAIN)
		return PROGRESS_WAITS;
	if (n <= 0)
		return handshake_broken(h, n == 0 ? 0 : errno, err);
	used = (size_t)n;
	*verdict = h->codec->feed(h->state, data, (size_t)n, &used);
	if (*verdict != HANDSHAKE_DONE || used == (size_t)n ||
	    stream_unread(s, data + used, (size_t)n - used))
		return PROGRESS_MADE;
	error_set(err, RESULT_LOCAL, "%s: what came behind it is lost",
	    h->name);
	return PROGRESS_FAILED;
}

/* Read, and look behind the end if nothing may be there. */
static enum progress
handshake_listen(const struct handshake *h, struct stream *s,
    enum handshake_verdict *verdict, struct error *err)
{
	enum progress p = handshake_read(h, s, verdict, err);

	if (p == PROGRESS_MADE && *verdict == HANDSHAKE_DONE &&
	    h->codec->greedy &&
	    handshake_read(h, s, verdict, err) == PROGRESS_FAILED)
		return PROGRESS_FAILED;
	return p;
}

enum result
handshake_step(const struct handshake *h, struct stream *s, bool *done,
    short *wants, struct error *err)
{
	size_t used = 0;
	enum handshake_verdict verdict = h->codec->feed(h->state, NULL, 0,
	    &used);
	enum progress p;

	*done = false;
	for (;;) {
		*wants = s->write_events;
		p = handshake_send(h, s, err);
		if (p != PROGRESS_MADE || verdict != HANDSHAKE_MORE)
			break;
		*wants = s->read_events;
		p = handshake_listen(h, s, &verdict, err);
		if (p != PROGRESS_MADE)
			break;
	}
	if (p == PROGRESS_FAILED)
		return err->result;
	if (p == PROGRESS_MADE && verdict == HANDSHAKE_REFUSED)
		return h->codec->refuse(h->state, h->name, err);
	*done = p == PROGRESS_MADE;
	return RESULT_OK;
}
