/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/signals.h"
#include "guard/privileges.h"
#include "net/dial_failure.h"
#include "run/initiator.h"
#include "run/ways.h"
#include "session/dialling.h"

/* What comes between the connection and its use. */
static enum result
initiator_prepare(const struct session *s, const struct way *w,
    struct error *err)
{
	const struct options *o = s->run->options;

	/* Rights are needed no more. */
	if (!w->privileged && privileges_drop(&o->privileges, err) !=
	    RESULT_OK)
		return err->result;
	/* Somebody has to end the command. */
	if (w->starts_commands && signals_manage(false) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	return RESULT_OK;
}

/* It stood, and nobody has used it. */
static void
initiator_report(const struct session *s, const struct error *err)
{
	struct record record;

	session_record(s, &record);
	session_ask(s, &record);
	record.error = err;
	record_report(&record);
	record_release(&record);
}

enum result
initiator_run(const struct run *r, const struct way *w, struct error *err)
{
	const struct destination to = dialling_destination(r, SIDE_DIALLED);
	struct connection c;
	struct session s;
	char peer[ADDR_TEXT_MAX];
	enum result result;

	result = dialling_connect(r, SIDE_DIALLED, &to, &c, err);
	if (result != RESULT_OK) {
		dial_look_elsewhere(&r->options->dial, &c, err);
		dialling_report(r, &to, &c, err);
		return result;
	}
	session_init(&s, r, SIDE_DIALLED, &to, &c);
	progress_phase(r->progress, "%s", "");
	/* Rights, and files, are needed until it is through. */
	if (layers_dial(r, SIDE_DIALLED)) {
		progress_phase(r->progress, "handshake with %s",
		    addr_format(&s.connection.remote, peer));
		result = session_stack(&s, err);
		if (result != RESULT_OK)
			return result;
	}
	result = initiator_prepare(&s, w, err);
	if (result == RESULT_OK)
		return ways_serve(w, &s, err);
	initiator_report(&s, err);
	session_close(&s, false);
	return result;
}
