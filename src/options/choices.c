/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "options/choices.h"

/* Names of personalities, options/personality.c. */
const struct choices choices_compat = {
	.value = { "none", "nc", "ncat", NULL },
};

const struct choices choices_proxy_dns = {
	.value = { "local", "remote", NULL },
};

const struct choices choices_proxy_server = {
	.list = true,
	.later = true,
	.any_case = true,
	.value = { "http", "socks4", "socks4a", "socks5", "any", NULL },
};

/* nc's words, and Ncat's.  A listener takes them as those of --proxy-server. */
const struct choices choices_proxy_type = {
	.later = true,
	.any_case = true,
	.value = { "4", "4A", "5", "connect", "socks4", "socks4a", "socks5",
	    "http", NULL },
};

const struct choices choices_report = {
	.value = { "text", "json", NULL },
};

const struct choices choices_send_proxy = {
	.value = { "1", "2", NULL },
};

/* wire/starttls.c */
const struct choices choices_starttls = {
	.later = true,
	.value = { "smtp", "imap", "pop3", "ftp", "xmpp", "ldap", "postgres",
	    NULL },
};

const struct choices choices_tls_version = {
	.value = { "1.0", "1.1", "1.2", "1.3", NULL },
};

/* wire/tos.c */
const struct choices choices_tos = {
	.open = true,
	.later = true,
	.any_case = true,
	.value = { "le", "ef", "va", "cs0", "cs1", "cs2", "cs3", "cs4", "cs5",
	    "cs6", "cs7", "af11", "af12", "af13", "af21", "af22", "af23",
	    "af31", "af32", "af33", "af41", "af42", "af43", "critical",
	    "inetcontrol", "netcontrol", "lowcost", "lowdelay", "reliability",
	    "throughput", NULL },
};

bool
choices_have(const struct choices *c, const char *word, size_t n)
{
	for (const char *const *value = c->value; *value != NULL; value++) {
		if (strlen(*value) == n && (c->any_case ?
		    strncasecmp(*value, word, n) :
		    strncmp(*value, word, n)) == 0)
			return true;
	}
	return false;
}

char *
choices_name(const struct choices *c, char buf[CHOICES_TEXT])
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; c->value[i] != NULL && used < CHOICES_TEXT; i++)
		used += (size_t)snprintf(buf + used, CHOICES_TEXT - used,
		    "%s%s", i == 0 ? "" : c->value[i + 1] != NULL ? ", " :
		    " or ", c->value[i]);
	return buf;
}
