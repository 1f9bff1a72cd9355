/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "datagram/input.h"
#include "wire/lines.h"

#define INPUT_SIZE	(8 * 65536)	/* lines collected from the input */
#define MESSAGE_ROOM	(4 * 65536)	/* a message has less, unix(7) */

void
input_init(struct input *in, struct stream *source, const struct options *o)
{
	*in = (struct input){
		.o = o,
		.source = source,
		.ended = !o->pump.send,
	};
	if (source->in.messages && !o->datagram.lines && !o->pump.crlf &&
	    o->pump.line_delay == 0)
		in->messages = dgram_batch_new(source->in.fd);
	else
		buffer_init(&in->buffer, INPUT_SIZE);
	if (o->pump.crlf)
		in->scratch = xpages(INPUT_SIZE);
}

void
input_free(struct input *in)
{
	size_t left = buffer_length(&in->buffer);

	if (left > 0 && !in->o->pump.crlf)
		stream_unread(in->source, in->buffer.data + in->buffer.head,
		    left);
	dgram_batch_free(in->messages);
	buffer_free(&in->buffer);
	free(in->scratch);
}

bool
input_empty(const struct input *in)
{
	struct dgram_cursor at = in->next;
	struct dgram d;

	if (in->messages != NULL)
		return !dgram_batch_next(in->messages, &at, &d);
	return buffer_length(&in->buffer) == 0;
}

bool
input_wanted(struct input *in)
{
	size_t least = in->source->in.messages ? MESSAGE_ROOM : DGRAM_MAX;

	if (in->ended)
		return false;
	return in->o->datagram.lines ? buffer_room(&in->buffer) >= least :
	    input_empty(in);
}

static enum result
input_read_failed(int errnum, struct error *err)
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
input_read_messages(struct input *in, struct error *err)
{
	int n;

	if (in->too_long)
		return input_read_failed(EMSGSIZE, err);
	n = dgram_receive(in->messages, in->source->in.fd, DGRAM_BATCH);
	in->next = (struct dgram_cursor){ 0, 0 };
	if (n == -1)
		return input_read_failed(errno, err);
	for (size_t i = 0; i < (size_t)n; i++) {
		const struct dgram *d = dgram_batch_get(in->messages, i);

		if (d->length > 0 && d->length <= DGRAM_MAX)
			continue;
		dgram_batch_truncate(in->messages, i);
		in->ended = d->length == 0;
		in->too_long = d->length > 0;
		break;
	}
	return in->too_long && input_empty(in) ?
	    input_read_failed(EMSGSIZE, err) : RESULT_OK;
}

static ssize_t
input_read_crlf(struct input *in, unsigned char *to, size_t room)
{
	ssize_t n = stream_read(in->source, in->scratch, room / 2);

	if (n <= 0)
		return n;
	return (ssize_t)crlf_expand(&in->crlf, in->scratch, (size_t)n, to);
}

/* As much as fits when lines are taken out of it, otherwise a datagram's
 * worth. */
static enum result
input_read_bytes(struct input *in, struct error *err)
{
	size_t room = buffer_room(&in->buffer);
	unsigned char *to = in->buffer.data + in->buffer.tail;
	ssize_t n;

	if (!in->o->datagram.lines)
		room = DGRAM_MAX;
	n = in->scratch != NULL ? input_read_crlf(in, to, room) :
	    stream_read(in->source, to, room);
	if (n == -1)
		return input_read_failed(errno, err);
	if (n == 0)
		in->ended = true;
	in->buffer.tail += (size_t)n;
	return RESULT_OK;
}

enum result
input_read(struct input *in, struct error *err)
{
	if (!input_wanted(in))
		return RESULT_OK;
	return in->messages != NULL ? input_read_messages(in, err) :
	    input_read_bytes(in, err);
}

static size_t
input_get_messages(struct input *in, struct dgram_piece *piece)
{
	struct dgram_cursor at = in->next;
	struct dgram d;
	size_t count = 0;

	while (count < DGRAM_BATCH &&
	    dgram_batch_next(in->messages, &at, &d))
		piece[count++] = (struct dgram_piece){ d.data, d.length };
	return count;
}

/* Cut the bytes that were read. */
static size_t
input_cut(struct input *in, struct dgram_piece *piece)
{
	const unsigned char *data = in->buffer.data + in->buffer.head;
	size_t left = buffer_length(&in->buffer), count = 0;
	size_t most = in->o->pump.line_delay > 0 ? 1 : DGRAM_BATCH;
	bool lines = in->o->datagram.lines;
	bool whole = !lines && in->o->pump.line_delay == 0;

	while (count < most && left > 0) {
		struct dgram_piece *to = &piece[count];
		size_t used = left;

		to->data = data;
		to->length = left;
		if (!whole && !lines_next(data, left, !lines || in->ended,
		    &to->length, &used))
			break;
		if (!lines)	/* -i: lines with their ends */
			to->length = used;
		in->used[count++] = used;
		data += used;
		left -= used;
	}
	return count;
}

enum result
input_get(struct input *in, struct dgram_piece *piece, size_t *count,
    struct error *err)
{
	size_t first;

	if (in->messages != NULL) {
		*count = input_get_messages(in, piece);
		return RESULT_OK;
	}
	*count = input_cut(in, piece);
	first = *count > 0 ? piece[0].length : buffer_length(&in->buffer);
	if (first <= DGRAM_MAX)
		return RESULT_OK;
	return error_set(err, RESULT_LOCAL, "standard input: a line is longer "
	    "than a datagram can be, %d bytes", DGRAM_MAX);
}

void
input_take(struct input *in, size_t n)
{
	struct dgram d;

	for (size_t i = 0; i < n; i++) {
		if (in->messages != NULL)
			dgram_batch_next(in->messages, &in->next, &d);
		else
			buffer_take(&in->buffer, in->used[i]);
	}
}
