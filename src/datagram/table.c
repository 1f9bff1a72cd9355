/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "datagram/table.h"

#define BUCKETS_AT_FIRST	64
#define SLOTS_AT_FIRST		64

#define NO_SLOT		UINT32_MAX

/* A number is the generation of a slot, 24 bits, and which slot, 32 bits. */
#define GENERATION_SHIFT	32
#define GENERATION_MASK		0xffffffu

/* Where a number leads to. */
struct peer_slot {
	struct peer	*peer;		/* NULL: to nobody */
	uint32_t	 generation;
	uint32_t	 next_free;
};

void
peer_table_init(struct peer_table *t)
{
	*t = (struct peer_table){
		.buckets = BUCKETS_AT_FIRST,
		.bucket = xcalloc(BUCKETS_AT_FIRST, sizeof(*t->bucket)),
		.free_slot = NO_SLOT,
	};
	TAILQ_INIT(&t->line);
}

void
peer_table_free(struct peer_table *t)
{
	free(t->bucket);
	free(t->slot);
}

/* --- by number ----------------------------------------------------------- */

static void
peer_table_add_slots(struct peer_table *t)
{
	size_t slots = t->slots == 0 ? SLOTS_AT_FIRST : 2 * t->slots;

	t->slot = xreallocarray(t->slot, slots, sizeof(*t->slot));
	while (t->slots < slots) {
		t->slot[t->slots] = (struct peer_slot){
			.next_free = t->free_slot
		};
		t->free_slot = (uint32_t)t->slots++;
	}
}

static void
peer_table_number(struct peer_table *t, struct peer *p)
{
	struct peer_slot *slot;

	if (t->free_slot == NO_SLOT)
		peer_table_add_slots(t);
	slot = &t->slot[t->free_slot];
	p->number = (uint64_t)slot->generation << GENERATION_SHIFT |
	    t->free_slot;
	t->free_slot = slot->next_free;
	slot->peer = p;
}

struct peer *
peer_table_numbered(const struct peer_table *t, uint64_t number)
{
	uint32_t i = (uint32_t)number;

	if (i >= t->slots ||
	    t->slot[i].generation != number >> GENERATION_SHIFT)
		return NULL;
	return t->slot[i].peer;
}

void
peer_table_forget(struct peer_table *t, const struct peer *p)
{
	uint32_t i = (uint32_t)p->number;
	struct peer_slot *slot = &t->slot[i];

	ASSERT(i < t->slots && slot->peer == p);
	slot->peer = NULL;
	slot->generation = (slot->generation + 1) & GENERATION_MASK;
	slot->next_free = t->free_slot;
	t->free_slot = i;
}

/* --- by address ---------------------------------------------------------- */

static struct peer_bucket *
peer_table_bucket(const struct peer_table *t, uint32_t hash)
{
	return &t->bucket[hash & (t->buckets - 1)];
}

static void
peer_table_grow(struct peer_table *t)
{
	struct peer_bucket *bucket;
	struct peer *p;

	free(t->bucket);
	t->buckets *= 2;
	t->bucket = xcalloc(t->buckets, sizeof(*t->bucket));
	TAILQ_FOREACH (p, &t->line, in_line) {
		bucket = peer_table_bucket(t, p->hash);
		LIST_INSERT_HEAD(bucket, p, in_bucket);
	}
}

struct peer *
peer_table_find(const struct peer_table *t, const struct addr *remote,
    size_t socket)
{
	uint32_t hash = addr_hash(remote);
	struct peer *p;

	LIST_FOREACH (p, peer_table_bucket(t, hash), in_bucket) {
		if (p->hash == hash && p->socket == socket &&
		    addr_equal(&p->remote, remote))
			return p;
	}
	return NULL;
}

void
peer_table_insert(struct peer_table *t, struct peer *p, int64_t now)
{
	struct peer_bucket *bucket;

	ASSERT(peer_table_find(t, &p->remote, p->socket) == NULL);
	if (t->count >= t->buckets)
		peer_table_grow(t);
	p->hash = addr_hash(&p->remote);
	p->active = now;
	bucket = peer_table_bucket(t, p->hash);
	LIST_INSERT_HEAD(bucket, p, in_bucket);
	TAILQ_INSERT_TAIL(&t->line, p, in_line);
	t->count++;
	peer_table_number(t, p);
}

void
peer_table_remove(struct peer_table *t, struct peer *p)
{
	ASSERT(t->count > 0);
	LIST_REMOVE(p, in_bucket);
	TAILQ_REMOVE(&t->line, p, in_line);
	t->count--;
}

/* --- by silence ---------------------------------------------------------- */

void
peer_table_touch(struct peer_table *t, struct peer *p, int64_t now)
{
	p->active = now;
	TAILQ_REMOVE(&t->line, p, in_line);
	TAILQ_INSERT_TAIL(&t->line, p, in_line);
}

struct peer *
peer_table_first(const struct peer_table *t)
{
	return TAILQ_FIRST(&t->line);
}

struct peer *
peer_table_next(const struct peer *p)
{
	return TAILQ_NEXT(p, in_line);
}
