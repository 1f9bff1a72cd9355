/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "datagram/copied.h"
#include "datagram/route.h"
#include "datagram/table.h"

/* Senders can be forged, and each may have a file open of each kind. */
#define PEERS_MOST	200

struct copied_peer {
	struct peer	 peer;		/* first: see datagram/table.h */
	struct copied	*copied;
};

struct copied_peers {
	const struct run	*run;
	uint64_t		 number;	/* of the next one; or 0 */
	struct peer_table	 table;
};

struct copied *
copied_begin(const struct run *r, uint64_t number, int fd,
    const struct addr *here, const struct addr *there)
{
	const struct options *o = r->options;
	struct addr local;
	struct copies_subject subject = {
		.local = &local,
		.remote = there,
		.name = o->listening ? NULL : o->host,
		.number = number,
		.accepted = o->listening,
		.datagrams = true,
	};

	if (r->copies == NULL)
		return NULL;
	local = route_local(fd, here);
	if (number == 0)
		subject.number = run_number(r);
	return copies_begin(r->copies, NULL, &subject);
}

struct copied_peers *
copied_peers_new(const struct run *r, uint64_t number)
{
	struct copied_peers *cp;

	if (r->copies == NULL)
		return NULL;
	cp = xcalloc(1, sizeof(*cp));
	cp->run = r;
	cp->number = number;
	peer_table_init(&cp->table);
	return cp;
}

static void
copied_peer_end(struct copied_peers *cp, struct copied_peer *p)
{
	copies_forget(p->copied);
	peer_table_remove(&cp->table, &p->peer);
	peer_table_forget(&cp->table, &p->peer);
	free(p);
}

static struct copied_peer *
copied_peers_first(const struct copied_peers *cp)
{
	return (struct copied_peer *)peer_table_first(&cp->table);
}

void
copied_peers_free(struct copied_peers *cp)
{
	struct copied_peer *p;

	if (cp == NULL)
		return;
	while ((p = copied_peers_first(cp)) != NULL)
		copied_peer_end(cp, p);
	peer_table_free(&cp->table);
	free(cp);
}

static struct copied_peer *
copied_peers_insert(struct copied_peers *cp, int fd, const struct addr *here,
    const struct addr *there)
{
	struct copied_peer *p = xcalloc(1, sizeof(*p));

	if (cp->table.count == PEERS_MOST)
		copied_peer_end(cp, copied_peers_first(cp));
	p->copied = copied_begin(cp->run, cp->number, fd, here, there);
	cp->number = 0;
	p->peer.remote = *there;
	p->peer.socket = (size_t)fd;
	peer_table_insert(&cp->table, &p->peer, clock_now());
	return p;
}

void
copied_peers_put(struct copied_peers *cp, int fd, const struct addr *here,
    const struct addr *there, enum tap_way way,
    const struct dgram_piece *piece, size_t n)
{
	struct copied_peer *p;

	if (cp == NULL)
		return;
	p = (struct copied_peer *)peer_table_find(&cp->table, there,
	    (size_t)fd);
	if (p == NULL)
		p = copied_peers_insert(cp, fd, here, there);
	else
		peer_table_touch(&cp->table, &p->peer, clock_now());
	for (size_t i = 0; i < n; i++)
		copies_piece(p->copied, way, piece[i].data, piece[i].length);
}
