/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/ncat.h"
#include "options/nc.h"
#include "options/personality.h"

static const char *const no_others[] = { NULL };

static const struct personality personality_none = {
	.name = "none",
	.called = no_others,
	.help_fd = STDOUT_FILENO,
	.version_fd = STDOUT_FILENO,
};

static const struct personality *const personalities[] = {
	&personality_none,
	&personality_nc,
	&personality_ncat,
	NULL,
};

const struct personality *
personality_at(unsigned i)
{
	return personalities[i];
}

static const struct personality *
personality_by_name(const char *name)
{
	for (unsigned i = 0; personalities[i] != NULL; i++) {
		if (strcmp(personalities[i]->name, name) == 0)
			return personalities[i];
	}
	return NULL;
}

/* The file name of argv[0]: a path, or what a login shell makes of it. */
static const struct personality *
personality_by_call(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	for (unsigned i = 0; personalities[i] != NULL; i++) {
		const char *const *called = personalities[i]->called;

		for (; *called != NULL; called++) {
			if (strcmp(*called, name) == 0)
				return personalities[i];
		}
	}
	return &personality_none;
}

/* The last --compat, which has to be written out: what options there are
 * depends on it.  NULL: there is none. */
static const char *
compat_value(int argc, char *const *argv)
{
	static const char word[] = "--compat";
	const size_t length = sizeof(word) - 1;
	const char *value = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], word, length) != 0)
			continue;
		if (argv[i][length] == '=')
			value = argv[i] + length + 1;
		else if (argv[i][length] == '\0' && i + 1 < argc)
			value = argv[++i];
	}
	return value;
}

const struct personality *
personality_find(int argc, char *const *argv, struct error *err)
{
	const char *name = compat_value(argc, argv);
	const struct personality *who;

	if (name == NULL)
		return argc > 0 ? personality_by_call(argv[0]) :
		    &personality_none;
	who = personality_by_name(name);
	if (who == NULL)
		error_set(err, RESULT_USAGE, "--compat: '%s' is not none, nc "
		    "or ncat", name);
	return who;
}

void
personality_print_help(const struct personality *who, FILE *to)
{
	const struct personality_option *o = who->options;

	fputs(who->help, to);
	if (!who->lists_letters)
		return;
	fputs("\tCommand Summary:\n", to);
	for (; o->letter != 0 || o->word != NULL; o++) {
		const char *arg = o->arg != NULL ? o->arg : "";

		if (o->letter != 0 && o->refusal == NULL && !o->unlisted)
			fprintf(to, "\t\t-%c%s%s\t%s%s\n", o->letter,
			    *arg != '\0' ? " " : "", arg, strlen(arg) > 4 ?
			    "" : "\t", o->help);
	}
}

void
personality_assume(const struct personality *who)
{
	if (who->says != NULL)
		setprogname(who->says);
	if (who->status != NULL)
		error_use_statuses(who->status);
}

void
personality_hear(const struct personality *who, const struct options *o)
{
	if (who->hear != NULL)
		life_hear(who->hear, o);
}
