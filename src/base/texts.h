/* SPDX-License-Identifier: ISC */
/* Several texts: what an option was given that may be given several times. */
#ifndef BASE_TEXTS_H
#define BASE_TEXTS_H

#include <stddef.h>

/* Zeroed: none.  The array is owned, the texts are not. */
struct texts {
	const char	**text;
	size_t		 count;
};

void	texts_add(struct texts *t, const char *text);
void	texts_free(struct texts *t);

#endif
