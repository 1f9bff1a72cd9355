/* SPDX-License-Identifier: ISC */
/* A session, from its connection to its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/blocking.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "report/report.h"
#include "session/dialling.h"
#include "session/proxy_request.h"
#include "session/session.h"

/* "no" keeps the bytes out of splice(2) and sendfile(2): for tests, and for
 * file systems that get it wrong. */
#define ZERO_COPY_VARIABLE	"SOCKCAT_ZERO_COPY"

void
session_init(struct session *s, const struct run *r, enum session_side side,
    const struct destination *to, struct connection *c)
{
	memset(s, 0, sizeof(*s));
	s->run = r;
	s->side = side;
	if (to != NULL)
		s->to = *to;
	s->since = clock_now();
	connection_move(&s->connection, c);
	if (side != SIDE_TARGET)
		s->number = s->connection.number != 0 ? s->connection.number :
		    run_number(r);
	if (r->report == NULL)
		return;
	s->transport = options_datagrams(r->options) ?
	    options_transport(r->options) :
	    record_transport(s->connection.fd);
}

/* --- the pump ------------------------------------------------------------ */

static bool
session_zero_copy(void)
{
	const char *value = getenv(ZERO_COPY_VARIABLE);

	return value == NULL || strcmp(value, "no") != 0;
}

/*
 * How long the peer has to be silent before it is told of an end that it may
 * take for that of both directions.  A command or a target that has ended has
 * mostly left, and the client waits for nothing else.
 */
static int64_t
session_end_silence(const struct session *s, const struct stream *local)
{
	bool accepted = s->side == SIDE_ACCEPTED;

	if ((s->run->options->pump.tell_at_once && !s->net->ends_both) ||
	    (accepted && local->duplex))
		return 0;
	return accepted && local->no_input ? CLOCK_NEVER : PUMP_END_SILENCE;
}

static struct pump_setup
session_pump_setup(struct session *s, const struct stream *local)
{
	const struct options *o = s->run->options;

	return (struct pump_setup){
		.end_silence = session_end_silence(s, local),
		.asks = s->side == SIDE_DIALLED && !local->duplex,
		.serial = s->next_fd != NULL,
		.among_many = s->among_many,
		.probe = options_may_probe(o),
		.local_may_leave = o->command.argv != NULL,
		.zero_copy = session_zero_copy(),
		.local_cut = s->local_cut,
		.local_cut_context = s->local_cut_context,
		.traffic = &s->progress.traffic,
		.deadline = s->run->deadline,
		.next_fd = s->next_fd,
	};
}

/* --- the end ------------------------------------------------------------- */

void
session_close(struct session *s, bool abort)
{
	if (s->net != NULL) {
		stream_close(s->net, abort);
	} else if (s->connection.fd != -1) {
		if (abort)
			sockopt_abort_on_close(s->connection.fd);
		connection_close(&s->connection);
	}
	s->net = NULL;
	s->connection.fd = -1;
	proxy_request_free(s->request);
	s->request = NULL;
	record_target_free(s->target);
	s->target = NULL;
}

void
session_part(struct session *s)
{
	int64_t until = clock_after(clock_now(), SESSION_PARTING_TIME);
	char data[4096];
	ssize_t n = 0;

	blocking_begins();
	stream_shutdown(s->net);
	do {
		wait_fd(s->net->in.fd, POLLIN, until, WAIT_NO_SIGNALS);
		n = stream_read(s->net, data, sizeof(data));
	} while (n != 0 && (n > 0 || errno == EAGAIN) && clock_now() < until &&
	    signals_terminating() == 0);
	session_close(s, false);
}

/* It was quiet at the end, and somebody may have refused what was said. */
static enum result
session_suspect(const struct stream *net, struct error *why)
{
	return error_set_errno(why, error_network_result(stream_suspect(net)),
	    stream_suspect(net), "the peer did not end, and may have gone");
}

static struct record_times
session_times(const struct session *s)
{
	return (struct record_times){
		.dial = s->connection.times,
		.proxied = s->passed[STAGE_PROXIED],
		.secured = s->passed[STAGE_SECURED],
	};
}

void
session_note_target(struct session *s, const struct session *target)
{
	struct record_target *t;

	if (s->run->report == NULL)
		return;
	t = xcalloc(1, sizeof(*t));
	t->local = target->connection.local;
	t->remote = target->connection.remote;
	if (target->to.host != NULL)
		t->name = xstrdup(target->to.host);
	t->port = target->to.port;
	t->transport = target->transport;
	t->times = session_times(target);
	stream_describe(target->net, &t->facts);
	record_target_free(s->target);
	s->target = t;
}

void
session_record(const struct session *s, struct record *r)
{
	int64_t begun = s->connection.times.begun;

	*r = (struct record){
		.sink = report_sink(s->run->report),
		.number = s->number,
		.listener = s->side != SIDE_DIALLED,
		.transport = s->transport,
		.port = s->to.port,
		.times = session_times(s),
		.local = &s->connection.local,
		.remote = &s->connection.remote,
		.announced_by = s->sender.len > 0 ? &s->sender : NULL,
		.name = s->to.host,
		.target_failed = s->target_failed,
		.first = s->unwelcome ? RECORD_LOCAL : RECORD_NOBODY,
		.begun = begun != 0 ? begun : s->since,
		.ended = clock_now(),
	};
}

void
session_ask(const struct session *s, struct record *r)
{
	if (r->sink == NULL || s->net == NULL)
		return;
	record_measure(r, s->net->in.fd);
	stream_describe(s->net, &r->own_facts);
	r->layered = s->net->layered;
}

enum result
session_fail(const struct session *s, const struct error *e,
    struct error *err)
{
	struct record r;
	enum result result;

	session_record(s, &r);
	r.error = e;
	if (s->again)
		r.sink = NULL;	/* another connection goes on with it */
	session_ask(s, &r);
	result = record_fail(&r, err);
	record_release(&r);
	return result;
}

/* The pump has ended. */
static void
session_fill_record(struct session *s, const struct stream *local,
    const struct pump_counts *counts, const struct error *why,
    struct record *r)
{
	session_record(s, r);
	r->counted = true;
	r->sent = counts->sent;
	r->received = counts->received;
	r->in_doubt = counts->in_doubt;
	r->peer_ended = counts->peer_ended;
	r->local_ended = counts->local_ended;
	r->times.first_sent = counts->first_sent;
	r->times.first_received = counts->first_received;
	r->first = counts->first == PUMP_FIRST_PEER ? RECORD_PEER :
	    counts->first == PUMP_FIRST_LOCAL ? RECORD_LOCAL : RECORD_NOBODY;
	r->error = why;
	r->target = s->target;
	r->target_failed = counts->local_failed && s->target != NULL;
	s->target = NULL;
	session_ask(s, r);
	if (r->target != NULL)
		record_tcp_measure(&r->target->tcp, local->in.fd);
	if (r->sink == NULL && log_enabled(LOG_DETAIL))
		record_measure(r, s->net->in.fd);
	record_say_tcp(r);
}

/* ... so close the connection. */
static enum result
session_end(struct session *s, bool abort, enum result result,
    struct error *why)
{
	struct stream *net = s->net;
	struct error e;

	if (result == RESULT_OK && stream_suspect(net) != 0)
		result = session_suspect(net, why);
	/* What the peer said is not where it should be. */
	if (copies_result(s->run->copies, RESULT_OK, &e) != RESULT_OK)
		abort = true;
	if (result == RESULT_OK && !abort && net->layered && !net->shut)
		stream_shutdown(net);	/* it is no truncation */
	session_close(s, abort);
	return result;
}

/* Say how it ended. */
static enum result
session_say(const struct record *r, enum result result, struct error *err)
{
	if (result != RESULT_OK)
		return record_fail(r, err);
	record_say(r);
	return result;
}

/* --- at once, and in turns ----------------------------------------------- */

/* Whether the connection comes about with its first write, which is ours. */
static bool
session_begins_with_write(const struct session *s, const struct stream *local)
{
	return s->run->options->socket.fastopen && s->side == SIDE_DIALLED &&
	    !local->duplex;
}

enum result
session_pump(struct session *s, struct stream *local,
    struct record *r, struct error *why)
{
	struct pump_setup setup = session_pump_setup(s, local);
	struct pump_counts counts = { 0 };
	enum result result = RESULT_OK;
	bool abort = false;

	progress_enter(s->run->progress, &s->progress, &s->connection.remote);
	if (session_begins_with_write(s, local)) {
		setup.already_sent = dialling_fastopen_send(s->run, s->net,
		    local);
		result = dialling_fastopen_wait(s->run, s->net->out.fd, why);
	}
	if (result == RESULT_OK)
		result = pump_run(s->net, local, &s->run->options->pump,
		    &setup, &counts, &abort, why);
	progress_leave(s->run->progress, &s->progress);
	session_fill_record(s, local, &counts, why, r);
	return session_end(s, abort, result, why);
}

enum result
session_run(struct session *s, struct stream *local, struct error *err)
{
	struct record record;
	struct error why = { .result = RESULT_OK };
	enum result result = session_pump(s, local, &record, &why);

	result = session_say(&record, result, err);
	record_release(&record);
	return result;
}

void
session_open(struct session *s, struct stream *local)
{
	const struct pump_setup setup = session_pump_setup(s, local);

	progress_enter(s->run->progress, &s->progress, &s->connection.remote);
	s->pump = pump_open(s->net, local, &s->run->options->pump,
	    &setup);
}

enum pump_turn
session_turn(struct session *s, short net, short local)
{
	return pump_turn(s->pump, net, local);
}

void
session_wants(const struct session *s, short *net, short *local)
{
	pump_wants(s->pump, net, local);
}

enum result
session_finish(struct session *s, const struct stream *local,
    struct error *err)
{
	struct pump_counts counts;
	struct record record;
	struct error why = { .result = RESULT_OK };
	enum result result;
	bool abort;

	result = pump_finish(s->pump, &counts, &abort, &why);
	progress_leave(s->run->progress, &s->progress);
	session_fill_record(s, local, &counts, &why, &record);
	result = session_end(s, abort, result, &why);
	result = session_say(&record, result, err);
	record_release(&record);
	return result;
}

enum result
session_settle(struct session *s, bool abort, struct record_tcp *tcp,
    struct error *err)
{
	enum result result = pump_settle(s->net,
	    s->run->options->pump.wait_acknowledged, s->run->deadline, err);

	if (s->run->report != NULL)
		record_tcp_measure(tcp, s->net->in.fd);
	session_close(s, abort);
	return result;
}
