/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "options/choices.h"
#include "options/options.h"
#include "options/personality.h"
#include "options/table.h"
#include "tap.h"

/* The size of the members that an option of that kind may have. */
static bool
is_good_size(enum kind kind, size_t size)
{
	switch (kind) {
	case KIND_FLAG:
	case KIND_CLEAR:
		return size == sizeof(bool);
	case KIND_SET:
	case KIND_COUNT:
	case KIND_TOS:
	case KIND_MODE:
		return size == sizeof(int);
	case KIND_TEXT:
		return size == sizeof(char *) || size == sizeof(struct texts);
	case KIND_OPTIONAL_TEXT:
		return size == sizeof(char *);
	case KIND_INT:
	case KIND_OPTIONAL_INT:
	case KIND_SIZE:
		return size == sizeof(int) || size == sizeof(int64_t);
	case KIND_PORT:
		return size == sizeof(uint16_t);
	default:
		return size == sizeof(int64_t);
	}
}

/* Whether all members that it sets are within the struct. */
static bool
is_within(const struct spec *s)
{
	bool good = s->offset + s->size <= sizeof(struct options);

	for (size_t i = 0; i < NITEMS(s->also); i++)
		good = good && s->also[i] + s->size <= sizeof(struct options);
	return good;
}

static void
test_table(void)
{
	for (const struct spec *s = specs; s->kind != KIND_END; s++) {
		if (s->kind == KIND_HEADING)
			continue;
		ok(is_good_size(s->kind, s->size) && is_within(s) &&
		    (s->size > sizeof(int) || s->max <= INT32_MAX),
		    "--%s: its member, of size %zu", s->word, s->size);
	}
}

/* What a shell completes is what the argument is called. */
static void
test_takes(void)
{
	static const struct {
		const char	*arg;
		enum takes	 takes;
	} of[] = {
		{ "FILE", TAKES_FILE },
		{ "DIR", TAKES_DIRECTORY },
		{ "CMD", TAKES_COMMAND },
		{ "IF", TAKES_INTERFACE },
		{ "ADDR", TAKES_HOST },
		{ "TARGET", TAKES_TARGET },
		{ "PROXY", TAKES_TARGET },
	};

	for (const struct spec *s = specs; s->kind != KIND_END; s++) {
		for (size_t i = 0; s->arg != NULL && i < NITEMS(of); i++) {
			if (strcmp(s->arg, of[i].arg) == 0)
				is_int(s->takes, of[i].takes, "--%s %s",
				    s->word, s->arg);
		}
		if (s->arg == NULL || s->kind == KIND_HEADING)
			ok(s->takes == TAKES_TEXT && s->choices == NULL,
			    "--%s has no argument", s->word != NULL ?
			    s->word : s->help);
	}
}

#define WORDS_MOST	16

/* The command line without the name of the program, which ends with NULL. */
static enum result
parse(struct options *o, const char *const words[])
{
	char *argv[WORDS_MOST + 1] = { (char *)(uintptr_t)"sockcat" };
	struct error err = { .result = RESULT_OK };
	enum result result;
	int argc = 1;

	for (; words[argc - 1] != NULL && argc < WORDS_MOST; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	result = options_parse(o, personality_at(0), argc, argv, &err);
	if (result != RESULT_OK)
		printf("# %s\n", err.text);
	return result;
}

#define PARSE(o, ...) parse((o), (const char *const[]){ __VA_ARGS__, NULL })

static void
test_defaults(void)
{
	struct options o;

	ok(PARSE(&o, "localhost", "80") == RESULT_OK, "a host and a port");
	is_str(o.host, "localhost", "the host");
	is_int(o.ports.range[0].low, 80, "the port");
	ok(o.dial.socket == &o.socket && o.listen.socket == &o.socket,
	    "sockets are as the options of sockets say");
	ok(o.pump.send && o.pump.receive && o.pump.half_close &&
	    o.pump.wait_acknowledged && !o.pump.exit_on_eof,
	    "both directions, with a clean end");
	ok(o.tls.receive, "what the peer says is wanted");
	is_int(o.socket.type, SOCK_STREAM, "a stream");
	is_int(o.socket.family, AF_UNSPEC, "of any family");
	is_int(o.socket.mark, -1, "no mark");
	is_int(o.socket.keepalive_idle, 0, "probes as usual");
	ok(options_may_probe(&o), "... and more of them");
	is_int(o.pump.idle_timeout, CLOCK_NEVER, "no limit");
	options_free(&o);
}

/* The words with which an option can be given; "%s" is one of the choices. */
static const struct {
	const char	*word;		/* of the option */
	const char	*line[6];
} with_choice[] = {
	{ "send-proxy", { "--send-proxy=%s", "::1", "9" } },
	{ "proxy-server", { "-l", "--proxy-server=%s", "::1", "0" } },
	{ "proxy-type", { "-X%s", "-x", "localhost", "127.0.0.1", "9" } },
	{ "proxy-dns", { "--proxy-dns=%s", "-x", "localhost", "::1", "9" } },
	{ "tls-min", { "-c", "--tls-min=%s", "::1", "9" } },
	{ "tls-max", { "-c", "--tls-max=%s", "::1", "9" } },
	{ "starttls", { "-c", "--starttls=%s", "::1", "9" } },
	{ "tos", { "-T%s", "::1", "9" } },
	{ "report", { "--report=%s", "::1", "9" } },
	{ "compat", { NULL } },		/* see personality_find() */
};

static void
check_choice(const char *const line[6], const char *choice)
{
	const char *words[6] = { NULL };
	char with[64];
	struct options o;

	for (size_t i = 0; i < 6 && line[i] != NULL; i++) {
		words[i] = line[i];
		if (strchr(line[i], '%') == NULL)
			continue;
		snprintf(with, sizeof(with), "%.*s%s",
		    (int)strcspn(line[i], "%"), line[i], choice);
		words[i] = with;
	}
	ok(parse(&o, words) == RESULT_OK, "%s", with);
	options_free(&o);
}

static void
check_choices(const struct spec *s)
{
	char buf[CHOICES_TEXT];

	for (size_t i = 0; i < NITEMS(with_choice); i++) {
		if (strcmp(with_choice[i].word, s->word) != 0)
			continue;
		ok(strlen(choices_name(s->choices, buf)) < CHOICES_TEXT - 1,
		    "--%s: all can be named", s->word);
		for (const char *const *value = s->choices->value;
		    with_choice[i].line[0] != NULL && *value != NULL; value++)
			check_choice(with_choice[i].line, *value);
		return;
	}
	ok(false, "--%s: is not in with_choice[]", s->word);
}

static void
test_choices(void)
{
	for (const struct spec *s = specs; s->kind != KIND_END; s++) {
		if (s->choices != NULL)
			check_choices(s);
	}
	for (unsigned i = 0; personality_at(i) != NULL; i++) {
		const char *name = personality_at(i)->name;

		ok(choices_have(&choices_compat, name, strlen(name)),
		    "--compat %s", name);
	}
	ok(!choices_have(&choices_tls_version, "1.", 2), "a part is none");
	ok(choices_have(&choices_tos, "EF", 2), "in either case");
	ok(!choices_have(&choices_report, "JSON", 4), "... but not all are");
}

static void
test_members(void)
{
	struct options o;

	ok(PARSE(&o, "-4u", "-p", "65535", "-I", "2k", "--so-mark", "0", "-T",
	    "ef", "-n", "::1", "9") == RESULT_OK, "numbers of each size");
	is_int(o.socket.family, AF_INET, "-4");
	ok(options_datagrams(&o), "-u");
	is_int(o.dial.source_port, 65535, "-p");
	is_int(o.socket.recv_buffer, 2048, "-I");
	is_int(o.socket.mark, 0, "--so-mark 0 is a mark");
	is_int(o.socket.tos, 0xb8, "-T");
	options_free(&o);

	ok(PARSE(&o, "--send-only", "--no-shutdown", "--no-wait",
	    "--keepalive", "::1", "9") == RESULT_OK, "flags that clear");
	ok(o.pump.send && !o.pump.receive && !o.tls.receive, "--send-only");
	ok(!o.pump.half_close, "--no-shutdown");
	ok(!o.pump.wait_acknowledged, "--no-wait");
	is_int(o.socket.keepalive_idle, 60 * CLOCK_SECOND, "--keepalive");
	ok(!options_may_probe(&o), "... and no other probes");
	options_free(&o);

	ok(PARSE(&o, "--recv-only", "--reply", "::1", "9") == RESULT_OK,
	    "--reply");
	ok(!o.pump.send && o.pump.receive, "--recv-only");
	ok(o.pump.reply && !o.pump.half_close && o.pump.exit_on_eof,
	    "the peer is told nothing");
	is_int(o.pump.quit_after, CLOCK_SECOND, "a second of silence");
	options_free(&o);
}

/* What holds for the target's sockets, and what does not. */
static void
test_target(void)
{
	struct options o;

	ok(PARSE(&o, "-l", "-6", "-n", "-T", "ef", "-M", "7", "-w", "3",
	    "--forward", "127.0.0.1:7", "::1", "0") == RESULT_OK,
	    "a listener that forwards");
	ok(o.forward.dial.socket == &o.forward.socket,
	    "the target has options of its own");
	is_int(o.forward.port, 7, "its port");
	is_int(o.forward.socket.family, AF_UNSPEC, "its family is not -6");
	is_int(o.forward.socket.type, SOCK_STREAM, "it is a stream, too");
	is_int(o.forward.socket.tos, 0xb8, "-T is for it, too");
	is_int(o.forward.socket.ttl, 0, "-M is not");
	is_int(o.forward.socket.mark, -1, "no mark there, either");
	ok(o.forward.socket.numeric && o.access.numeric, "-n");
	is_int(o.forward.dial.timeout, 3 * CLOCK_SECOND, "-w");
	options_free(&o);
}

static void
test_wrong(void)
{
	struct options o;

	ok(PARSE(&o, "-p", "65536", "::1", "9") == RESULT_USAGE,
	    "a port beyond the last one");
	options_free(&o);
	ok(PARSE(&o, "-l", "-U", "--mode", "888", "x") == RESULT_USAGE,
	    "a mode that is not octal");
	options_free(&o);
	ok(PARSE(&o, "-l", "-U", "--mode", "0600", "x") == RESULT_OK,
	    "one that is");
	is_int(o.listen.mode, 0600, "its value");
	options_free(&o);
}

int
main(void)
{
	test_table();
	test_takes();
	test_choices();
	test_defaults();
	test_members();
	test_target();
	test_wrong();
	return tap_done();
}
