/* SPDX-License-Identifier: ISC */
/* What a value stands for: the words of a command, a target, a key. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "net/resolve.h"
#include "options/check.h"
#include "wire/habit.h"
#include "wire/key.h"
#include "wire/words.h"

/* A command that would get '>>' and 'log' as words has not what was meant. */
static enum result
parser_check_no_shell(const struct parser *p)
{
	const char *exec = p->o->command.exec, *found;
	size_t length;

	found = words_find_shell(exec, &length);
	if (found == NULL)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--exec: '%s': '%.*s' is for a "
	    "shell, and there is none: use --sh-exec, or quote it", exec,
	    (int)length, found);
}

/* --exec is split into words, --sh-exec left to the shell. */
enum result
options_read_command(struct parser *p)
{
	static char shell[] = "/bin/sh", shell_option[] = "-c";
	struct options *o = p->o;
	enum words_verdict verdict;
	size_t count;

	if (o->command.pty && o->command.exec == NULL &&
	    o->command.sh_exec == NULL)
		return error_set(p->err, RESULT_USAGE, "--pty goes with --exec "
		    "or --sh-exec only");
	if (o->command.sh_exec != NULL) {
		o->command.argv = xcalloc(4, sizeof(*o->command.argv));
		o->command.argv[0] = shell;
		o->command.argv[1] = shell_option;
		o->command.argv[2] = (char *)(uintptr_t)o->command.sh_exec;
	}
	if (o->command.exec == NULL)
		return RESULT_OK;
	verdict = words_split(o->command.exec, &o->command.argv, &count);
	if (verdict != WORDS_OK)
		return error_set(p->err, RESULT_USAGE, "--exec: '%s': %s",
		    o->command.exec, words_verdict_text(verdict));
	return parser_check_no_shell(p);
}

enum result
options_read_raw(struct parser *p)
{
	struct raw_options *raw = &p->o->raw;

	if (!options_given(p, "raw"))
		return RESULT_OK;
	if (raw->text == NULL)
		raw->text = "^]";
	raw->key = key_parse(raw->text);
	if (raw->key == -1)
		return error_set(p->err, RESULT_USAGE, "--raw: '%s' is not a "
		    "key (as ^], ^A or one character)", raw->text);
	if (isatty(STDIN_FILENO) != 1)
		return error_set(p->err, RESULT_USAGE, "--raw: standard input "
		    "is no terminal");
	return RESULT_OK;
}

static enum result
parser_refuse_forward(const struct parser *p, enum endpoint_verdict verdict)
{
	const char *text = p->o->forward.text;
	char advice[512];
	struct habit h;

	if (strncmp(text, "tls:", 4) != 0 && strncmp(text, "unix:", 5) != 0 &&
	    habit_recognize(text, &h) != HABIT_NONE)
		return error_set(p->err, RESULT_USAGE, "--forward: '%s': %s",
		    text, habit_advice(&h, HABIT_TARGET, advice,
		    sizeof(advice)));
	if (verdict == ENDPOINT_NO_PORT && *text != '\0' &&
	    text[strspn(text, "0123456789")] == '\0')
		verdict = ENDPOINT_NO_HOST;
	return error_set(p->err, RESULT_USAGE, "--forward: '%s': %s", text,
	    endpoint_verdict_text(verdict));
}

enum result
options_read_forward(struct parser *p)
{
	struct options *o = p->o;
	struct port_list ports = { NULL, 0 };
	enum endpoint_verdict verdict;
	char bad[80];
	bool ok;

	if (o->forward.text == NULL)
		return RESULT_OK;
	verdict = endpoint_parse_target(o->forward.text, &o->forward.target);
	if (verdict != ENDPOINT_OK)
		return parser_refuse_forward(p, verdict);
	if (o->forward.target.tls && options_datagrams(o))
		return error_set(p->err, RESULT_USAGE, "--forward: '%s': TLS "
		    "and -u do not go together", o->forward.text);
	if (o->forward.target.kind == ENDPOINT_UNIX)
		return RESULT_OK;
	ok = ports_parse(&ports, o->forward.target.inet.port, resolve_service,
	    (void *)(uintptr_t)(options_datagrams(o) ? "udp" : "tcp"), bad,
	    sizeof(bad)) && ports_count(&ports) == 1 && ports.range[0].low != 0;
	if (ok)
		o->forward.port = ports.range[0].low;
	ports_free(&ports);
	if (ok)
		return RESULT_OK;
	if (strchr(o->forward.target.inet.port, '/') != NULL ||
	    strcmp(o->forward.target.inet.host, "EXEC") == 0)
		return parser_refuse_forward(p, ENDPOINT_NO_PORT);
	return error_set(p->err, RESULT_USAGE, "--forward: '%s' is not one "
	    "port from 1 to 65535, or the name of a service",
	    o->forward.target.inet.port);
}

/* The key of TCP MD5 signatures: never on the command line, for all to see. */
enum result
options_read_md5_key(struct parser *p)
{
	struct options *o = p->o;
	size_t line;
	ssize_t n;
	int fd;

	if (!options_given(p, "md5sig"))
		return RESULT_OK;
	o->socket.md5sig_key = getenv(MD5_KEY_VARIABLE);
	if (o->md5sig_file != NULL) {
		fd = open(o->md5sig_file, O_RDONLY | O_CLOEXEC);
		n = fd == -1 ? -1 : read(fd, o->md5sig_buffer,
		    sizeof(o->md5sig_buffer) - 1);
		if (n == -1)
			error_set_errno(p->err, RESULT_LOCAL, errno,
			    "--md5sig=%s", o->md5sig_file);
		if (fd != -1)
			close(fd);
		if (n == -1)
			return RESULT_LOCAL;
		o->md5sig_buffer[n] = '\0';
		line = strcspn(o->md5sig_buffer, "\r\n");
		/* What is behind a NUL would be left out silently. */
		if (line < (size_t)n && o->md5sig_buffer[line] == '\0')
			line = 0;
		o->md5sig_buffer[line] = '\0';
		o->socket.md5sig_key = o->md5sig_buffer;
	}
	if (o->socket.md5sig_key == NULL || *o->socket.md5sig_key == '\0' ||
	    strlen(o->socket.md5sig_key) > 80)
		return error_set(p->err, RESULT_USAGE, "-S (--md5sig) needs a "
		    "key of 1 to 80 bytes, in a file (--md5sig=FILE) or in "
		    "the environment (" MD5_KEY_VARIABLE ")");
	return RESULT_OK;
}

void
options_last_family(struct parser *p)
{
	static const struct {
		const char	*word;
		int		 family;
	} families[] = {
		{ "ipv4", AF_INET },
		{ "ipv6", AF_INET6 },
		{ "unixsock", AF_UNIX },
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (p->o->socket.family != families[i].family)
			p->given[spec_find(families[i].word)] = false;
	}
}
