/* SPDX-License-Identifier: ISC */
/* Options of TLS that mean nothing here, or are not as they should be. */
#include <string.h>

#include "options/check.h"
#include "wire/endpoint.h"

/* Options of TLS that mean nothing without it, or are not as they should. */
enum result
options_check_tls(struct parser *p)
{
	static const char *const dependent[] = {
		"tls-name", "tls-servername", "tls-insecure", "tls-pin",
		"tls-ca", "tls-cert", "tls-alpn", "tls-ciphers", "tls-min",
		"tls-max", "tls-ocsp", "tls-keylog", "tls-peer-cert",
		"starttls",
	};
	static const char *const of_clients[] = {
		"tls-name", "tls-servername", "tls-insecure", "tls-ca",
		"tls-ocsp",
	};
	struct options *o = p->o;
	bool proxies = options_tls_proxies(o);
	struct endpoint ep;
	char name[64];

	o->tls.for_target = o->forward.target.tls;
	for (size_t i = 0; !o->tls.on && !o->forward.target.tls && !proxies &&
	    i < sizeof(dependent) / sizeof(dependent[0]); i++) {
		const struct spec *s = &specs[spec_find(dependent[i])];

		if (!options_given(p, dependent[i]))
			continue;
		return error_set(p->err, RESULT_USAGE, "%s goes with -c "
		    "(--tls) only%s", spec_name(s, name), s->letter == 'e' ?
		    "; to run a command use --exec" : "");
	}
	if (o->tls.starttls != NULL && !o->tls.on && !o->forward.target.tls)
		return error_set(p->err, RESULT_USAGE, "--starttls goes with "
		    "-c (--tls) only");
	/* A listener has nothing to verify by them; let nobody think so. */
	for (size_t i = 0; o->listening && !o->forward.target.tls && !proxies &&
	    i < sizeof(of_clients) / sizeof(of_clients[0]); i++) {
		if (options_given(p, of_clients[i]))
			return error_set(p->err, RESULT_USAGE, "%s goes with a "
			    "client or --forward tls:... only (--tls-client-ca "
			    "and --tls-pin ask clients for certificates)",
			    spec_name(&specs[spec_find(of_clients[i])], name));
	}
	if (o->tls.on && options_datagrams(o) && o->socket.family == AF_UNIX)
		return error_set(p->err, RESULT_USAGE, "-c (--tls), -u and -U "
		    "do not go together");
	if (options_given(p, "tls-ocsp") && options_given(p, "tls-pin") &&
	    !options_given(p, "tls-ca"))
		return error_set(p->err, RESULT_USAGE, "--tls-ocsp: a pin "
		    "alone needs no issuer that could answer (-R names those "
		    "to trust)");
	if (o->tls.name != NULL && (strchr(o->tls.name, '/') != NULL ||
	    endpoint_parse(o->tls.name, &ep) == ENDPOINT_OK))
		return error_set(p->err, RESULT_USAGE, "-e (--tls-name): '%s' "
		    "is not the name of a host; to run a command use --exec",
		    o->tls.name);
	/* -c means another thing in nc.traditional. */
	if (o->tls.on && o->host != NULL && strpbrk(o->host, " ;|&/") != NULL)
		return error_set(p->err, RESULT_USAGE, "host '%s': -c is TLS; "
		    "to run a command use --sh-exec", o->host);
	return tls_check(&o->tls, p->err);
}
