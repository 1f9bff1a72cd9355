/* SPDX-License-Identifier: ISC */
/* What is said of a session. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "session/session.h"

void
session_say_closed(const struct addr *remote, const char *how)
{
	char peer[ADDR_TEXT_MAX];

	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "closed %s: %s", addr_format(remote, peer),
		    how);
}

void
session_say_failed(const struct addr *remote, const struct error *e,
    struct error *err)
{
	char peer[ADDR_TEXT_MAX];

	session_say_closed(remote, e->text);
	addr_format(remote, peer);
	error_set(err, e->result, "%.300s: %.700s", peer, e->text);
	err->status = e->status;
	if (e->own)
		error_own(err, strlen(peer) + 2);
}

void
session_say_done(const struct addr *remote, const char *how,
    const struct pump_counts *counts)
{
	char text[128];

	if (!log_enabled(LOG_STEP))
		return;
	snprintf(text, sizeof(text), "%s, sent %llu bytes, received %llu "
	    "bytes", how, (unsigned long long)counts->sent,
	    (unsigned long long)counts->received);
	session_say_closed(remote, text);
}
