/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "report/progress.h"
#include "session/proxy_guard.h"
#include "session/run.h"

/* How the peers of connections prove themselves, and we to them. */
static enum result
run_open_tls(struct run *r, struct error *err)
{
	const struct options *o = r->options;
	struct tls **clients = o->listening ? &r->tls_target : &r->tls;
	bool dials = o->listening ? o->forward.target.tls : o->tls.on;
	bool datagrams = options_datagrams(o);
	enum result result = RESULT_OK;

	if (o->listening && o->tls.on)
		result = tls_open(&o->tls, TLS_SERVER, datagrams, NULL,
		    &r->tls, err);
	if (result == RESULT_OK && dials)
		result = tls_open(&o->tls, TLS_CLIENT, datagrams, r->tls,
		    clients, err);
	return result;
}

/* ... proxies, too.  What is said of one peer alone is said of the one behind
 * them, if there is TLS with that. */
static enum result
run_open_tls_proxy(struct run *r, struct error *err)
{
	const struct options *o = r->options;
	struct tls_options *t = &r->proxy_options;

	if (!options_tls_proxies(o))
		return RESULT_OK;
	*t = o->tls;
	t->for_target = o->listening;
	t->starttls = NULL;
	if (o->tls.on || o->forward.target.tls) {
		t->name = t->server_name = t->cert = t->key = t->alpn = NULL;
		t->peer_cert = NULL;
		t->pin = (struct texts){ NULL, 0 };
		t->ocsp = false;
	}
	return tls_open(t, TLS_CLIENT, false, NULL, &r->tls_proxy, err);
}

enum result
run_open(struct run *r, struct error *err)
{
	enum result result = run_open_tls(r, err);

	if (result == RESULT_OK)
		result = run_open_tls_proxy(r, err);
	if (result == RESULT_OK)
		result = access_open(&r->options->access, r->deadline,
		    &r->access, err);
	if (result == RESULT_OK)
		result = access_open(&r->options->proxy_server.dest,
		    r->deadline, &r->destinations, err);
	if (result == RESULT_OK)
		r->guard = proxy_guard_new(&r->options->proxy_server);
	if (result == RESULT_OK)
		result = copies_open(&r->options->copies,
		    r->options->server.keep_open, &r->copies, err);
	return result;
}

uint64_t
run_number(const struct run *r)
{
	return atomic_fetch_add(r->connections, 1) + 1;
}

void
run_close(struct run *r)
{
	progress_close(r->progress);
	tls_close(r->tls);
	tls_close(r->tls_target);
	tls_close(r->tls_proxy);
	access_close(r->access);
	access_close(r->destinations);
	proxy_guard_free(r->guard);
	copies_close(r->copies);
}
