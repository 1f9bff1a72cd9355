/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/xalloc.h"
#include "datagram/heard.h"
#include "datagram/table.h"

struct heard {
	struct peer_table	 table;
	const struct peer	*last;	/* most come from where the one before
					 * came from; or NULL */
};

struct heard *
heard_new(const struct report *report)
{
	struct heard *h;

	if (report == NULL)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	peer_table_init(&h->table);
	return h;
}

void
heard_free(struct heard *h)
{
	struct peer *p;

	if (h == NULL)
		return;
	while ((p = peer_table_first(&h->table)) != NULL) {
		peer_table_remove(&h->table, p);
		peer_table_forget(&h->table, p);
		free(p);
	}
	peer_table_free(&h->table);
	free(h);
}

void
heard_put(struct heard *h, const struct addr *from)
{
	struct peer *p;

	if (h == NULL || from->len == 0 ||
	    (h->last != NULL && addr_equal(&h->last->remote, from)))
		return;
	p = peer_table_find(&h->table, from, 0);
	if (p == NULL && h->table.count < HEARD_MOST) {
		p = xcalloc(1, sizeof(*p));
		p->remote = *from;
		peer_table_insert(&h->table, p, 0);
	}
	if (p != NULL)
		h->last = p;
}

uint64_t
heard_count(const struct heard *h)
{
	return h == NULL ? 0 : h->table.count;
}
