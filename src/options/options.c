/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/texts.h"
#include "net/resolve.h"
#include "options/check.h"
#include "options/options.h"
#include "wire/tos.h"
#include "wire/words.h"

static enum result
parser_bad_value(const struct parser *p, const struct spec *s,
    const char *value, const char *expected)
{
	char name[64];

	return error_set(p->err, RESULT_USAGE, "%s: '%s' is not %s",
	    spec_name(s, name), value, expected);
}

static enum result
parser_empty_value(const struct parser *p, const struct spec *s)
{
	char name[64];

	return error_set(p->err, RESULT_USAGE, "%s: the %s '' is empty",
	    spec_name(s, name), s->arg);
}

static enum result
parse_integer(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char expected[80];
	bool ok;

	ok = s->kind == KIND_ANY_BASE ?
	    number_parse_any_base(value, s->min, s->max, to) :
	    number_parse(value, s->min, s->max, to);
	if (ok)
		return RESULT_OK;
	snprintf(expected, sizeof(expected), s->max == INT64_MAX ?
	    "a number from %lld up (to %lld)" : "a number from %lld to %lld",
	    (long long)s->min, (long long)s->max);
	return parser_bad_value(p, s, value, expected);
}

static enum result
parse_time(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char expected[80], least[32], most[32];

	if (s->kind == KIND_TIME_NEVER && value[0] == '-' &&
	    number_parse_time(value + 1, to)) {
		*to = CLOCK_NEVER;
		return RESULT_OK;
	}
	if (number_parse_time(value, to) && s->max == 0)
		return RESULT_OK;
	if (number_parse_time(value, to) && *to >= s->min && *to <= s->max)
		return RESULT_OK;
	if (s->max != 0) {
		snprintf(expected, sizeof(expected), "a time from %s to %s",
		    clock_format(least, sizeof(least), s->min),
		    clock_format(most, sizeof(most), s->max));
		return parser_bad_value(p, s, value, expected);
	}
	return parser_bad_value(p, s, value,
	    "a time (a number, then ms, s, m or h; s if none; a hundred years "
	    "at most)");
}

static enum result
parse_size(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	if (number_parse_size(value, to) && *to >= s->min && *to <= s->max)
		return RESULT_OK;
	return parser_bad_value(p, s, value, s->kind == KIND_RATE ?
	    "a rate (bytes a second, from 1 up: a number, then k, M or G)" :
	    "a size (1 to less than 2G: a number, then k, M or G)");
}

static enum result
parse_port(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	uint16_t port;

	if (number_parse(value, 0, 65535, to))
		return RESULT_OK;
	if (resolve_service(value, &port, (void *)(uintptr_t)"tcp")) {
		*to = port;
		return RESULT_OK;
	}
	return parser_bad_value(p, s, value,
	    "a port (0 to 65535, or the name of a service)");
}

static void
options_defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->source_port = -1;
	o->ready_fd = -1;
	o->mode = -1;
	o->socket.tos = -1;
	o->accept_timeout = CLOCK_NEVER;
	o->wait = CLOCK_NEVER;
	o->connect_timeout = CLOCK_NEVER;
	o->idle_timeout = CLOCK_NEVER;
	o->timeout = CLOCK_NEVER;
	o->reply = CLOCK_SECOND;
}

/* An argument that is left out: as if there had never been one. */
static enum result
parser_reset(struct parser *p, const struct spec *s)
{
	struct options o;

	options_defaults(&o);
	memcpy((char *)p->o + s->offset, (char *)&o + s->offset,
	    sizeof(int64_t));
	return RESULT_OK;
}

static enum result
parser_set(struct parser *p, const struct spec *s, const char *value)
{
	void *member = (char *)p->o + s->offset;

	switch (s->kind) {
	case KIND_FLAG:
		*(bool *)member = true;
		return RESULT_OK;
	case KIND_COUNT:
		++*(int *)member;
		return RESULT_OK;
	case KIND_TEXT:
		if (*value == '\0')
			return parser_empty_value(p, s);
		if (s->repeat == REPEAT_LIST) {
			texts_add(member, value);
			return RESULT_OK;
		}
		/* FALLTHROUGH */
	case KIND_OPTIONAL_TEXT:
		*(const char **)member = value;
		return RESULT_OK;
	case KIND_INT:
	case KIND_ANY_BASE:
		return parse_integer(p, s, value, member);
	case KIND_OPTIONAL_TIME:
		if (value == NULL)
			return parser_reset(p, s);
		/* FALLTHROUGH */
	case KIND_TIME:
	case KIND_TIME_NEVER:
		return parse_time(p, s, value, member);
	case KIND_SIZE:
	case KIND_RATE:
		return parse_size(p, s, value, member);
	case KIND_PORT:
		return parse_port(p, s, value, member);
	case KIND_TOS:
		*(int *)member = tos_parse(value);
		return *(int *)member >= 0 ? RESULT_OK : parser_bad_value(p, s,
		    value, "a DSCP name (ef, af11, cs7), a keyword "
		    "(lowdelay, ...) or a number from 0 to 255");
	case KIND_HEADING:
	case KIND_END:
		break;
	}
	abort();
}

/* --- getopt_long's tables, out of ours ----------------------------------- */

#define LONG_BASE	256	/* val of an option without a letter */

struct getopt_tables {
	char		letters[3 * SPEC_MAX + 2];
	struct option	words[SPEC_MAX + SPEC_ALIASES + 2];
};

static void
getopt_tables_make(struct getopt_tables *t)
{
	size_t letters = 0, words = 0;

	t->letters[letters++] = ':';	/* tell a missing argument apart */
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		const struct spec *s = &specs[i];

		if (s->letter != 0) {
			t->letters[letters++] = (char)s->letter;
			/* A letter's optional argument would glue itself to
			 * the letters behind it (-Sv): only words have them. */
			if (spec_has_argument(s) == required_argument)
				t->letters[letters++] = ':';
		}
		if (s->word != NULL)
			t->words[words++] = (struct option){ s->word,
			    spec_has_argument(s), NULL, LONG_BASE + (int)i };
	}
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		size_t i = spec_find(a->means);

		t->words[words++] = (struct option){ a->word,
		    spec_has_argument(&specs[i]), NULL, LONG_BASE + (int)i };
	}
	t->words[words++] = (struct option){ SPEC_NO_WORD_TEXT,
	    optional_argument, NULL, SPEC_NO_WORD };
	t->letters[letters] = '\0';
	memset(&t->words[words], 0, sizeof(t->words[words]));
}

static const struct spec *
spec_by_value(int value)
{
	if (value >= LONG_BASE)
		return &specs[value - LONG_BASE];
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
	if (s->kind != KIND_OPTIONAL_TEXT && s->kind != KIND_OPTIONAL_TIME)
		return;
	if (next == NULL || (s->kind == KIND_OPTIONAL_TIME ?
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
parser_read_options(struct parser *p, int argc, char **argv)
{
	struct getopt_tables tables;
	int value;

	getopt_tables_make(&tables);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.words,
	    NULL)) != -1) {
		const struct spec *s = value == '?' || value == ':' ||
		    value == SPEC_NO_WORD ? NULL : spec_by_value(value);
		enum result result;

		if (s == NULL)
			return options_refuse(p, value, optopt != 0 ?
			    spec_by_value(optopt) : NULL, argv);
		result = parser_set(p, s, optarg);
		if (result != RESULT_OK)
			return result;
		parser_tell_repetition(p, s, optarg);
		p->given[s - specs] = true;
		p->value[s - specs] = optarg;
		if (optarg == NULL)
			parser_note_loose(p, s, argv[optind]);
	}
	return RESULT_OK;
}

static void
parser_finish(struct parser *p)
{
	struct options *o = p->o;

	o->socket.keepalive = options_given(p, "keepalive");
	o->socket.keepalive_idle = (int)((o->keepalive_idle + CLOCK_SECOND -
	    1) / CLOCK_SECOND);
	o->socket.user_timeout = (int)(o->user_timeout / CLOCK_MS);
	/* A scan keeps nothing open, and sends nothing. */
	o->socket.no_keepalive = o->socket.no_keepalive || o->scan;
	o->socket.nagle = o->socket.nagle || (o->scan &&
	    !o->socket.no_delay);
	o->socket.mark_set = options_given(p, "so-mark");
	o->socket.mark = (uint32_t)o->so_mark;
	o->socket.recv_buffer = (int)o->recv_buffer;
	o->socket.send_buffer = (int)o->send_buffer;
	o->socket.ttl = (int)o->ttl;
	o->socket.min_ttl = (int)o->min_ttl;
	o->socket.md5sig = options_given(p, "md5sig");
	options_times(p);
	o->tls.send_only = o->send_only;
	if (o->recv_only)
		o->no_stdin = true;
	if (o->chat)
		o->broker = true;
	if (o->broker || o->merge)
		o->keep_open = true;
	if (o->merge)
		o->no_stdin = true;
}

enum result
options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	struct parser p = { .o = o, .err = err };
	enum result result;

	options_defaults(o);
	parser_tell_words(argc, argv);
	result = parser_read_options(&p, argc, argv);
	if (result != RESULT_OK || o->help || o->version)
		return result;
	result = options_check_tables(&p);
	if (result == RESULT_OK)
		result = options_read_operands(&p, argc - optind,
		    argv + optind);
	parser_finish(&p);
	if (result == RESULT_OK)
		result = options_check(&p);
	return result;
}

void
options_free(struct options *o)
{
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].repeat == REPEAT_LIST)
			texts_free((void *)((char *)o + specs[i].offset));
	}
	ports_free(&o->ports);
	free(o->host_buffer);
	o->host_buffer = NULL;
	if (o->command != NULL)
		words_free(o->command);
	o->command = NULL;
}

int
options_protocol(const struct options *o)
{
	return o->sctp ? IPPROTO_SCTP : o->mptcp ? IPPROTO_MPTCP : 0;
}

bool
options_may_probe(const struct options *o)
{
	return !o->socket.no_keepalive && !o->socket.keepalive;
}
