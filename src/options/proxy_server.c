/* SPDX-License-Identifier: ISC */
/* --proxy-server: what we are to clients, and who they have to be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "options/check.h"
#include "options/choices.h"

#define USERS_FILE_MAX	((size_t)1024 * 1024)	/* bytes */
#define USERS_TEXT_MAX	255	/* bytes of a user or a password */

/* One that can't be reached is not waited for longer, ns. */
#define TARGET_TIMEOUT	(30 * CLOCK_SECOND)

/* One word, n bytes; 0: it is none. */
static unsigned
server_type(const char *word, size_t n)
{
	static const unsigned kinds[] = {
		[PROXY_SOCKS5] = PROXY_SERVES_SOCKS5,
		[PROXY_SOCKS4] = PROXY_SERVES_SOCKS4,
		[PROXY_SOCKS4A] = PROXY_SERVES_SOCKS4 | PROXY_SERVES_SOCKS4A,
		[PROXY_HTTP] = PROXY_SERVES_HTTP,
	};
	enum proxy_type type;

	if (n == strlen("any") && strncasecmp(word, "any", n) == 0)
		return PROXY_SERVES_ALL;
	return options_find_proxy_type(word, n, &type) ? kinds[type] : 0;
}

static enum result
server_read_types(struct parser *p)
{
	struct proxy_server_options *o = &p->o->proxy_server;
	const char *word = o->types;
	char choices[CHOICES_TEXT];

	for (;;) {
		size_t n = strcspn(word, ",");
		unsigned kinds = server_type(word, n);

		if (kinds == 0)
			return error_set(p->err, RESULT_USAGE,
			    "--proxy-server: '%.*s' is not %s",
			    (int)(n < 80 ? n : 80), word,
			    choices_name(&choices_proxy_server, choices));
		o->kinds |= kinds;
		if (word[n] == '\0')
			return RESULT_OK;
		word += n + 1;
	}
}

/* --- users --------------------------------------------------------------- */

/* "USER:PASSWORD", n bytes. */
static enum result
server_add_user(struct parser *p, const char *where, const char *text,
    size_t n)
{
	struct proxy_server_options *o = &p->o->proxy_server;
	const char *colon = memchr(text, ':', n);
	size_t user = colon == NULL ? 0 : (size_t)(colon - text);
	struct proxy_user *u;

	if (user == 0 || n - user == 1 || memchr(text, '\0', n) != NULL)
		return error_set(p->err, RESULT_USAGE, "%s: who may use the "
		    "proxy is USER:PASSWORD", where);
	if (user > USERS_TEXT_MAX || n - user - 1 > USERS_TEXT_MAX)
		return error_set(p->err, RESULT_USAGE, "%s: user and password "
		    "have %d bytes at most", where, USERS_TEXT_MAX);
	o->user = xreallocarray(o->user, o->users + 1, sizeof(*o->user));
	u = &o->user[o->users++];
	u->name = xcalloc(1, n + 1);
	memcpy(u->name, text, n);
	u->name[user] = '\0';
	u->password = u->name + user + 1;
	return RESULT_OK;
}

static enum result
server_take_arguments(struct parser *p)
{
	const struct texts *auth = &p->o->proxy.auth;
	enum result result = RESULT_OK;

	for (size_t i = 0; result == RESULT_OK && i < auth->count; i++)
		result = server_add_user(p, "--proxy-auth", auth->text[i],
		    strlen(auth->text[i]));
	options_hide_proxy_auth(&p->o->proxy);
	if (auth->count > 0 && result == RESULT_OK &&
	    !p->o->proxy.auth_open)
		log_line(LOG_ERROR, "warning: -P (--proxy-auth): a password on "
		    "the command line can be seen by others "
		    "(--proxy-auth-file F gives it)");
	return result;
}

/* A line each; empty ones, and those that begin with #, are none. */
static enum result
server_read_file(struct parser *p)
{
	const char *file = p->o->proxy.auth_file;
	enum result result = RESULT_OK;
	char where[512];
	size_t n, at = 0, line = 0;
	char *text;

	if (file == NULL)
		return RESULT_OK;
	text = file_load(file, USERS_FILE_MAX, &n);
	if (text == NULL)
		return error_set_errno(p->err, RESULT_LOCAL, errno,
		    "--proxy-auth-file %s", file);
	while (at < n && result == RESULT_OK) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t length = end == NULL ? n - at :
		    (size_t)(end - text) - at;
		size_t next = at + length + 1;

		snprintf(where, sizeof(where), "--proxy-auth-file %s, line "
		    "%zu", file, ++line);
		if (length > 0 && text[at + length - 1] == '\r')
			length--;
		if (length > 0 && text[at] != '#')
			result = server_add_user(p, where, text + at, length);
		at = next;
	}
	explicit_bzero(text, n);
	free(text);
	if (result == RESULT_OK && p->o->proxy_server.users == 0)
		return error_set(p->err, RESULT_USAGE, "--proxy-auth-file %s: "
		    "there is no user in it", file);
	return result;
}

/* What SOCKS 4 has no words for. */
static enum result
server_check_users(struct parser *p)
{
	struct proxy_server_options *o = &p->o->proxy_server;

	if (o->users == 0 || (o->kinds & (PROXY_SERVES_HTTP |
	    PROXY_SERVES_SOCKS5)) != 0)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "--proxy-server %s: SOCKS 4 has "
	    "no passwords, and so nobody could use it with --proxy-auth",
	    o->types);
}

enum result
options_read_proxy_server(struct parser *p)
{
	struct proxy_server_options *o = &p->o->proxy_server;
	struct dial_options *dial = &p->o->forward.dial;
	enum result result;

	if (o->types == NULL)
		return RESULT_OK;
	o->dest.of_destinations = true;
	/* Who comes to a path goes to addresses. */
	if (p->o->socket.family != AF_UNIX)
		p->o->forward.socket.family = p->o->socket.family;
	if (dial->timeout == CLOCK_NEVER)
		dial->timeout = TARGET_TIMEOUT;
	result = server_read_types(p);
	if (result == RESULT_OK)
		result = access_check(&o->dest, p->err);
	if (result == RESULT_OK)
		result = server_take_arguments(p);
	if (result == RESULT_OK)
		result = server_read_file(p);
	return result == RESULT_OK ? server_check_users(p) : result;
}

void
options_free_proxy_server(struct proxy_server_options *o)
{
	for (size_t i = 0; i < o->users; i++) {
		explicit_bzero(o->user[i].password,
		    strlen(o->user[i].password));
		free(o->user[i].name);
	}
	free(o->user);
	o->user = NULL;
	o->users = 0;
}
