/* SPDX-License-Identifier: ISC */
#include "base/log.h"
#include "datagram/receive.h"

void
receiver_init(struct receiver *r, int fd, uint64_t limit)
{
	*r = (struct receiver){
		.batch = dgram_batch_new(fd),
		.limit = limit,
	};
}

void
receiver_free(struct receiver *r)
{
	dgram_batch_free(r->batch);
}

bool
receiver_is_done(const struct receiver *r)
{
	return r->limit != 0 && r->datagrams >= r->limit;
}

int
receiver_receive(struct receiver *r, int fd, size_t most)
{
	int n;

	if (most > DGRAM_BATCH)
		most = DGRAM_BATCH;
	if (receiver_is_done(r))
		most = 0;
	else if (r->limit != 0 && r->limit - r->datagrams < most)
		most = (size_t)(r->limit - r->datagrams);
	r->more = false;
	if (most == 0)
		return 0;
	n = dgram_receive(r->batch, fd, most);
	r->next = (struct dgram_cursor){ 0, 0 };
	r->more = n == (int)most;
	return n;
}

bool
receiver_next(struct receiver *r, struct dgram *d)
{
	return !receiver_is_done(r) && dgram_batch_next(r->batch, &r->next, d);
}

void
receiver_count(struct receiver *r, const struct dgram *d)
{
	r->datagrams++;
	r->bytes += d->length;
	if (d->length > r->largest)
		r->largest = d->length;
	if (d->truncated)
		log_line(LOG_ERROR, "a datagram of more than %d bytes was cut",
		    DGRAM_RECEIVE_MAX);
}
