/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "options/choices.h"
#include "options/help.h"
#include "options/table.h"
#include "wire/nearest.h"

#define SHORT_WORD	2	/* one that is not looked for as a beginning */

/* Whether it is a word of the text, or begins one. */
static bool
text_has(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; *at != '\0'; at++) {
		if (at > text && isalnum((unsigned char)at[-1]))
			continue;
		if (strncasecmp(at, word, length) == 0 && (length >
		    SHORT_WORD || !isalnum((unsigned char)at[length])))
			return true;
	}
	return false;
}

static size_t
find_letter(int letter)
{
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].letter == letter)
			return i;
	}
	return SIZE_MAX;
}

void
help_search_init(struct help_search *h, const char *word)
{
	size_t dashes = strspn(word, "-");

	*h = (struct help_search){ .word = word + dashes, .only = SIZE_MAX };
	h->all = dashes == 0 && strcmp(word, "all") == 0;
	h->named = spec_find_word(h->word);
	if (h->word[0] != '\0' && h->word[1] == '\0')
		h->only = find_letter(h->word[0]);
	else if (dashes > 0)
		h->only = h->named;
}

static bool
needs(const struct spec *s, const struct spec *needed)
{
	for (size_t i = 0; s->word != NULL && spec_needs[i][0] != NULL; i++) {
		if (strcmp(spec_needs[i][0], s->word) == 0 &&
		    strcmp(spec_needs[i][1], needed->word) == 0)
			return true;
	}
	return false;
}

static const char *
heading_of(size_t i)
{
	while (i > 0 && specs[i].kind != KIND_HEADING)
		i--;
	return specs[i].help;
}

bool
help_search_has(const struct help_search *h, size_t i)
{
	const struct spec *s = &specs[i];

	if (s->kind == KIND_HEADING)
		return false;
	if (h->all)
		return true;
	if (h->only != SIZE_MAX || h->word[0] == '\0')
		return h->only == i;
	return h->named == i || text_has(heading_of(i), h->word) ||
	    (s->word != NULL && text_has(s->word, h->word)) ||
	    text_has(s->help, h->word) ||
	    (s->arg != NULL && strcasecmp(s->arg, h->word) == 0) ||
	    (s->choices != NULL && choices_have(s->choices, h->word,
	    strlen(h->word))) ||
	    (h->named != SIZE_MAX && needs(s, &specs[h->named]));
}

size_t
help_search_count(const struct help_search *h)
{
	size_t count = 0;

	for (size_t i = 0; specs[i].kind != KIND_END; i++)
		count += help_search_has(h, i);
	return count;
}

enum result
help_check(const char *word, struct error *err)
{
	struct help_search h;
	struct nearest nearest;
	char words[256];

	help_search_init(&h, word);
	if (help_search_count(&h) > 0)
		return RESULT_OK;
	spec_nearest(&nearest, h.word, strlen(h.word));
	if (nearest.count > 0)
		return error_set(err, RESULT_USAGE, "--help: no option has to "
		    "do with '%s': is %s meant?", word, nearest_name(&nearest,
		    words, sizeof(words)));
	return error_set(err, RESULT_USAGE, "--help: no option has to do with "
	    "'%s' (--help=all lists all)", word);
}
