/* SPDX-License-Identifier: ISC */
/* --proxy and what goes with it: the proxies on the way. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "net/resolve.h"
#include "options/check.h"
#include "options/choices.h"

/* Bytes of a name that a proxy is told: SOCKS has a byte for that, and hosts
 * have no longer ones. */
#define PLACE_MOST	255

/* nc's words, and Ncat's. */
static const struct {
	const char	*word;
	enum proxy_type	 type;
} proxy_types[] = {
	{ "5", PROXY_SOCKS5 },
	{ "socks5", PROXY_SOCKS5 },
	{ "4", PROXY_SOCKS4 },
	{ "socks4", PROXY_SOCKS4 },
	{ "4a", PROXY_SOCKS4A },
	{ "socks4a", PROXY_SOCKS4A },
	{ "connect", PROXY_HTTP },
	{ "http", PROXY_HTTP },
};

/* What of several values, given as often as the proxies or for all of them, is
 * that of proxy i; NULL: none was given. */
static const char *
proxies_value(const struct texts *t, const struct proxy_options *o, size_t i)
{
	if (t->count == 0)
		return NULL;
	return t->text[t->count == o->count && o->count > 1 ? i :
	    t->count - 1];
}

static enum result
proxies_check_counts(const struct parser *p)
{
	const struct proxy_options *o = &p->o->proxy;
	bool types = o->type.count > 1 && o->type.count != o->count;
	bool auths = o->auth.count > 1 && o->auth.count != o->count;

	if (o->count < 2 || (!types && !auths))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "%s is given for %zu proxies, "
	    "and there are %zu: once (it holds for all), or once for each",
	    types ? "-X (--proxy-type)" : "-P (--proxy-auth)", types ?
	    o->type.count : o->auth.count, o->count);
}

/* --- where they are ------------------------------------------------------ */

bool
options_find_proxy_type(const char *word, size_t n, enum proxy_type *type)
{
	const size_t count = sizeof(proxy_types) / sizeof(proxy_types[0]);

	for (size_t i = 0; i < count; i++) {
		if (strlen(proxy_types[i].word) == n &&
		    strncasecmp(proxy_types[i].word, word, n) == 0) {
			*type = proxy_types[i].type;
			return true;
		}
	}
	return false;
}

static enum result
proxies_read_type(struct parser *p, const char *word, struct proxy_hop *hop)
{
	char choices[CHOICES_TEXT];

	if (word == NULL || options_find_proxy_type(word, strlen(word),
	    &hop->type))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "-X (--proxy-type): '%s' is "
	    "not %s", word, choices_name(&choices_proxy_type, choices));
}

static enum result
proxies_refuse(const struct parser *p, const char *text,
    enum endpoint_verdict verdict)
{
	return error_set(p->err, RESULT_USAGE, "-x (--proxy): '%s': %s%s", text,
	    endpoint_verdict_text(verdict), verdict == ENDPOINT_URL ?
	    "; the kind of proxy is told by -X: -X http -x host:port" : "");
}

/* A host without a port: the usual one. */
static enum endpoint_verdict
proxies_add_port(const char *text, struct proxy_hop *hop)
{
	char longer[ENDPOINT_HOST_MAX + ENDPOINT_PORT_MAX];
	int n = snprintf(longer, sizeof(longer), "%s:%s", text, hop->type ==
	    PROXY_HTTP ? "3128" : "1080");

	return n < 0 || (size_t)n >= sizeof(longer) ? ENDPOINT_TOO_LONG :
	    endpoint_parse_target(longer, &hop->at);
}

static enum result
proxies_read_place(struct parser *p, const char *text, struct proxy_hop *hop)
{
	enum endpoint_verdict verdict = endpoint_parse_target(text, &hop->at);
	struct port_list ports = { NULL, 0 };
	char bad[80];
	bool ok;

	if (verdict == ENDPOINT_NO_PORT)
		verdict = proxies_add_port(text, hop);
	if (verdict != ENDPOINT_OK)
		return proxies_refuse(p, text, verdict);
	if (hop->at.kind == ENDPOINT_UNIX)
		return RESULT_OK;
	ok = ports_parse(&ports, hop->at.inet.port, resolve_service,
	    (void *)(uintptr_t)"tcp", bad, sizeof(bad)) &&
	    ports_count(&ports) == 1 && ports.range[0].low != 0;
	if (ok)
		hop->port = ports.range[0].low;
	ports_free(&ports);
	if (ok)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "-x (--proxy): '%s' is not one "
	    "port from 1 to 65535, or the name of a service",
	    hop->at.inet.port);
}

/* --- all together -------------------------------------------------------- */

static enum result
proxies_read_hop(struct parser *p, size_t i)
{
	struct proxy_options *o = &p->o->proxy;
	struct proxy_hop *hop = &o->hop[i];
	enum result result;

	result = proxies_read_type(p, proxies_value(&o->type, o, i), hop);
	return result == RESULT_OK ? proxies_read_place(p, o->text.text[i],
	    hop) : result;
}

/* Who looks names up. */
static enum result
proxies_read_dns(struct parser *p)
{
	struct proxy_options *o = &p->o->proxy;
	bool local = o->dns != NULL && strcmp(o->dns, "local") == 0;

	o->local_names = local;
	if (o->count == 0 || o->hop[o->count - 1].type != PROXY_SOCKS4)
		return RESULT_OK;
	if (o->dns != NULL && !local)
		return error_set(p->err, RESULT_USAGE, "--proxy-dns: SOCKS 4 "
		    "can tell no names (-X 4A can)");
	o->local_names = true;
	return RESULT_OK;
}

/* What this proxy would be told to connect to. */
static enum result
proxies_check_place(const struct parser *p, enum proxy_type type,
    const char *host)
{
	bool inet6 = strchr(host, ':') != NULL;

	if (inet6 && strchr(host, '%') != NULL)
		return error_set(p->err, RESULT_USAGE, "host '%s': a zone "
		    "means nothing to a proxy", host);
	if (inet6 && (type == PROXY_SOCKS4 || type == PROXY_SOCKS4A))
		return error_set(p->err, RESULT_USAGE, "host '%s': SOCKS 4 has "
		    "no IPv6 addresses (-X 5 has)", host);
	if (strlen(host) > PLACE_MOST)
		return error_set(p->err, RESULT_USAGE, "host '%.40s...': a "
		    "proxy takes names of %d bytes at most", host, PLACE_MOST);
	return RESULT_OK;
}

static enum result
proxies_check_places(struct parser *p)
{
	const struct options *o = p->o;
	const char *last = o->listening ? o->forward.target.inet.host :
	    o->host;
	enum result result = RESULT_OK;

	for (size_t i = 0; result == RESULT_OK && i < o->proxy.count; i++)
		result = proxies_check_place(p, o->proxy.hop[i].type,
		    i + 1 < o->proxy.count ? o->proxy.hop[i + 1].at.inet.host :
		    last);
	return result;
}

/* Nothing says which name a proxy at a path has to prove. */
static enum result
proxies_check_tls_path(struct parser *p)
{
	const struct options *o = p->o;
	bool others = o->tls.on || o->forward.target.tls;

	if (!o->proxy.hop[0].at.tls || o->tls.insecure ||
	    o->proxy.hop[0].at.kind != ENDPOINT_UNIX)
		return RESULT_OK;
	if (others)
		return error_set(p->err, RESULT_USAGE, "-x (--proxy): '%s': a "
		    "path has no name that could be verified, and -e is the "
		    "destination's here (--tls-insecure verifies nothing)",
		    o->proxy.text.text[0]);
	if (o->tls.name == NULL && o->tls.pin.count == 0)
		return error_set(p->err, RESULT_USAGE, "-x (--proxy): '%s': a "
		    "path has no name that could be verified (-e NAME, or -H "
		    "PIN, says who is there)", o->proxy.text.text[0]);
	return RESULT_OK;
}

/* What has no meaning on the way to these. */
static enum result
proxies_check_way(struct parser *p)
{
	static const char *const of_inet[] = { "source", "source-port",
	    "interface", "ipv4", "ipv6", "mptcp" };
	const struct options *o = p->o;
	char name[64];

	if (o->listening && o->forward.text == NULL)
		return error_set(p->err, RESULT_USAGE, "-x (--proxy) goes with "
		    "a listener with --forward only; to be a proxy is "
		    "--proxy-server");
	if (o->listening && o->forward.target.kind == ENDPOINT_UNIX)
		return error_set(p->err, RESULT_USAGE, "-x (--proxy): no proxy "
		    "connects to a UNIX-domain socket (--forward %s)",
		    o->forward.text);
	if (o->pass_fd && options_tls_proxies(o))
		return error_set(p->err, RESULT_USAGE, "-F (--pass-fd) does "
		    "not go with a proxy that is reached by TLS: whoever gets "
		    "the socket would not see the bytes as they are");
	for (size_t i = 1; i < o->proxy.count; i++) {
		if (o->proxy.hop[i].at.kind == ENDPOINT_UNIX)
			return error_set(p->err, RESULT_USAGE, "-x (--proxy): "
			    "no proxy connects to a UNIX-domain socket (%s)",
			    o->proxy.text.text[i]);
	}
	for (size_t i = 0; !o->listening &&
	    o->proxy.hop[0].at.kind == ENDPOINT_UNIX &&
	    i < sizeof(of_inet) / sizeof(of_inet[0]); i++) {
		if (options_given(p, of_inet[i]))
			return error_set(p->err, RESULT_USAGE, "%s does not go "
			    "with a proxy on a UNIX-domain socket",
			    spec_name(&specs[spec_find(of_inet[i])], name));
	}
	return proxies_check_places(p);
}

/* There is none on the way: what is said of proxies is about ours, or about
 * nothing. */
static enum result
proxies_none(struct parser *p)
{
	static const char *const of_proxies[] = { "proxy-type", "proxy-auth",
	    "proxy-auth-file" };
	char name[64];

	for (size_t i = p->o->proxy_server.types != NULL ? 3 : 0; i < 3; i++) {
		if (options_given(p, of_proxies[i]))
			return error_set(p->err, RESULT_USAGE, "%s goes with "
			    "-x (--proxy) or --proxy-server only",
			    spec_name(&specs[spec_find(of_proxies[i])], name));
	}
	return RESULT_OK;
}

enum result
options_read_proxies(struct parser *p)
{
	struct proxy_options *o = &p->o->proxy;
	enum result result;

	if (o->text.count == 0)
		return proxies_none(p);
	o->count = o->text.count;
	o->hop = xcalloc(o->count, sizeof(*o->hop));
	result = proxies_check_counts(p);
	for (size_t i = 0; result == RESULT_OK && i < o->count; i++)
		result = proxies_read_hop(p, i);
	if (result == RESULT_OK)
		result = options_read_proxies_auth(p);
	if (result == RESULT_OK)
		result = proxies_read_dns(p);
	if (result == RESULT_OK)
		result = proxies_check_tls_path(p);
	return result == RESULT_OK ? proxies_check_way(p) : result;
}

void
options_free_proxies(struct proxy_options *o)
{
	for (size_t i = 0; i < o->count; i++)
		options_free_proxy_auth(&o->hop[i]);
	free(o->hop);
	o->hop = NULL;
	o->count = 0;
}
