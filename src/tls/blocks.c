/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#include "tls/blocks.h"

#define MOST	4096		/* of each kind */
#define WARM	16		/* that are free and keep their memory */

struct kind {
	size_t		 least, size;	/* bytes asked for; those of a block */
	unsigned char	*begin;		/* NULL: there are none */
	size_t		 made;		/* that were ever taken */
	size_t		 free_count;
	uint16_t	 free[MOST];	/* the last one goes first */
};

/* The library's functions of memory are told of nothing but a block. */
static struct kind kinds[] = {
	{ .least = 4096, .size = 4096 },
	{ .least = 16384, .size = 24576 },
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static void
kind_reserve(struct kind *k)
{
	void *p = mmap(NULL, MOST * k->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return;
	madvise(p, MOST * k->size, MADV_NOHUGEPAGE);
	k->begin = p;
}

void
blocks_begin(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].begin == NULL)
			kind_reserve(&kinds[i]);
	pthread_mutex_unlock(&lock);
}

static void *
kind_take(struct kind *k)
{
	size_t index;

	if (k->begin == NULL || (k->free_count == 0 && k->made == MOST))
		return NULL;
	index = k->free_count > 0 ? k->free[--k->free_count] : k->made++;
	return k->begin + index * k->size;
}

void *
blocks_take(size_t n, size_t offset)
{
	unsigned char *p = NULL;

	for (size_t i = 0; i < KINDS; i++) {
		if (n < kinds[i].least || n > kinds[i].size - offset)
			continue;
		pthread_mutex_lock(&lock);
		p = kind_take(&kinds[i]);
		pthread_mutex_unlock(&lock);
	}
	return p == NULL ? NULL : p + offset;
}

/* And where p is, from the beginning of all blocks of its kind. */
static struct kind *
kind_of(const void *p, size_t *at)
{
	for (size_t i = 0; i < KINDS; i++) {
		*at = (size_t)((uintptr_t)p - (uintptr_t)kinds[i].begin);
		if (kinds[i].begin != NULL && *at < MOST * kinds[i].size)
			return &kinds[i];
	}
	return NULL;
}

size_t
blocks_room(const void *p)
{
	size_t at;
	const struct kind *k = kind_of(p, &at);

	return k == NULL ? 0 : k->size - at % k->size;
}

void
blocks_give(void *p)
{
	size_t at;
	struct kind *k = kind_of(p, &at);
	size_t index = at / k->size;

	pthread_mutex_lock(&lock);
	if (k->free_count >= WARM)
		madvise(k->begin + index * k->size, k->size, MADV_DONTNEED);
	k->free[k->free_count++] = (uint16_t)index;
	pthread_mutex_unlock(&lock);
}
