/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/table.h"
#include "wire/nearest.h"

const char *
spec_name(const struct spec *s, char buf[64])
{
	if (s->letter != 0 && s->word != NULL)
		snprintf(buf, 64, "-%c (--%s)", s->letter, s->word);
	else if (s->word != NULL)
		snprintf(buf, 64, "--%s", s->word);
	else
		snprintf(buf, 64, "-%c", s->letter);
	return buf;
}

size_t
spec_find(const char *name)
{
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].word != NULL ? strcmp(specs[i].word, name) == 0 :
		    specs[i].letter != 0 && name[0] == specs[i].letter &&
		    name[1] == '\0')
			return i;
	}
	abort();	/* a table names an option that does not exist */
}

size_t
spec_find_word(const char *word)
{
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].word != NULL && strcmp(specs[i].word, word) == 0)
			return i;
	}
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		if (strcmp(a->word, word) == 0)
			return spec_find(a->means);
	}
	return SIZE_MAX;
}

bool
spec_is_word(const char *word)
{
	return spec_find_word(word) != SIZE_MAX;
}

int
spec_has_argument(const struct spec *s)
{
	if (s->kind == KIND_OPTIONAL_TEXT || s->kind == KIND_OPTIONAL_TIME ||
	    s->kind == KIND_OPTIONAL_INT)
		return optional_argument;
	return s->arg != NULL ? required_argument : no_argument;
}

void
spec_nearest(struct nearest *n, const char *text, size_t length)
{
	nearest_init(n, text, length);
	for (const struct spec *s = specs; s->kind != KIND_END; s++) {
		if (s->word != NULL)
			nearest_offer(n, s->word, true);
	}
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++)
		nearest_offer(n, a->word, false);
}
