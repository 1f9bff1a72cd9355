/* SPDX-License-Identifier: ISC */
/* Reports for programs; docs/report.schema.json says what is in them. */
#include <string.h>

#include "base/clock.h"
#include "report/report_state.h"
#include "wire/json.h"

/* Of all that is written: a member that means something else than before gets
 * another name, and this does not change. */
#define SCHEMA	1

static void
json_text_or_null(struct json *j, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_text(j, name, text);
	else
		json_null(j, name);
}

static void
json_address(struct json *j, const char *name, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	bool path;

	if (a == NULL || a->len == 0) {
		json_null(j, name);
		return;
	}
	path = a->sa.sa_family == AF_UNIX;
	addr_format_exact(a, text);
	json_begin_object(j, name);
	json_text_or_null(j, path ? "path" : "address", text);
	if (!path)
		json_number(j, "port", addr_port(a));
	json_end_inner(j);
}

/* The time from one point to the next, if both are known. */
static void
json_span(struct json *j, const char *name, int64_t from, int64_t to)
{
	if (from != 0 && to != 0)
		json_seconds(j, name, to - from);
}

/* --- a connection -------------------------------------------------------- */

static void
json_dial_times(struct json *j, const struct record_times *t, int64_t begun)
{
	int64_t connected = t->dial.connected != 0 ? t->dial.connected : begun;

	json_span(j, "resolve", t->dial.begun, t->dial.resolved);
	json_span(j, "connect", t->dial.resolved != 0 ? t->dial.resolved :
	    t->dial.begun, t->dial.connected);
	json_span(j, "proxy", connected, t->proxied);
	json_span(j, "tls", t->proxied != 0 ? t->proxied : connected,
	    t->secured);
}

static void
json_times(struct json *j, const struct record *r)
{
	const struct record_times *t = &r->times;

	json_begin_object(j, "time");
	json_dial_times(j, t, r->begun);
	json_span(j, "first_sent", r->begun, t->first_sent);
	json_span(j, "first_received", r->begun, t->first_received);
	json_span(j, "total", r->begun, r->ended);
	json_end_inner(j);
}

static void
json_direction(struct json *j, const char *name, const struct record *r,
    uint64_t bytes)
{
	json_begin_object(j, name);
	json_number(j, "bytes", bytes);
	json_number(j, "rate", report_rate(bytes,
	    r->ended - report_stood(&r->times, r->begun)));
	json_end_inner(j);
}

static void
json_datagrams(struct json *j, const struct record_datagrams *d)
{
	if (!d->known)
		return;
	json_begin_object(j, "datagrams");
	json_number(j, "sent", d->sent);
	json_number(j, "received", d->received);
	json_number(j, "largest_sent", d->largest_sent);
	json_number(j, "largest_received", d->largest_received);
	json_number(j, "lost_to_full_queue", d->lost);
	json_end_inner(j);
}

static void
json_fact(struct json *j, const char *name, const struct facts *facts,
    const char *fact)
{
	json_text_or_null(j, name, facts_find(facts, fact));
}

static void
json_tls(struct json *j, const struct facts *facts)
{
	if (facts == NULL || facts_find(facts, "SSL_PROTOCOL") == NULL)
		return;
	json_begin_object(j, "tls");
	json_fact(j, "version", facts, "SSL_PROTOCOL");
	json_fact(j, "cipher", facts, "SSL_CIPHER");
	json_fact(j, "alpn", facts, "alpn");
	json_fact(j, "group", facts, "group");
	json_fact(j, "server_name", facts, "SSL_TLS_SNI_SERVERNAME");
	json_fact(j, "peer_pin", facts, "SSL_PEER_CERT_HASH");
	json_fact(j, "peer_subject", facts, "SSL_PEER_CERT_SUBJECT");
	json_begin_array(j, "peer_names");
	for (size_t i = 0; i < facts->count; i++) {
		if (strcmp(facts->fact[i].name, "name") == 0)
			json_text(j, NULL, facts->fact[i].value);
	}
	json_end_inner(j);
	json_end_inner(j);
}

static void
json_tcp_sums(struct json *j, const struct record_tcp_sums *sums)
{
	if (!sums->known)
		return;
	json_number(j, "bytes_retrans", sums->bytes_retransmitted);
	json_seconds(j, "busy", (int64_t)sums->busy * 1000);
	json_seconds(j, "rwnd_limited", (int64_t)sums->window_limited * 1000);
	json_seconds(j, "sndbuf_limited",
	    (int64_t)sums->buffer_limited * 1000);
	json_number(j, "segs_out", sums->segments_sent);
	json_number(j, "segs_in", sums->segments_received);
	json_number(j, "delivered", sums->delivered);
	json_number(j, "delivered_ce", sums->marked);
	json_number(j, "dsack_dups", sums->duplicates);
	json_number(j, "rcv_ooopack", sums->out_of_order);
}

static void
json_tcp_more(struct json *j, const struct record_tcp *tcp)
{
	json_number(j, "snd_mss", tcp->segment);
	json_number(j, "rcv_mss", tcp->segment_received);
	json_number(j, "pmtu", tcp->path_mtu);
	json_number(j, "delivery_rate", tcp->delivery_rate);
	json_bool(j, "app_limited", tcp->application_limited);
	json_number(j, "rcv_wnd", tcp->receive_window);
	json_number(j, "rcv_space", tcp->receive_space);
	json_number(j, "snd_wnd", tcp->send_window);
	json_text_or_null(j, "congestion", tcp->congestion);
	json_bool(j, "mptcp", tcp->multipath);
	json_tcp_sums(j, &tcp->sums);
}

static void
json_tcp(struct json *j, const struct record_tcp *tcp)
{
	if (!tcp->known)
		return;
	json_begin_object(j, "tcp");
	json_seconds(j, "rtt", (int64_t)tcp->rtt * 1000);
	json_seconds(j, "rttvar", (int64_t)tcp->rttvar * 1000);
	json_seconds(j, "min_rtt", (int64_t)tcp->min_rtt * 1000);
	json_number(j, "retransmits", tcp->retransmits);
	json_number(j, "lost", tcp->lost);
	json_number(j, "reordering", tcp->reordering);
	json_number(j, "reordered", tcp->reordered);
	json_number(j, "cwnd", tcp->window);
	if (tcp->threshold != 0)
		json_number(j, "ssthresh", tcp->threshold);
	else
		json_null(j, "ssthresh");
	json_tcp_more(j, tcp);
	json_end_inner(j);
}

/* The connection to a target: the other side of the same bytes. */
static void
json_target(struct json *j, const struct record *r)
{
	const struct record_target *t = r->target;

	if (t == NULL)
		return;
	json_begin_object(j, "target");
	json_text_or_null(j, "transport", t->transport);
	json_text_or_null(j, "name", t->name);
	if (t->port != 0)
		json_number(j, "port", t->port);
	json_address(j, "local", &t->local);
	json_address(j, "remote", &t->remote);
	json_begin_object(j, "time");
	json_dial_times(j, &t->times, t->times.dial.begun);
	json_end_inner(j);
	json_tls(j, &t->facts);
	json_tcp(j, &t->tcp);
	json_end_inner(j);
}

static const char *
result_name(const struct error *e)
{
	static const char *const names[] = {
		[RESULT_OK] = "ok",
		[RESULT_REFUSED] = "refused",
		[RESULT_UNREACHABLE] = "unreachable",
		[RESULT_BROKEN] = "broken",
		[RESULT_USAGE] = "usage",
		[RESULT_TIMEOUT] = "timeout",
		[RESULT_NAME] = "name",
		[RESULT_DENIED] = "denied",
		[RESULT_LOCAL] = "local",
		[RESULT_PIPE] = "pipe",
		[RESULT_SIGNAL] = "signal",
		[RESULT_COMMAND] = "command",
	};

	return names[e == NULL ? RESULT_OK : e->result];
}

static void
json_result(struct json *j, const struct error *e, const char *how)
{
	const char *message = e != NULL && e->text[0] != '\0' ? e->text : how;

	json_text(j, "result", result_name(e));
	json_number(j, "status", (uint64_t)record_status(e));
	json_text_or_null(j, "message", message);
}

static void
json_end_of(struct json *j, const struct record *r)
{
	json_begin_object(j, "end");
	json_text_or_null(j, "by", record_ended_by(r));
	json_text(j, "how", record_ended_how(r));
	json_bool(j, "peer_ended", r->peer_ended);
	json_bool(j, "local_ended", r->local_ended);
	json_end_inner(j);
}

static size_t
json_line(struct json *j)
{
	size_t n = json_end(j);

	j->out[n++] = '\n';
	return n;
}

static void
json_head(struct json *j, char out[REPORT_LINE_MAX], const char *type,
    bool listener)
{
	json_begin(j, out, REPORT_LINE_MAX - 1);	/* a LF comes behind */
	json_number(j, "schema", SCHEMA);
	json_text(j, "type", type);
	json_text(j, "role", listener ? "listener" : "initiator");
}

static size_t
json_port(const struct record *r, char out[REPORT_LINE_MAX])
{
	struct json j;

	json_head(&j, out, "port", false);
	json_text_or_null(&j, "transport", r->transport);
	json_text_or_null(&j, "name", r->name);
	if (r->port != 0)
		json_number(&j, "port", r->port);
	json_text_or_null(&j, "state", r->state);
	return json_line(&j);
}

/* The result stands in front of what a peer may have made long. */
size_t
report_json(const struct record *r, char out[REPORT_LINE_MAX])
{
	struct json j;

	if (r->kind == RECORD_PORT)
		return json_port(r, out);
	json_head(&j, out, "connection", r->listener);
	if (r->number != 0)
		json_number(&j, "number", r->number);
	json_text_or_null(&j, "transport", r->transport);
	json_text_or_null(&j, "name", r->name);
	if (r->port != 0)
		json_number(&j, "port", r->port);
	json_address(&j, "local", r->local);
	json_address(&j, "remote", r->remote);
	if (r->announced_by != NULL)
		json_address(&j, "announced_by", r->announced_by);
	json_result(&j, r->error, r->how);
	json_end_of(&j, r);
	json_times(&j, r);
	if (r->counted) {
		json_direction(&j, "sent", r, r->sent);
		json_direction(&j, "received", r, r->received);
		json_number(&j, "in_doubt", r->in_doubt);
	}
	json_datagrams(&j, &r->datagrams);
	json_tcp(&j, &r->tcp);
	json_tls(&j, record_facts(r));
	json_target(&j, r);
	return json_line(&j);
}

/* --- the run ------------------------------------------------------------- */

static void
json_queues(struct json *j, const struct report_run *run)
{
	json_begin_array(j, "listen");
	for (size_t i = 0; i < run->queues; i++) {
		const struct report_queue *q = &run->queue[i];

		json_begin_object(j, NULL);
		json_address(j, "local", &q->at);
		json_number(j, "backlog_asked", (uint64_t)q->asked);
		if (q->known) {
			json_number(j, "backlog_granted", q->limit);
			json_number(j, "queue_depth", q->depth);
			json_number(j, "queue_deepest", q->deepest);
		}
		json_end_inner(j);
	}
	json_end_inner(j);
	if (run->overflows_known)
		json_number(j, "namespace_listen_overflows", run->overflows);
}

static void
json_run_datagrams(struct json *j, const struct report_sums *sums)
{
	if (!sums->datagrams)
		return;
	json_begin_object(j, "datagrams");
	json_number(j, "peers", sums->peers);
	json_number(j, "lost_to_full_queue", sums->lost);
	json_end_inner(j);
}

size_t
report_json_run(const struct report_run *run, char out[REPORT_LINE_MAX])
{
	struct json j;

	json_head(&j, out, "run", run->listener);
	json_result(&j, run->error, NULL);
	json_begin_object(&j, "time");
	json_span(&j, "total", run->begun, run->ended);
	json_end_inner(&j);
	json_number(&j, "records", run->sums.records);
	json_number(&j, "failed", run->sums.failed);
	json_number(&j, "sent", run->sums.sent);
	json_number(&j, "received", run->sums.received);
	json_run_datagrams(&j, &run->sums);
	if (run->listener)
		json_queues(&j, run);
	return json_line(&j);
}
