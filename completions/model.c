/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completions/model.h"

static void
item_name_letter(struct item *item, int letter)
{
	if (letter != 0)
		snprintf(item->name[item->names++], sizeof(item->name[0]),
		    "-%c", letter);
}

static void
item_name_word(struct item *item, const char *word)
{
	if (word == NULL)
		return;
	if (item->names == ITEM_NAMES || strlen(word) + 3 >
	    sizeof(item->name[0]))
		abort();
	snprintf(item->name[item->names++], sizeof(item->name[0]), "--%s",
	    word);
}

/* What the argument is among ours. */
static void
item_take(struct item *item, const struct spec *s)
{
	item->spec = s;
	item->takes = s->takes;
	item->port = s->kind == KIND_PORT;
	item->choices = s->choices;
	item->again = s->repeat == REPEAT_LIST || s->kind == KIND_COUNT;
}

static void
program_add_ours(struct program *p, const struct spec *s)
{
	static const enum argument arguments[] = {
		[no_argument] = ARGUMENT_NONE,
		[optional_argument] = ARGUMENT_OPTIONAL,
		[required_argument] = ARGUMENT_NEEDED,
	};
	struct item *item = &p->item[p->items++];

	item->help = s->help;
	item->arg = s->arg;
	item->argument = arguments[spec_has_argument(s)];
	item_take(item, s);
	item_name_letter(item, s->letter);
	item_name_word(item, s->word);
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		if (s->word != NULL && strcmp(a->means, s->word) == 0)
			item_name_word(item, a->word);
	}
}

static void
program_add_theirs(struct program *p, const struct personality_option *o)
{
	struct item *item = &p->item[p->items];

	/* What is refused is not offered. */
	if (o->refusal != NULL || o->help == NULL)
		return;
	p->items++;
	item->help = o->help;
	item->arg = o->arg;
	item->argument = o->arg != NULL ? ARGUMENT_NEEDED : ARGUMENT_NONE;
	if (o->means != NULL)
		item_take(item, &specs[spec_find(o->means)]);
	if (o->arg == NULL) {
		item->takes = TAKES_TEXT;
		item->choices = NULL;
	}
	item_name_letter(item, o->letter);
	item_name_word(item, o->word);
}

bool
program_make(struct program *p, unsigned i)
{
	const struct personality *who = personality_at(i);

	memset(p, 0, sizeof(*p));
	if (who == NULL)
		return false;
	p->name = who->options == NULL ? "sockcat" : who->name;
	p->called = who->called;
	for (const struct personality_option *o = who->options; o != NULL &&
	    (o->letter != 0 || o->word != NULL); o++)
		program_add_theirs(p, o);
	for (const struct spec *s = specs; who->options == NULL &&
	    s->kind != KIND_END; s++) {
		if (s->kind != KIND_HEADING)
			program_add_ours(p, s);
	}
	return true;
}

bool
program_excludes(const struct item *a, const struct item *b)
{
	const char *one, *other;

	if (a == b)
		return !a->again;
	if (a->spec == NULL || b->spec == NULL || a->spec->word == NULL ||
	    b->spec->word == NULL)
		return false;
	one = a->spec->word;
	other = b->spec->word;
	for (size_t i = 0; spec_conflicts[i][0] != NULL; i++) {
		const char *const *pair = spec_conflicts[i];

		if ((strcmp(pair[0], one) == 0 && strcmp(pair[1], other) ==
		    0) || (strcmp(pair[0], other) == 0 &&
		    strcmp(pair[1], one) == 0))
			return true;
	}
	return false;
}
