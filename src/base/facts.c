/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/facts.h"
#include "base/xalloc.h"

void
facts_add(struct facts *f, const char *name, const char *value)
{
	f->fact = xreallocarray(f->fact, f->count + 1, sizeof(*f->fact));
	f->fact[f->count++] = (struct fact){ name, xstrdup(value) };
}

const char *
facts_find(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++) {
		if (strcmp(f->fact[i].name, name) == 0)
			return f->fact[i].value;
	}
	return NULL;
}

void
facts_free(struct facts *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->fact[i].value);
	free(f->fact);
	memset(f, 0, sizeof(*f));
}
