/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "session/run.h"

enum result
run_open(struct run *r, struct error *err)
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

void
run_close(struct run *r)
{
	tls_close(r->tls);
	tls_close(r->tls_target);
}
