/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "serve/http_half.h"
#include "wire/http_request.h"

#define OUT_SIZE	(HTTP_FORWARD_MAX + HTTP_HALF_READ + 64)

void
http_half_init(struct http_half *h, struct stream *from, struct stream *to)
{
	static const struct http_body none;

	h->from = from;
	h->to = to;
	h->body = none;
	h->chunks = h->wants_in = h->wants_out = false;
	h->read_n = h->written_n = 0;
	buffer_init(&h->out, OUT_SIZE);
}

void
http_half_free(struct http_half *h)
{
	buffer_free(&h->out);
}

bool
http_half_pending(const struct http_half *h)
{
	return buffer_length(&h->out) > 0 ||
	    (h->to != NULL && stream_unflushed(h->to));
}

bool
http_half_flush(struct http_half *h)
{
	h->wants_out = false;
	while (http_half_pending(h)) {
		size_t n = buffer_length(&h->out);
		ssize_t w = n > 0 ? stream_write(h->to, h->out.data +
		    h->out.head, n) : stream_flush(h->to);

		if (w == -1) {
			h->wants_out = errno == EAGAIN;
			return h->wants_out;
		}
		buffer_take(&h->out, n > 0 ? (size_t)w : 0);
		h->written_n += n > 0 ? (size_t)w : 0;
	}
	return true;
}

ssize_t
http_half_read(struct http_half *h)
{
	ssize_t n = stream_read(h->from, h->data, sizeof(h->data));

	h->wants_in = n == -1 && errno == EAGAIN;
	if (n > 0)
		h->read_n += (size_t)n;
	return n;
}

/* What is in the body of the n bytes at in, moved together to their front;
 * returns how much.  *used: so many were looked at. */
static size_t
half_decode(struct http_half *h, unsigned char *in, size_t n, size_t *used)
{
	size_t length = 0;

	*used = 0;
	while (*used < n && h->body.verdict == HTTP_BODY_MORE) {
		struct http_text data;
		size_t piece;

		http_body_feed(&h->body, in + *used, n - *used, &piece, &data);
		memmove(in + length, data.at, data.n);
		length += data.n;
		*used += piece;
	}
	return length;
}

static void
half_put(struct http_half *h, const void *data, size_t n)
{
	char head[HTTP_CHUNK_HEAD_MAX];

	if (n == 0)
		return;
	if (h->chunks)
		buffer_put(&h->out, head, http_chunk_head(head, n));
	buffer_put(&h->out, data, n);
	if (h->chunks)
		buffer_put(&h->out, HTTP_CHUNK_END,
		    sizeof(HTTP_CHUNK_END) - 1);
}

size_t
http_half_take(struct http_half *h, size_t at, size_t n)
{
	size_t used, length = half_decode(h, h->data + at, n, &used);

	if (h->body.verdict > HTTP_BODY_DONE)
		return at + n;
	half_put(h, h->data + at, length);
	if (h->body.verdict == HTTP_BODY_DONE)
		http_half_end(h);
	return at + used;
}

void
http_half_end(struct http_half *h)
{
	if (h->chunks)
		buffer_put(&h->out, HTTP_CHUNK_LAST,
		    sizeof(HTTP_CHUNK_LAST) - 1);
}
