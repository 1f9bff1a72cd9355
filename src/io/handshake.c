/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>

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
	if (errnum == 0) {
		error_set(err, RESULT_BROKEN, "%s: the peer ended the "
		    "connection", h->name);
		err->ended = true;
	} else {
		error_set_errno(err, error_network_result(errnum), errnum,
		    "%s: the connection broke", h->name);
	}
	return PROGRESS_FAILED;
}

/* A write or a flush said -1. */
static enum progress
handshake_unsent(const struct handshake *h, struct error *err)
{
	return errno == EAGAIN ? PROGRESS_WAITS :
	    handshake_broken(h, errno, err);
}

/* Send what the codec has to say. */
static enum progress
handshake_send(const struct handshake *h, struct stream *s, struct error *err)
{
	const unsigned char *data;
	size_t n;

	while ((data = h->codec->output(h->state, &n)), n > 0) {
		ssize_t w = stream_write(s, data, n);

		if (w == -1)
			return handshake_unsent(h, err);
		h->codec->sent(h->state, (size_t)w);
	}
	if (stream_unflushed(s) && stream_flush(s) == -1)
		return handshake_unsent(h, err);
	return PROGRESS_MADE;
}

/* Bytes that were looked at before. */
static void
handshake_skip(struct stream *s, size_t n)
{
	unsigned char data[READ_SIZE];

	while (n > 0) {
		ssize_t r = stream_read(s, data, n);

		if (r <= 0)
			return;		/* the next read says why */
		n -= (size_t)r;
	}
}

/*
 * Feed what is there.  What is not for the dialogue stays where it is if that
 * can be had, as in a socket, which somebody may want as it is; else it goes
 * back to the stream.
 */
static enum progress
handshake_read(const struct handshake *h, struct stream *s,
    enum dialogue_verdict *verdict, struct error *err)
{
	unsigned char data[READ_SIZE];
	ssize_t n = stream_peek(s, data, sizeof(data));
	bool peeked = n != -1 || errno != ENOTSUP;
	size_t used;

	if (!peeked)
		n = stream_read(s, data, sizeof(data));
	if (n == -1 && errno == EAGAIN)
		return PROGRESS_WAITS;
	if (n <= 0)
		return handshake_broken(h, n == 0 ? 0 : errno, err);
	used = (size_t)n;
	*verdict = h->codec->feed(h->state, data, (size_t)n, &used);
	if (peeked)
		handshake_skip(s, used);
	else
		stream_unread(s, data + used, (size_t)n - used);
	return PROGRESS_MADE;
}

/* Read, and look behind the end if nothing may be there. */
static enum progress
handshake_listen(const struct handshake *h, struct stream *s,
    enum dialogue_verdict *verdict, struct error *err)
{
	enum progress p = handshake_read(h, s, verdict, err);

	if (p == PROGRESS_MADE && *verdict == DIALOGUE_DONE &&
	    h->codec->greedy &&
	    handshake_read(h, s, verdict, err) == PROGRESS_FAILED)
		return PROGRESS_FAILED;
	return p;
}

/* As far as it goes; *wants is for PROGRESS_WAITS. */
static enum progress
handshake_move(const struct handshake *h, struct stream *s,
    enum dialogue_verdict *verdict, short *wants, struct error *err)
{
	enum progress p;

	for (;;) {
		*wants = stream_write_events(s);
		p = handshake_send(h, s, err);
		if (p != PROGRESS_MADE || *verdict != DIALOGUE_MORE)
			return p;
		*wants = stream_read_events(s);
		p = handshake_listen(h, s, verdict, err);
		if (p != PROGRESS_MADE)
			break;
	}
	if (stream_more(s))	/* it can be written, most likely at once */
		*wants = (short)(*wants | stream_write_events(s));
	return p;
}

enum result
handshake_step(const struct handshake *h, struct stream *s, bool *done,
    short *wants, struct error *err)
{
	size_t used = 0;
	enum dialogue_verdict verdict = h->codec->feed(h->state, NULL, 0,
	    &used);
	enum progress p = handshake_move(h, s, &verdict, wants, err);

	*done = false;
	if (p == PROGRESS_FAILED)
		return err->result;
	if (p == PROGRESS_MADE && verdict == DIALOGUE_REFUSED)
		return h->codec->refuse(h->state, h->name, err);
	*done = p == PROGRESS_MADE;
	return RESULT_OK;
}
