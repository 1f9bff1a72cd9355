/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/texts.h"
#include "options/check.h"
#include "options/help.h"
#include "options/options.h"
#include "options/personality.h"
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
	if (o->merge.on && !o->merge.input)
		o->pump.send = false;
	o->report.on = options_given(p, "report");
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

void
options_take_back(struct parser *p, const char *name)
{
	size_t i = spec_find(name);

	p->given[i] = false;
	if (specs[i].repeat == REPEAT_LIST)
		texts_free((void *)((char *)p->o + specs[i].offset));
	memcpy((char *)p->o + specs[i].offset, (const char *)p->untouched +
	    specs[i].offset, specs[i].size);
}

/* Options of another program that it takes, and makes nothing of where another
 * one is given, or where it is not. */
static void
parser_forget(struct parser *p, const char *const (*pair)[2], bool given)
{
	for (; pair != NULL && **pair != NULL; pair++) {
		if (options_given(p, (*pair)[0]) &&
		    options_given(p, (*pair)[1]) == given)
			options_take_back(p, (*pair)[0]);
	}
}

static enum result
parser_read_operands(struct parser *p, int count, char *const *operand)
{
	return p->who->read_operands != NULL ?
	    p->who->read_operands(p, count, operand) :
	    options_read_operands(p, count, operand);
}

enum result
options_parse(struct options *o, const struct personality *who, int argc,
    char **argv, struct error *err)
{
	struct options fresh;
	struct parser p = { .o = o, .untouched = &fresh, .who = who,
	    .err = err };
	enum result result;

	options_defaults(o);
	if (who->defaults != NULL)
		who->defaults(o);
	fresh = *o;
	result = options_read(&p, argc, argv);
	o->help = options_given(&p, "help");
	if (result == RESULT_OK && o->help && o->help_word != NULL)
		result = help_check(o->help_word, err);
	if (result != RESULT_OK || o->help || o->version)
		return result;
	parser_read_as_ncat(&p);
	if (who->check != NULL)
		result = who->check(&p);
	parser_forget(&p, who->without_effect, true);
	parser_forget(&p, who->no_effect_without, false);
	if (result == RESULT_OK)
		result = options_check_tables(&p);
	if (result == RESULT_OK)
		result = parser_read_operands(&p, argc - optind,
		    argv + optind);
	parser_finish(&p);
	if (result == RESULT_OK && who->finish != NULL)
		result = who->finish(&p);
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
