/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
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

static enum result
initiator_run_one(const struct run *r, const struct way *w,
    const struct destination *to, struct error *err)
{
	struct connection c;
	struct session s;
	char peer[ADDR_TEXT_MAX];
	enum result result;

	result = dialling_connect(r, SIDE_DIALLED, to, &c, err);
	if (result != RESULT_OK) {
		dial_look_elsewhere(&r->options->dial, &c, err);
		dialling_report(r, to, &c, err);
		return result;
	}
	session_init(&s, r, SIDE_DIALLED, to, &c);
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

/* Whether others may be there although this one failed. */
static bool
initiator_goes_on(enum result result)
{
	return result == RESULT_OK || result == RESULT_REFUSED ||
	    result == RESULT_UNREACHABLE || result == RESULT_BROKEN ||
	    result == RESULT_TIMEOUT;
}

/* To each port, one after another.  RESULT_OK if any of them was. */
static enum result
initiator_run_each(const struct run *r, const struct way *w,
    struct destination *to, struct error *err)
{
	size_t count = ports_count(&r->options->ports);
	uint16_t *port = ports_expand(&r->options->ports);
	enum result result = RESULT_OK;
	bool any = false;

	for (size_t i = 0; i < count && initiator_goes_on(result) &&
	    clock_now() < r->deadline; i++) {
		to->port = port[i];
		*err = (struct error){ .result = RESULT_OK };
		result = initiator_run_one(r, w, to, err);
		any = any || result == RESULT_OK;
	}
	free(port);
	if (!any || !initiator_goes_on(result))
		return result;
	*err = (struct error){ .result = RESULT_OK };
	return RESULT_OK;
}

enum result
initiator_run(const struct run *r, const struct way *w, struct error *err)
{
	struct destination to = dialling_destination(r, SIDE_DIALLED);

	return r->options->each_port && to.path == NULL ?
	    initiator_run_each(r, w, &to, err) :
	    initiator_run_one(r, w, &to, err);
}
