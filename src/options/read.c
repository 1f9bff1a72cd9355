/* SPDX-License-Identifier: ISC */
/* argv, option by option. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/number.h"
#include "options/check.h"
#include "options/personality.h"

/* --- getopt_long's tables, out of ours ----------------------------------- */

/* What getopt_long(3) says of an option: its letter, or one of these and an
 * index. */
#define OURS		256		/* of specs[] */
#define THEIRS		(OURS + SPEC_MAX)	/* of a personality's options */

struct getopt_tables {
	char		letters[3 * SPEC_MAX + 2];
	size_t		letters_used;
	struct option	words[SPEC_MAX + SPEC_ALIASES + PERSONALITY_OPTIONS +
			    2];
	size_t		words_used;
};

static void
tables_add_letter(struct getopt_tables *t, int letter, int has_argument)
{
	if (letter == 0)
		return;
	t->letters[t->letters_used++] = (char)letter;
	/* A letter's optional argument would glue itself to the letters behind
	 * it (-Sv): only words have them. */
	if (has_argument == required_argument)
		t->letters[t->letters_used++] = ':';
}

/* The first one of a word counts. */
static void
tables_add_word(struct getopt_tables *t, const char *word, int has_argument,
    int value)
{
	for (size_t i = 0; word != NULL && i < t->words_used; i++) {
		if (strcmp(t->words[i].name, word) == 0)
			return;
	}
	if (word != NULL)
		t->words[t->words_used++] = (struct option){ word,
		    has_argument, NULL, value };
}

static void
tables_add_theirs(struct getopt_tables *t, const struct personality_option *o)
{
	for (int i = 0; o[i].letter != 0 || o[i].word != NULL; i++) {
		int has = o[i].arg != NULL ? required_argument : no_argument;

		ASSERT(i < PERSONALITY_OPTIONS);
		tables_add_letter(t, o[i].letter, has);
		tables_add_word(t, o[i].word, has, THEIRS + i);
	}
}

static void
tables_add_ours(struct getopt_tables *t, bool letters)
{
	for (int i = 0; specs[i].kind != KIND_END; i++) {
		int has = spec_has_argument(&specs[i]);

		if (letters)
			tables_add_letter(t, specs[i].letter, has);
		tables_add_word(t, specs[i].word, has, OURS + i);
	}
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		size_t i = spec_find(a->means);

		tables_add_word(t, a->word, spec_has_argument(&specs[i]),
		    OURS + (int)i);
	}
}

static void
tables_make(struct getopt_tables *t, const struct personality *who)
{
	memset(t, 0, sizeof(*t));
	t->letters[t->letters_used++] = ':';	/* tell a missing argument
						 * apart */
	if (who->options != NULL)
		tables_add_theirs(t, who->options);
	tables_add_ours(t, who->options == NULL);
	if (who->options == NULL)
		tables_add_word(t, SPEC_NO_WORD_TEXT, optional_argument,
		    SPEC_NO_WORD);
}

static const struct spec *
spec_by_value(int value)
{
	if (value >= OURS)
		return &specs[value - OURS];
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].letter == value)
			return &specs[i];
	}
	return NULL;
}

/* The last one counts, but nobody is let in because of that unnoticed. */
static void
parser_tell_repetition(const struct parser *p, const struct spec *s,
    const char *value)
{
	const char *before = p->value[s - specs];
	char name[64];

	if (s->repeat != REPEAT_TOLD || !p->given[s - specs] ||
	    strcmp(before == NULL ? "" : before, value == NULL ? "" :
	    value) == 0)
		return;
	log_line(LOG_ERROR, "warning: %s is given twice: '%s' does not count, "
	    "'%s' does", spec_name(s, name), before == NULL ? "" : before,
	    value == NULL ? "" : value);
}

/* "--keepalive 60": a word that is no argument, for want of a '='; "-d 5": one
 * that other netcats would take for one. */
static void
parser_note_loose(struct parser *p, const struct spec *s, const char *next)
{
	int64_t time;

	if (s->arg == NULL && next != NULL && number_parse_time(next, &time)) {
		p->bare = s;
		p->bare_value = next;
	}
	if (spec_has_argument(s) != optional_argument)
		return;
	if (next == NULL || (s->kind != KIND_OPTIONAL_TEXT ?
	    !number_parse_time(next, &time) : access(next, F_OK) == -1))
		return;
	p->loose = s;
	p->loose_value = next;
}

/* "-tls" is -t -l -s, and most likely not meant so. */
static void
parser_tell_words(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i] + 1;

		if (argv[i][0] != '-' || strlen(word) < 3 ||
		    *word == 'h' || !spec_is_word(word))
			continue;
		log_line(LOG_ERROR, "warning: '-%s' is a row of letters; the "
		    "word has two dashes: --%s", word, word);
	}
}

static enum result
parser_take(struct parser *p, const struct spec *s, const char *value)
{
	enum result result = options_set(p, s, value);

	if (result != RESULT_OK)
		return result;
	if (p->who->options == NULL)
		parser_tell_repetition(p, s, value);
	p->given[s - specs] = true;
	p->value[s - specs] = value;
	return RESULT_OK;
}

enum result
options_take(struct parser *p, const char *word, const char *value)
{
	return parser_take(p, &specs[spec_find(word)], value);
}

/* Of a personality: what stands for it among ours. */
static enum result
parser_take_theirs(struct parser *p, const struct personality_option *theirs,
    const char *arg)
{
	enum result result = RESULT_OK;

	if (theirs->refusal != NULL)
		return error_set(p->err, RESULT_USAGE, "%s", theirs->refusal);
	if (theirs->read != NULL)
		result = theirs->read(p, &arg);
	if (result != RESULT_OK || theirs->means == NULL)
		return result;
	return options_take(p, theirs->means, theirs->value != NULL ?
	    theirs->value : arg);
}

static const struct personality_option *
theirs_by_value(const struct personality *who, int value)
{
	const struct personality_option *o = who->options;

	if (value >= THEIRS)
		return &o[value - THEIRS];
	for (; value < OURS && o != NULL && (o->letter != 0 ||
	    o->word != NULL); o++) {
		if (o->letter == value)
			return o;
	}
	return NULL;
}

/* The one of theirs that begins with a word of argv, which is ambiguous with
 * ours only; NULL: there is none, or more than one. */
static const struct personality_option *
theirs_by_prefix(const struct personality *who, const char *word)
{
	const struct personality_option *found = NULL, *o = who->options;
	size_t length = strcspn(word, "=");

	for (; o != NULL && length > 0 && (o->letter != 0 || o->word != NULL);
	    o++) {
		if (o->word == NULL || strncmp(o->word, word, length) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = o;
	}
	return found;
}

/* getopt_long(3) has said '?' of such a word: its option, with optarg set as
 * that would have; or NULL. */
static const struct personality_option *
theirs_abbreviated(const struct personality *who, int argc, char *const *argv)
{
	char *word = argv[optind - 1], *value = strchr(word, '=');
	const struct personality_option *o;

	if (optopt != 0 || strncmp(word, "--", 2) != 0)
		return NULL;
	o = theirs_by_prefix(who, word + 2);
	if (o == NULL || (o->arg == NULL && value != NULL) ||
	    (o->arg != NULL && value == NULL && optind == argc))
		return NULL;
	if (value != NULL)
		optarg = value + 1;
	else
		optarg = o->arg != NULL ? argv[optind++] : NULL;
	return o;
}

/* getopt_long(3) has said ':' or '?', or SPEC_NO_WORD. */
static enum result
parser_refuse(struct parser *p, int value, char *const *argv)
{
	const char *last = argv[optind - 1];
	const char letter[2] = { (char)optopt, '\0' };
	bool word = optopt == 0 || optopt >= OURS;

	if (p->who->refuse == NULL)
		return options_refuse(p, value, optopt != 0 ?
		    spec_by_value(optopt) : NULL, argv);
	return p->who->refuse(p, value, !word ? letter : last +
	    strspn(last, "-"), !word);
}

static enum result
parser_take_option(struct parser *p, int value, int argc, char *const *argv)
{
	const struct personality_option *theirs;
	const struct spec *s;
	enum result result;

	theirs = value != '?' ? NULL : theirs_abbreviated(p->who, argc, argv);
	if (theirs != NULL)
		return parser_take_theirs(p, theirs, optarg);
	if (value == '?' || value == ':' || value == SPEC_NO_WORD)
		return parser_refuse(p, value, argv);
	theirs = theirs_by_value(p->who, value);
	if (theirs != NULL)
		return parser_take_theirs(p, theirs, optarg);
	s = spec_by_value(value);
	result = parser_take(p, s, optarg);
	if (result == RESULT_OK && optarg == NULL)
		parser_note_loose(p, s, argv[optind]);
	return result;
}

enum result
options_read(struct parser *p, int argc, char **argv)
{
	struct getopt_tables tables;
	enum result result = RESULT_OK;
	int value;

	if (p->who->options == NULL)
		parser_tell_words(argc, argv);
	tables_make(&tables, p->who);
	opterr = 0;
	optind = 0;
	while (result == RESULT_OK && (value = getopt_long(argc, argv,
	    tables.letters, tables.words, NULL)) != -1)
		result = parser_take_option(p, value, argc, argv);
	/* It was looked for before it was known what options there are. */
	if (result == RESULT_OK && p->o->compat != NULL &&
	    strcmp(p->o->compat, p->who->name) != 0)
		return error_set(p->err, RESULT_USAGE, "--compat has to be "
		    "written out: --compat=%s", p->o->compat);
	return result;
}
