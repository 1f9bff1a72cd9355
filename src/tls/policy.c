/* SPDX-License-Identifier: ISC */
/*
 * Versions and cipher suites.  What the system's configuration says
 * (openssl.cnf, config(5)) is in a context from its beginning, and ours does
 * not make less of it: the least version is the greater one of the system's
 * and ours, unless another one was asked for.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "tls/context.h"

#define SUITE_PREFIX	"TLS_"	/* of suites of TLS 1.3 */
#define SEPARATORS	":, "

static const struct {
	const char	*name;
	int		 version;
} versions[] = {
	{ "1.0", TLS1_VERSION },
	{ "1.1", TLS1_1_VERSION },
	{ "1.2", TLS1_2_VERSION },
	{ "1.3", TLS1_3_VERSION },
};

#define VERSIONS	(sizeof(versions) / sizeof(versions[0]))

/* 0: no such version. */
static int
version_parse(const char *text)
{
	for (size_t i = 0; text != NULL && i < VERSIONS; i++) {
		if (strcmp(versions[i].name, text) == 0)
			return versions[i].version;
	}
	return 0;
}

static const char *
version_text(int version)
{
	for (size_t i = 0; i < VERSIONS; i++) {
		if (versions[i].version == version)
			return versions[i].name;
	}
	return "another";
}

/* --- before the library is loaded ---------------------------------------- */

static enum result
check_version(const char *option, const char *text, struct error *err)
{
	if (text == NULL || version_parse(text) != 0)
		return RESULT_OK;
	return error_set(err, RESULT_USAGE, "%s: '%s' is not 1.0, 1.1, 1.2 or "
	    "1.3", option, text);
}

/* Operators are for the suites of TLS 1.2, where an unknown name is passed over
 * in silence. */
static enum result
check_ciphers(const char *ciphers, struct error *err)
{
	const char *at = ciphers;

	while (at != NULL && *at != '\0') {
		size_t n = strcspn(at, SEPARATORS);

		if (strchr("!-+", *at) != NULL && strncmp(at + 1, SUITE_PREFIX,
		    strlen(SUITE_PREFIX)) == 0)
			return error_set(err, RESULT_USAGE, "--tls-ciphers: "
			    "'%.*s': a suite of TLS 1.3 can't be taken out "
			    "(name those that are good)", (int)n, at);
		at += n;
		at += strspn(at, SEPARATORS);
	}
	return RESULT_OK;
}

enum result
tls_check_policy(const struct tls_options *o, struct error *err)
{
	enum result result = check_version("--tls-min", o->min, err);

	if (result == RESULT_OK)
		result = check_version("--tls-max", o->max, err);
	if (result == RESULT_OK && o->min != NULL && o->max != NULL &&
	    version_parse(o->min) > version_parse(o->max))
		result = error_set(err, RESULT_USAGE, "--tls-min %s is more "
		    "than --tls-max %s", o->min, o->max);
	if (result == RESULT_OK)
		result = check_ciphers(o->ciphers, err);
	return result;
}

/* --- suites -------------------------------------------------------------- */

/* Those of TLS 1.3 have a list of their own.  Both have room for all of
 * `ciphers' and a NUL more. */
static void
split_ciphers(const char *ciphers, char *old, char *new)
{
	size_t size = strlen(ciphers) + 2;
	char *copy = xstrdup(ciphers), *rest = copy, *item;

	old[0] = new[0] = '\0';
	while ((item = strsep(&rest, SEPARATORS)) != NULL) {
		char *to = strncmp(item, SUITE_PREFIX,
		    strlen(SUITE_PREFIX)) == 0 ? new : old;

		if (*item == '\0')
			continue;
		if (*to != '\0')
			strlcat(to, ":", size);
		strlcat(to, item, size);
	}
	free(copy);
}

/* *only_new: all of them are of TLS 1.3; the list of the others can't be made
 * empty, so these versions have to go. */
static enum result
set_ciphers(const struct tls *t, SSL_CTX *ctx, bool *only_new,
    struct error *err)
{
	const char *ciphers = t->o->ciphers;
	size_t size = ciphers == NULL ? 0 : strlen(ciphers) + 2;
	char *old, *new;
	bool ok = true;

	*only_new = false;
	if (ciphers == NULL)
		return RESULT_OK;
	old = xcalloc(1, size);
	new = xcalloc(1, size);
	split_ciphers(ciphers, old, new);
	*only_new = *new != '\0' && *old == '\0';
	if (*old != '\0' || *new == '\0')
		ok = SSL_CTX_set_cipher_list(ctx, old) == 1;
	if (ok && *new != '\0')
		ok = SSL_CTX_set_ciphersuites(ctx, new) == 1;
	free(old);
	free(new);
	return ok ? RESULT_OK : tls_error(err, RESULT_USAGE,
	    "--tls-ciphers '%s'", ciphers);
}

/* --- versions ------------------------------------------------------------ */

static enum result
set_stream_versions(const struct tls *t, SSL_CTX *ctx, bool only_new,
    struct error *err)
{
	const struct tls_options *o = t->o;
	int system_min = (int)SSL_CTX_get_min_proto_version(ctx);
	int system_max = (int)SSL_CTX_get_max_proto_version(ctx);
	int max = o->max != NULL ? version_parse(o->max) : system_max;
	int min = o->min != NULL ? version_parse(o->min) : system_min;

	if (o->min == NULL && min < TLS1_2_VERSION)
		min = o->max != NULL && max < TLS1_2_VERSION && min <= max ?
		    max : TLS1_2_VERSION;
	if (only_new && max != 0 && max < TLS1_3_VERSION)
		return error_set(err, RESULT_USAGE, "--tls-ciphers '%s': all "
		    "of them are of TLS 1.3, and %s is the greatest version",
		    o->ciphers, version_text(max));
	if (only_new)
		min = TLS1_3_VERSION;
	if (max != 0 && max < min)
		return error_set(err, RESULT_USAGE, "TLS: version %s is the "
		    "least and %s the greatest one: the system's policy "
		    "(openssl.cnf) has one of them; %s %s goes beyond it",
		    version_text(min), version_text(max), o->min == NULL ?
		    "--tls-min" : "--tls-max", o->min == NULL ?
		    version_text(max) : o->min);
	if (min < system_min)
		log_line(LOG_STEP, "TLS: --tls-min %s is less than the "
		    "system's policy (openssl.cnf) has", o->min);
	if (SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, max) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "the versions of TLS");
}

enum result
tls_set_policy(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	bool only_new;
	enum result result = set_ciphers(t, ctx, &only_new, err);

	if (result != RESULT_OK)
		return result;
	if (!t->datagrams)
		return set_stream_versions(t, ctx, only_new, err);
	if (only_new)
		return error_set(err, RESULT_USAGE, "--tls-ciphers '%s': all "
		    "of them are of TLS 1.3, and DTLS is 1.2", t->o->ciphers);
	if (SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "DTLS 1.2");
}
