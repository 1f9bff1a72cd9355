/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/texts.h"
#include "options/check.h"
#include "options/options.h"
#include "wire/words.h"

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
		.progress = { .every = PROGRESS_OFF },
		.timeout = CLOCK_NEVER,
		.wait = CLOCK_NEVER,
		.reply_silence = CLOCK_SECOND,
	};
	o->dial.socket = o->listen.socket = &o->socket;
	o->forward.dial.socket = &o->forward.socket;
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
		result = options_set(p, s, optarg);
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
	if (o->broker.on || o->merge.on || o->proxy_server.types != NULL)
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

/* "-l --proxy-type T" is to be a proxy. */
static void
parser_read_as_ncat(struct parser *p)
{
	struct options *o = p->o;

	if (!o->listening || o->proxy.text.count > 0 ||
	    o->proxy.type.count == 0 || o->proxy_server.types != NULL)
		return;
	o->proxy_server.types = o->proxy.type.text[o->proxy.type.count - 1];
	p->given[spec_find("proxy-server")] = true;
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
	parser_read_as_ncat(&p);
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
	options_free_proxies(&o->proxy);
	options_free_proxy_server(&o->proxy_server);
	ports_free(&o->ports);
	free(o->host_buffer);
	o->host_buffer = NULL;
	if (o->command.argv != NULL)
		words_free(o->command.argv);
	o->command.argv = NULL;
}
