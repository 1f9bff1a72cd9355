/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "base/xalloc.h"
#include "serve/broker_state.h"
#include "serve/merge_input.h"

struct merge_input {
	struct broker	 broker;	/* nobody speaks but standard input */
};

/* Of one client, above what it writes to. */
struct hearer {
	struct stream		 stream;
	struct hub_member	*member;
	struct hub		*hub;
};

static ssize_t
hearer_read(struct stream *s, void *data, size_t n)
{
	struct hearer *h = (struct hearer *)s;
	/* Before the queue is looked at: what is queued behind is told. */
	bool over = hub_is_closed(h->hub);
	struct iovec next;

	hub_awake(h->member);
	s->more = false;
	if (hub_peek(h->member, &next, 1) == 0) {
		if (over)
			return 0;
		if (hub_is_closed(h->hub))	/* just now */
			s->more = true;
		errno = EAGAIN;
		return -1;
	}
	if (n > next.iov_len)
		n = next.iov_len;
	memcpy(data, next.iov_base, n);
	hub_took(h->member, n, false);
	s->more = hub_peek(h->member, &next, 1) > 0 || hub_is_closed(h->hub);
	return (ssize_t)n;
}

static void
hearer_close(struct stream *s, bool abort)
{
	struct hearer *h = (struct hearer *)s;

	hub_leave(h->member);
	stream_close(stream_release(s), abort);
	free(h);
}

static const struct stream_ops hearer_ops = {
	.read = hearer_read,
	.close = hearer_close,
};

struct stream *
merge_input_join(struct merge_input *in, struct stream *output)
{
	struct broker *b = &in->broker;
	struct hub_member *m = hub_join(b->hub, true, true);
	struct hearer *h;

	if (m == NULL)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	stream_layer_init(&h->stream, &hearer_ops, output);
	h->member = m;
	h->hub = b->hub;
	h->stream.in_name = b->local->in_name;
	h->stream.in = (struct fdio){ .fd = hub_event_fd(m), .kind = FD_OTHER,
	    .own = true, .reopened = -1, .expected = -1 };
	h->stream.read_events = POLLIN;
	h->stream.interactive = b->local->interactive;
	h->stream.no_input = b->local->no_input || hub_is_closed(b->hub);
	return &h->stream;
}

struct merge_input *
merge_input_new(const struct options *o)
{
	struct merge_input *in = xcalloc(1, sizeof(*in));

	in->broker.o = o;
	in->broker.hub = hub_new();
	in->broker.stop_fd = -1;
	in->broker.closes = true;
	in->broker.reads = broker_start_input(&in->broker);
	if (!in->broker.reads)
		hub_close(in->broker.hub);
	return in;
}

void
merge_input_end(struct merge_input *in)
{
	if (in->broker.reads) {
		signals_stop();
		pthread_join(in->broker.thread, NULL);
	}
	broker_end_input(&in->broker);
	hub_free(in->broker.hub);
	free(in);
}
