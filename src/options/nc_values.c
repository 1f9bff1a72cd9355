/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <string.h>

#include "base/number.h"
#include "net/resolve.h"
#include "options/nc_read.h"
#include "options/table.h"
#include "wire/tos.h"

/* Milliseconds are an int there. */
#define SECONDS_MOST	(INT_MAX / 1000)

/* What is wrong with a number, in the words of strtonum(3); or NULL. */
static const char *
fault_of_number(const char *text, int64_t least, int64_t most)
{
	int64_t n;

	if (number_parse(text, least, most, &n))
		return NULL;
	if (number_parse(text, INT64_MIN, INT64_MAX, &n))
		return n < least ? "too small" : "too large";
	return "invalid";
}

enum result
nc_read_number(struct parser *p, const char *arg, const char *name,
    int64_t least, int64_t most)
{
	const char *fault = fault_of_number(arg, least, most);

	return fault == NULL ? RESULT_OK : error_set(p->err, RESULT_USAGE,
	    "%s %s: %s", name, fault, arg);
}

/* An option's; what is taken is the number without what may be in front. */
static enum result
nc_take_number(struct parser *p, const char **arg, const char *name,
    int64_t least, int64_t most)
{
	*arg = number_behind_blanks(*arg);
	return nc_read_number(p, *arg, name, least, most);
}

enum result
nc_read_interval(struct parser *p, const char **arg)
{
	return nc_take_number(p, arg, "interval", 0, UINT_MAX);
}

enum result
nc_read_limit(struct parser *p, const char **arg)
{
	return nc_take_number(p, arg, "receive limit", 1, INT_MAX);
}

static enum result
nc_read_hops(struct parser *p, const char **arg, const char *name)
{
	const char *fault;

	*arg = number_behind_blanks(*arg);
	fault = fault_of_number(*arg, 0, 255);

	return fault == NULL ? RESULT_OK : error_set(p->err, RESULT_USAGE,
	    "%s is %s", name, fault);
}

enum result
nc_read_ttl(struct parser *p, const char **arg)
{
	enum result result = nc_read_hops(p, arg, "ttl");

	return result != RESULT_OK || fault_of_number(*arg, 1, 255) == NULL ?
	    result : error_set(p->err, RESULT_USAGE, "set IP TTL: Invalid "
	    "argument");
}

enum result
nc_read_port(struct parser *p, const char **arg)
{
	uint16_t port;

	*arg = number_behind_blanks(*arg);
	if (fault_of_number(*arg, 0, UINT16_MAX) == NULL ||
	    resolve_service(*arg, &port, (void *)(uintptr_t)"tcp") ||
	    resolve_service(*arg, &port, (void *)(uintptr_t)"udp"))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "getaddrinfo: Servname not "
	    "supported for ai_socktype");
}

enum result
nc_read_proxy_type(struct parser *p, const char **arg)
{
	static const char *const types[] = { "4", "5", "connect" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(*arg, types[i]) == 0)
			return RESULT_OK;
	}
	return error_set(p->err, RESULT_USAGE, "unsupported proxy protocol");
}

enum result
nc_read_quit(struct parser *p, const char **arg)
{
	return nc_take_number(p, arg, "quit timer", INT_MIN, SECONDS_MOST);
}

enum result
nc_read_receive_buffer(struct parser *p, const char **arg)
{
	return nc_take_number(p, arg, "TCP receive window", 1, 65536 << 14);
}

enum result
nc_read_send_buffer(struct parser *p, const char **arg)
{
	return nc_take_number(p, arg, "TCP send window", 1, 65536 << 14);
}

enum result
nc_read_wait(struct parser *p, const char **arg)
{
	return nc_take_number(p, arg, "timeout", 0, SECONDS_MOST);
}

/* --- what is not one option for one -------------------------------------- */

/* 0 keeps nobody out. */
enum result
nc_read_min_ttl(struct parser *p, const char **arg)
{
	enum result result = nc_read_hops(p, arg, "minttl");

	return result != RESULT_OK || fault_of_number(*arg, 1, 255) != NULL ?
	    result : options_take(p, "min-ttl", *arg);
}

/* Words of OpenBSD's -T, and what they are here. */
static const struct tls_word {
	const char	*word;		/* with a '=' behind: it has a value */
	const char	*means;
	const char	*refusal;
} tls_words[] = {
	{ "noverify", "tls-insecure", NULL },
	{ "noname", NULL, "-T noname: the name is always looked at; -e says "
	    "another one" },
	{ "clientcert", NULL, "-T clientcert: whose certificates are good "
	    "--tls-client-ca says" },
	{ "muststaple", "tls-ocsp", NULL },
	{ "ciphers=", "tls-ciphers", NULL },
	{ "alpn=", "tls-alpn", NULL },
	{ NULL, NULL, NULL },
};

static const struct tls_word *
tls_word_find(const char *text)
{
	for (const struct tls_word *w = tls_words; w->word != NULL; w++) {
		size_t n = strlen(w->word);

		if (strncmp(text, w->word, n) == 0 && (w->word[n - 1] == '=' ||
		    text[n] == '\0' || text[n] == ','))
			return w;
	}
	return NULL;
}

/* "protocols=": versions, with colons between; all of them is the default. */
static enum result
nc_read_protocols(struct parser *p, const char *text)
{
	bool old = strstr(text, "tlsv1.2") != NULL;
	bool recent = strstr(text, "tlsv1.3") != NULL;
	enum result result = RESULT_OK;

	if (!old && !recent && strncmp(text, "all", 3) != 0 &&
	    strncmp(text, "default", 7) != 0 && strncmp(text, "secure", 6) != 0)
		return error_set(p->err, RESULT_USAGE, "invalid TLS protocols "
		    "`%s'", text);
	if (recent && !old)
		result = options_take(p, "tls-min", "1.3");
	if (old && !recent)
		result = options_take(p, "tls-max", "1.2");
	return result;
}

/* The words of `text', one after the other, in place. */
static enum result
nc_read_tls_words(struct parser *p, char *text)
{
	enum result result = RESULT_OK;
	char *next;

	for (; result == RESULT_OK && text != NULL; text = next) {
		const struct tls_word *w = tls_word_find(text);

		next = strchr(text, ',');
		if (next != NULL)
			*next++ = '\0';
		if (strncmp(text, "protocols=", 10) == 0)
			result = nc_read_protocols(p, text + 10);
		else if (w == NULL)
			result = error_set(p->err, RESULT_USAGE, "illegal tos "
			    "value %s", text);
		else if (w->refusal != NULL)
			result = error_set(p->err, RESULT_USAGE, "%s",
			    w->refusal);
		else
			result = options_take(p, w->means,
			    strchr(w->word, '=') != NULL ? strchr(text, '=') +
			    1 : NULL);
	}
	return result;
}

enum result
nc_read_tos(struct parser *p, const char **arg)
{
	if (strncmp(*arg, "protocols=", 10) == 0 || tls_word_find(*arg) != NULL)
		return nc_read_tls_words(p, (char *)(uintptr_t)*arg);
	if (tos_parse(*arg) == -1)
		return error_set(p->err, RESULT_USAGE, "illegal tos value %s",
		    *arg);
	return options_take(p, "tos", *arg);
}
