/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "datagram/input.h"
#include "wire/lines.h"

#define INPUT_SIZE	(8 * 65536)	/* lines collected from the input */
#define MESSAGE_ROOM	(4 * 65536)	/* a message has less, unix(7) */

void
pieces_init(struct pieces *p, struct stream *source, const struct options *o)
{
	*p = (struct pieces){
		.o = o,
		.source = source,
		.ended = !o->pump.send,
	};
	if (source->in.messages && !o->datagram.lines && !o->pump.crlf &&
	    o->pump.line_delay == 0)
		p->messages = dgram_batch_new(source->in.fd);
	else
		buffer_init(&p->buffer, INPUT_SIZE);
	if (o->pump.crlf)
		p->scratch = xpages(INPUT_SIZE);
}

void
pieces_free(struct pieces *p)
{
	size_t left = buffer_length(&p->buffer);

	if (left > 0 && !p->o->pump.crlf)
		stream_unread(p->source, p->buffer.data + p->buffer.head, left);
	dgram_batch_free(p->messages);
	buffer_free(&p->buffer);
	free(p->scratch);
}

bool
pieces_empty(const struct pieces *p)
{
	struct dgram_cursor at = p->next;
	struct dgram d;

	if (p->messages != NULL)
		return !dgram_batch_next(p->messages, &at, &d);
	return buffer_length(&p->buffer) == 0;
}

bool
pieces_wanted(struct pieces *p)
{
	size_t least = p->source->in.messages ? MESSAGE_ROOM : DGRAM_MAX;

	if (p->ended)
		return false;
	return p->o->datagram.lines ? buffer_room(&p->buffer) >= least :
	    pieces_empty(p);
}

static enum result
pieces_read_failed(int errnum, struct error *err)
{
	if (errnum == EAGAIN)
		return RESULT_OK;
	return error_set_errno(err, RESULT_LOCAL, errnum, "standard input");
}

/*
 * An empty message can't be told from the end, and so is one.  Those before one
 * that is too long go first.
 */
static enum result
pieces_read_messages(struct pieces *p, struct error *err)
{
	int n;

	if (p->too_long)
		return pieces_read_failed(EMSGSIZE, err);
	n = dgram_receive(p->messages, p->source->in.fd, DGRAM_BATCH);
	p->next = (struct dgram_cursor){ 0, 0 };
	if (n == -1)
		return pieces_read_failed(errno, err);
	for (size_t i = 0; i < (size_t)n; i++) {
		const struct dgram *d = dgram_batch_get(p->messages, i);

		if (d->length > 0 && d->length <= DGRAM_MAX)
			continue;
		dgram_batch_truncate(p->messages, i);
		p->ended = d->length == 0;
		p->too_long = d->length > 0;
		break;
	}
	return p->too_long && pieces_empty(p) ?
	    pieces_read_failed(EMSGSIZE, err) : RESULT_OK;
}

static ssize_t
pieces_read_crlf(struct pieces *p, unsigned char *to, size_t room)
{
	ssize_t n = stream_read(p->source, p->scratch, room / 2);

	if (n <= 0)
		return n;
	return (ssize_t)crlf_expand(&p->crlf, p->scratch, (size_t)n, to);
}

/* As much as fits when lines are taken out of it, otherwise a datagram's
 * worth. */
static enum result
pieces_read_bytes(struct pieces *p, struct error *err)
{
	size_t room = buffer_room(&p->buffer);
	unsigned char *to = p->buffer.data + p->buffer.tail;
	ssize_t n;

	if (!p->o->datagram.lines)
		room = DGRAM_MAX;
	n = p->scratch != NULL ? pieces_read_crlf(p, to, room) :
	    stream_read(p->source, to, room);
	if (n == -1)
		return pieces_read_failed(errno, err);
	if (n == 0)
		p->ended = true;
	p->buffer.tail += (size_t)n;
	return RESULT_OK;
}

enum result
pieces_read(struct pieces *p, struct error *err)
{
	if (!pieces_wanted(p))
		return RESULT_OK;
	return p->messages != NULL ? pieces_read_messages(p, err) :
	    pieces_read_bytes(p, err);
}

static size_t
pieces_get_messages(struct pieces *p, struct dgram_piece *piece)
{
	struct dgram_cursor at = p->next;
	struct dgram d;
	size_t count = 0;

	while (count < DGRAM_BATCH &&
	    dgram_batch_next(p->messages, &at, &d))
		piece[count++] = (struct dgram_piece){ d.data, d.length };
	return count;
}

/* Cut the bytes that were read. */
static size_t
pieces_cut(struct pieces *p, struct dgram_piece *piece)
{
	const unsigned char *data = p->buffer.data + p->buffer.head;
	size_t left = buffer_length(&p->buffer), count = 0;
	size_t most = p->o->pump.line_delay > 0 ? 1 : DGRAM_BATCH;
	bool whole = !p->o->datagram.lines && p->o->pump.line_delay == 0;

	while (count < most && left > 0) {
		struct dgram_piece *to = &piece[count];
		size_t used = left;

		to->data = data;
		to->length = left;
		if (!whole && !lines_next(data, left, !p->o->datagram.lines ||
		    p->ended, &to->length, &used))
			break;
		if (!p->o->datagram.lines)	/* -i: lines with their ends */
			to->length = used;
		p->used[count++] = used;
		data += used;
		left -= used;
	}
	return count;
}

enum result
pieces_get(struct pieces *p, struct dgram_piece *piece, size_t *count,
    struct error *err)
{
	size_t first;

	if (p->messages != NULL) {
		*count = pieces_get_messages(p, piece);
		return RESULT_OK;
	}
	*count = pieces_cut(p, piece);
	first = *count > 0 ? piece[0].length : buffer_length(&p->buffer);
	if (first <= DGRAM_MAX)
		return RESULT_OK;
	return error_set(err, RESULT_LOCAL, "standard input: a line is longer "
	    "than a datagram can be, %d bytes", DGRAM_MAX);
}

void
pieces_take(struct pieces *p, size_t n)
{
	struct dgram d;

	for (size_t i = 0; i < n; i++) {
		if (p->messages != NULL)
			dgram_batch_next(p->messages, &p->next, &d);
		else
			buffer_take(&p->buffer, p->used[i]);
	}
}
