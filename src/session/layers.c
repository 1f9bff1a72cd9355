/* SPDX-License-Identifier: ISC */
#include "session/layers.h"

/* The rows, from the socket upwards. */
#define LAYERS(row) \
	row(starttls) \
	row(tls)

#define DECLARE(name)	extern const struct layer layer_##name;
LAYERS(DECLARE)

#define ADDRESS(name)	&layer_##name,
static const struct layer *const table[] = { LAYERS(ADDRESS) };

#define TABLE_SIZE	(sizeof(table) / sizeof(table[0]))

const struct layer *
layers_next(const struct run *r, enum session_side side, size_t *i)
{
	for (; *i < TABLE_SIZE; ++*i) {
		const struct layer *l = table[*i];

		if ((l->sides & (unsigned)side) != 0 && l->wanted(r, side))
			return l;
	}
	return NULL;
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

void
layers_expect_many(const struct run *r, enum session_side side)
{
	const struct layer *l;

	for (size_t i = 0; (l = layers_next(r, side, &i)) != NULL; i++) {
		if (l->expect_many != NULL)
			l->expect_many();
	}
}

bool
layers_bare_datagrams(const struct run *r)
{
	const struct options *o = r->options;

	return options_datagrams(o) && !layers_any(r, o->listening ?
	    SIDE_ACCEPTED : SIDE_DIALLED);
}
