/* SPDX-License-Identifier: ISC */
#include "base/log.h"
#include "base/signals.h"
#include "session/reload.h"

static bool
reload_has_files(const struct tls *t)
{
	return t != NULL && tls_has_files(t);
}

void
reload_prepare(const struct run *r)
{
	if (r->options->server.keep_open && (r->access != NULL ||
	    r->destinations != NULL || reload_has_files(r->tls) ||
	    reload_has_files(r->tls_target) || reload_has_files(r->tls_proxy)))
		signals_want_reload();
}

static void
reload_tls(struct tls *t, const char *whose)
{
	struct error err = { .result = RESULT_OK };

	if (!reload_has_files(t))
		return;
	if (tls_reload(t, &err) == RESULT_OK)
		log_line(LOG_STEP, "the certificates and the key for %s were "
		    "read again", whose);
	else if (err.result != RESULT_SIGNAL)
		log_line(LOG_ERROR, "%s (the certificates and the key for %s "
		    "stay as they were)", err.text, whose);
}

void
reload_if_asked(const struct run *r)
{
	if (!signals_take_reload())
		return;
	if (r->access != NULL)
		access_reload_and_say(r->access, r->deadline);
	if (r->destinations != NULL)
		access_reload_and_say(r->destinations, r->deadline);
	/* The target's may be the clients'. */
	reload_tls(r->tls, "clients");
	reload_tls(r->tls_target, "the target");
	reload_tls(r->tls_proxy, "proxies");
}
