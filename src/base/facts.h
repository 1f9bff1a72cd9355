/* SPDX-License-Identifier: ISC */
/* What somebody has to say of himself, as names with values: who asks need not
 * know whom. */
#ifndef BASE_FACTS_H
#define BASE_FACTS_H

#include <stddef.h>

struct fact {
	const char	*name;		/* a constant */
	char		*value;		/* owned */
};

/* Zeroed: none. */
struct facts {
	struct fact	*fact;
	size_t		 count;
};

/* Add one; value is copied. */
void		facts_add(struct facts *f, const char *name,
		    const char *value);

/* The value of the first one with that name, or NULL. */
const char	*facts_find(const struct facts *f, const char *name);

void		facts_free(struct facts *f);

#endif
