/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/texts.h"
#include "base/xalloc.h"

void
texts_add(struct texts *t, const char *text)
{
	t->text = xreallocarray(t->text, t->count + 1, sizeof(*t->text));
	t->text[t->count++] = text;
}

void
texts_free(struct texts *t)
{
	free(t->text);
	t->text = NULL;
	t->count = 0;
}
