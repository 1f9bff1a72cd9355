/* SPDX-License-Identifier: ISC */
#include "session/layers.h"

/* The rows, from the socket upwards. */
#define LAYERS(row) \
	row(accept_proxy) \
	row(proxy_tls) \
	row(proxy) \
	row(send_proxy) \
	row(starttls) \
	row(tls) \
	row(tap) \
	row(request)

#define DECLARE(name)	extern const struct layer layer_##name;
LAYERS(DECLARE)

#define ADDRESS(name)	&layer_##name,
static const struct layer *const table[] = { LAYERS(ADDRESS) };

#define TABLE_SIZE	(sizeof(table) / sizeof(table[0]))

/* A layer's number is that of its row, if the rows of a proxy stood there once
 * for each. */
struct place {
	size_t	row, hop;
};

static struct place
layers_place(const struct run *r, enum session_side side, size_t i)
{
	size_t hops = side == SIDE_ACCEPTED ? 0 : r->options->proxy.count;
	size_t first = 0, rows = 0;

	while (first < TABLE_SIZE && !table[first]->each_hop)
		first++;
	while (first + rows < TABLE_SIZE && table[first + rows]->each_hop)
		rows++;
	if (i < first)
		return (struct place){ i, 0 };
	i -= first;
	if (i >= rows * hops)
		return (struct place){ first + rows + i - rows * hops, 0 };
	return (struct place){ first + i % rows, i / rows };
}

size_t
layers_hop(const struct run *r, enum session_side side, size_t i)
{
	return layers_place(r, side, i).hop;
}

/* As layers_next(); `watchers': those who only watch count, too. */
static const struct layer *
layers_find(const struct run *r, enum session_side side, bool watchers,
    size_t *i)
{
	for (;; ++*i) {
		struct place at = layers_place(r, side, *i);
		const struct layer *l;

		if (at.row >= TABLE_SIZE)
			return NULL;
		l = table[at.row];
		if ((l->sides & (unsigned)side) != 0 &&
		    (watchers || !l->watches) && l->wanted(r, side, at.hop))
			return l;
	}
}

bool
layers_bare_datagrams(const struct run *r)
{
	const struct options *o = r->options;
	size_t i = 0;

	return options_datagrams(o) && layers_find(r, o->listening ?
	    SIDE_ACCEPTED : SIDE_DIALLED, false, &i) == NULL;
}

/* Whether who watches has a stream to watch: of bare datagrams, those of a
 * command that would have had the socket. */
static bool
layers_watched(const struct run *r)
{
	return !layers_bare_datagrams(r) || (!r->options->listening &&
	    r->options->command.argv != NULL);
}

const struct layer *
layers_next(const struct run *r, enum session_side side, size_t *i)
{
	return layers_find(r, side, layers_watched(r), i);
}

bool
layers_any(const struct run *r, enum session_side side)
{
	size_t i = 0;

	return layers_next(r, side, &i) != NULL;
}

bool
layers_wait(const struct run *r, enum session_side side)
{
	const struct layer *l;

	for (size_t i = 0; (l = layers_next(r, side, &i)) != NULL; i++) {
		if (l->step != NULL)
			return true;
	}
	return false;
}

bool
layers_raw(const struct run *r, enum session_side side)
{
	const struct layer *l;

	for (size_t i = 0; (l = layers_next(r, side, &i)) != NULL; i++) {
		if (!l->raw_after)
			return false;
	}
	return true;
}

bool
layers_dial(const struct run *r, enum session_side side)
{
	const struct layer *l;

	for (size_t i = 0; (l = layers_next(r, side, &i)) != NULL; i++) {
		if (l->dials)
			return true;
	}
	return false;
}

void
layers_expect_many(const struct run *r, enum session_side side)
{
	const struct layer *l;

	for (size_t i = 0; (l = layers_next(r, side, &i)) != NULL; i++) {
		if (l->expect_many != NULL)
			l->expect_many();
	}
}
