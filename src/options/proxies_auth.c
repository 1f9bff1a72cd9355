/* SPDX-License-Identifier: ISC */
/* --proxy-auth: who we are to the proxies on the way. */
#include <errno.h>
#include <readpassphrase.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "options/check.h"
#include "wire/http_auth.h"

/* Where the password, or user and password, is looked for. */
#define AUTH_VARIABLE	"SOCKCAT_PROXY_AUTH"

#define AUTH_FILE_MAX	4096	/* bytes */
/* Of a prompt, with the NUL: one that is too long is refused, and not cut. */
#define PASSWORD_MAX	(HTTP_AUTH_TEXT_MAX + 2)

#define SOCKS_MOST	255	/* bytes of a user or a password, RFC 1929 */

static char *
proxies_copy(const char *text, size_t n)
{
	char *copy = xcalloc(1, n + 1);

	memcpy(copy, text, n);
	return copy;
}

/* "USER:PASSWORD", n bytes. */
static bool
proxies_split(const char *text, size_t n, struct proxy_hop *hop)
{
	const char *colon = memchr(text, ':', n);
	size_t user;

	if (colon == NULL)
		return false;
	user = (size_t)(colon - text);
	hop->user = proxies_copy(text, user);
	hop->password = proxies_copy(colon + 1, n - user - 1);
	return true;
}

void
options_free_proxy_auth(struct proxy_hop *hop)
{
	if (hop->password != NULL)
		explicit_bzero(hop->password, strlen(hop->password));
	free(hop->password);
	free(hop->user);
}

/* What stands in the file or the environment: the password of the user that is
 * given, or user and password. */
static enum result
proxies_take_secret(struct parser *p, const char *where, const char *text,
    size_t n, struct proxy_hop *hop)
{
	if (n == 0 || memchr(text, '\0', n) != NULL)
		return error_set(p->err, RESULT_USAGE, "%s: there is no "
		    "password in it", where);
	if (hop->user != NULL)
		hop->password = proxies_copy(text, n);
	else if (!proxies_split(text, n, hop))
		return error_set(p->err, RESULT_USAGE, "%s: it has to be "
		    "USER:PASSWORD where no user is given (-P USER)", where);
	return RESULT_OK;
}

static enum result
proxies_read_file(struct parser *p, struct proxy_hop *hop)
{
	const char *file = p->o->proxy.auth_file;
	char where[512];
	enum result result;
	size_t n;
	char *text = file_load(file, AUTH_FILE_MAX, &n);

	snprintf(where, sizeof(where), "--proxy-auth-file %s", file);
	if (text == NULL)
		return error_set_errno(p->err, RESULT_LOCAL, errno, "%s",
		    where);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n' || text[i] == '\r') {
			explicit_bzero(text + i, n - i);
			n = i;
		}
	}
	result = proxies_take_secret(p, where, text, n, hop);
	explicit_bzero(text, n);
	free(text);
	return result;
}

static enum result
proxies_nobody_to_ask(const struct parser *p, const struct proxy_hop *hop)
{
	return error_set(p->err, RESULT_USAGE, "-P (--proxy-auth): the "
	    "password of '%s' is missing, and there is no terminal to ask for "
	    "it (--proxy-auth-file F, or " AUTH_VARIABLE " in the environment, "
	    "gives it)", hop->user);
}

static enum result
proxies_ask(struct parser *p, const char *text, struct proxy_hop *hop)
{
	char prompt[512], password[PASSWORD_MAX];

	snprintf(prompt, sizeof(prompt), "password of %s for the proxy %s: ",
	    hop->user, text);
	if (readpassphrase(prompt, password, sizeof(password),
	    RPP_REQUIRE_TTY) == NULL) {
		if (!p->o->proxy.auth_untold)
			return proxies_nobody_to_ask(p, hop);
		free(hop->user);
		hop->user = NULL;
		return RESULT_OK;
	}
	hop->password = proxies_copy(password, strlen(password));
	explicit_bzero(password, sizeof(password));
	return RESULT_OK;
}

/* USER, or USER:PASSWORD, whose second half is not for all to see. */
static void
proxies_take_argument(const struct parser *p, const char *auth,
    struct proxy_hop *hop)
{
	if (strchr(auth, ':') == NULL) {
		hop->user = xstrdup(auth);
		return;
	}
	if (!p->o->proxy.auth_open)
		log_line(LOG_ERROR, "warning: -P (--proxy-auth): a password on "
		    "the command line can be seen by others (--proxy-auth-file "
		    "F, or " AUTH_VARIABLE " in the environment, gives it)");
	proxies_split(auth, strlen(auth), hop);
}

static bool
hop_has_passwords(const struct proxy_hop *hop)
{
	return hop->type == PROXY_SOCKS5 || hop->type == PROXY_HTTP;
}

static enum result
proxies_read_auth(struct parser *p, const char *text, const char *auth,
    struct proxy_hop *hop)
{
	const char *secret = getenv(AUTH_VARIABLE);

	if (auth != NULL)
		proxies_take_argument(p, auth, hop);
	if (hop->password != NULL || !hop_has_passwords(hop))
		return RESULT_OK;
	if (p->o->proxy.auth_file != NULL)
		return proxies_read_file(p, hop);
	if (secret != NULL)
		return proxies_take_secret(p, AUTH_VARIABLE, secret,
		    strlen(secret), hop);
	return auth == NULL ? RESULT_OK : proxies_ask(p, text, hop);
}

/* What the protocol can't tell. */
static enum result
proxies_check_auth(struct parser *p, const struct proxy_hop *hop)
{
	const char *user = hop->user, *password = hop->password;

	if (user == NULL)
		return RESULT_OK;
	if (hop->type == PROXY_HTTP)
		return strlen(user) <= HTTP_AUTH_TEXT_MAX &&
		    (password == NULL || strlen(password) <=
		    HTTP_AUTH_TEXT_MAX) ? RESULT_OK : error_set(p->err,
		    RESULT_USAGE, "-P (--proxy-auth): user and password for "
		    "HTTP have %d bytes at most", HTTP_AUTH_TEXT_MAX);
	if (password != NULL && hop->type != PROXY_SOCKS5)
		return error_set(p->err, RESULT_USAGE, "-P (--proxy-auth): "
		    "SOCKS 4 has users, and no passwords");
	if (*user == '\0' || strlen(user) > SOCKS_MOST || (password != NULL &&
	    (*password == '\0' || strlen(password) > SOCKS_MOST)))
		return error_set(p->err, RESULT_USAGE, "-P (--proxy-auth): "
		    "user and password for SOCKS have 1 to %d bytes",
		    SOCKS_MOST);
	return RESULT_OK;
}

/* Who we are to each. */
static enum result
proxies_read_each(struct parser *p)
{
	struct proxy_options *o = &p->o->proxy;
	enum result result = RESULT_OK;

	for (size_t i = 0; result == RESULT_OK && i < o->count; i++) {
		result = proxies_read_auth(p, o->text.text[i],
		    o->auth.text[i], &o->hop[i]);
		if (result == RESULT_OK)
			result = proxies_check_auth(p, &o->hop[i]);
	}
	return result;
}

/* Who we are to all of them. */
static enum result
proxies_read_common(struct parser *p)
{
	struct proxy_options *o = &p->o->proxy;
	struct proxy_hop us = { .user = NULL };
	enum result result;
	size_t which = 0;

	while (which + 1 < o->count && !hop_has_passwords(&o->hop[which]))
		which++;
	us.type = o->hop[which].type;
	result = proxies_read_auth(p, o->text.text[which],
	    o->auth.count == 0 ? NULL : o->auth.text[o->auth.count - 1], &us);
	for (size_t i = 0; result == RESULT_OK && i < o->count; i++) {
		struct proxy_hop *hop = &o->hop[i];

		if (us.user != NULL)
			hop->user = xstrdup(us.user);
		if (us.password != NULL && (o->count == 1 ||
		    hop_has_passwords(hop)))
			hop->password = xstrdup(us.password);
		result = proxies_check_auth(p, hop);
	}
	options_free_proxy_auth(&us);
	return result;
}

void
options_hide_proxy_auth(const struct proxy_options *o)
{
	char *secret = getenv(AUTH_VARIABLE);

	for (size_t i = 0; i < o->auth.count; i++) {
		char *colon = (char *)(uintptr_t)strchr(o->auth.text[i], ':');

		if (colon != NULL)
			explicit_bzero(colon + 1, strlen(colon + 1));
	}
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	unsetenv(AUTH_VARIABLE);
}

static bool
proxies_have_passwords(const struct proxy_options *o)
{
	for (size_t i = 0; i < o->count; i++) {
		if (hop_has_passwords(&o->hop[i]))
			return true;
	}
	return false;
}

enum result
options_read_proxies_auth(struct parser *p)
{
	struct proxy_options *o = &p->o->proxy;
	enum result result;

	if (o->auth_file != NULL && !proxies_have_passwords(o))
		return error_set(p->err, RESULT_USAGE, "--proxy-auth-file: "
		    "SOCKS 4 has no passwords");
	result = o->auth.count < 2 || o->count == 1 ? proxies_read_common(p) :
	    proxies_read_each(p);
	options_hide_proxy_auth(o);
	return result;
}
