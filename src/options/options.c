/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* Permissions, octal. */
static enum result
parse_mode(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char *end;

	*to = strtol(value, &end, 8);
	if (value[0] != '\0' && *end == '\0' && *to >= 0 && *to <= 0777 &&
	    strspn(value, "01234567") == strlen(value))
		return RESULT_OK;
	return parser_bad_value(p, s, value, "an octal number from 0 to 777");
}

static enum result
parse_tos(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	*to = tos_parse(value);
	if (*to >= 0)
		return RESULT_OK;
	return parser_bad_value(p, s, value, "a DSCP name (ef, af11, cs7), a "
	    "keyword (lowdelay, ...) or a number from 0 to 255");
}

static void
options_defaults(struct options *o)
{
	*o = (struct options){
		.socket = { .type = SOCK_STREAM, .tos = -1, .mark = -1 },
		.dial = { .timeout = CLOCK_NEVER },
		.listen = { .mode = -1 },
		.tls = { .receive = true },
		.pump = {
			.send = true,
			.receive = true,
			.half_close = true,
			.wait_acknowledged = true,
			.idle_timeout = CLOCK_NEVER,
		},
		.server = { .accept_timeout = CLOCK_NEVER },
		.notify = { .ready_fd = -1 },
		.timeout = CLOCK_NEVER,
		.wait = CLOCK_NEVER,
		.reply_silence = CLOCK_SECOND,
	};
	o->dial.socket = o->listen.socket = &o->socket;
	o->forward.dial.socket = &o->forward.socket;
}

/* The value of an option whose member is a number. */
static enum result
parse_number(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	switch (s->kind) {
	case KIND_INT:
	case KIND_ANY_BASE:
		return parse_integer(p, s, value, to);
	case KIND_OPTIONAL_TIME:
		if (value == NULL) {
			*to = s->value;
			return RESULT_OK;
		}
		/* FALLTHROUGH */
	case KIND_TIME:
	case KIND_TIME_NEVER:
		return parse_time(p, s, value, to);
	case KIND_SIZE:
	case KIND_RATE:
		return parse_size(p, s, value, to);
	case KIND_PORT:
		return parse_port(p, s, value, to);
	case KIND_MODE:
		return parse_mode(p, s, value, to);
	case KIND_TOS:
		return parse_tos(p, s, value, to);
	default:
		abort();
	}
}

/* The member is as large as it needs to be for the greatest value. */
static void
parser_store(void *member, size_t size, int64_t value)
{
	if (size == sizeof(int64_t))
		*(int64_t *)member = value;
	else if (size == sizeof(int))
		*(int *)member = (int)value;
	else if (size == sizeof(uint16_t))
		*(uint16_t *)member = (uint16_t)value;
	else
		abort();
}

static enum result
parser_set_number(struct parser *p, const struct spec *s, const char *value)
{
	int64_t number;
	enum result result = parse_number(p, s, value, &number);

	if (result == RESULT_OK)
		parser_store((char *)p->o + s->offset, s->size, number);
	return result;
}

static enum result
parser_set_text(struct parser *p, const struct spec *s, const char *value)
{
	void *member = (char *)p->o + s->offset;

	if (s->kind == KIND_TEXT && *value == '\0')
		return parser_empty_value(p, s);
	if (s->repeat == REPEAT_LIST)
		texts_add(member, value);
	else
		*(const char **)member = value;
	return RESULT_OK;
}

static enum result
parser_set(struct parser *p, const struct spec *s, const char *value)
{
	void *member = (char *)p->o + s->offset;

	switch (s->kind) {
	case KIND_FLAG:
	case KIND_CLEAR:
		*(bool *)member = s->kind == KIND_FLAG;
		return RESULT_OK;
	case KIND_SET:
		parser_store(member, s->size, s->value);
		return RESULT_OK;
	case KIND_COUNT:
		++*(int *)member;
		return RESULT_OK;
	case KIND_TEXT:
	case KIND_OPTIONAL_TEXT:
		return parser_set_text(p, s, value);
	case KIND_HEADING:
	case KIND_END:
		abort();
	default:
		return parser_set_number(p, s, value);
	}
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

/* What one member is, others are, too. */
static void
parser_share(const struct parser *p)
{
	char *o = (char *)p->o;

	for (const struct spec *s = specs; s->kind != KIND_END; s++) {
		for (size_t i = 0; i < sizeof(s->also) / sizeof(s->also[0]) &&
		    s->also[i] != 0; i++)
			memcpy(o + s->also[i], o + s->offset, s->size);
	}
}

/* What options mean beyond themselves. */
static void
parser_finish(struct parser *p)
{
	struct options *o = p->o;

	/* A scan keeps nothing open, and sends nothing. */
	if (o->scan.on) {
		o->socket.no_keepalive = true;
		o->socket.nagle = !o->socket.no_delay;
	}
	if (o->broker.chat)
		o->broker.on = true;
	if (o->broker.on || o->merge.on)
		o->server.keep_open = true;
	if (o->merge.on)
		o->pump.send = false;
	options_times(p);
	/* The peer is told nothing; it has to say something. */
	if (o->pump.reply) {
		o->pump.half_close = false;
		o->pump.exit_on_eof = true;
	}
	o->pump.quit_in_silence = o->pump.reply || options_datagrams(o);
	/* A target of datagrams never ends. */
	o->pump.quit_after_peer = options_datagrams(o) &&
	    o->forward.text != NULL;
	parser_share(p);
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
	if (o->command.argv != NULL)
		words_free(o->command.argv);
	o->command.argv = NULL;
}

bool
options_datagrams(const struct options *o)
{
	return o->socket.type == SOCK_DGRAM;
}

bool
options_may_probe(const struct options *o)
{
	return !o->socket.no_keepalive && o->socket.keepalive_idle == 0;
}
