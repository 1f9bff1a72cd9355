/* SPDX-License-Identifier: ISC */
/* Reports for people. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "report/report_state.h"

/* Lines with a word in front of each; there is always room for a LF. */
struct text {
	char	*out;
	size_t	 length;
};

static void	text_line(struct text *t, const char *word, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));

/* What a peer has chosen in it is escaped. */
static void
text_line(struct text *t, const char *word, const char *fmt, ...)
{
	char raw[2 * ERROR_TEXT_MAX], line[4 * ERROR_TEXT_MAX];
	size_t room = REPORT_LINE_MAX - t->length;
	va_list ap;
	int n;

	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	log_escape_whole(line, sizeof(line), raw, strlen(raw));
	n = snprintf(t->out + t->length, room, "%-12s%s\n", word, line);
	if (n > 0 && (size_t)n < room)
		t->length += (size_t)n;
}

static const char *
text_or(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

static const char *
text_span(char buf[32], int64_t from, int64_t to)
{
	return from == 0 || to == 0 ? "-" : clock_format(buf, 32, to - from);
}

static const char *
text_port(char buf[32], uint16_t port)
{
	buf[0] = '\0';
	if (port != 0)
		snprintf(buf, 32, " port %u", (unsigned)port);
	return buf;
}

static void
text_times(struct text *t, const struct record_times *at, int64_t begun,
    int64_t ended)
{
	char resolve[32], connect[32], proxy[32], tls[32], total[32];
	int64_t connected = at->dial.connected != 0 ? at->dial.connected :
	    begun;

	text_line(t, "  time", "resolve %s, connect %s, proxy %s, TLS %s, "
	    "total %s",
	    text_span(resolve, at->dial.begun, at->dial.resolved),
	    text_span(connect, at->dial.resolved != 0 ? at->dial.resolved :
	    at->dial.begun, at->dial.connected),
	    text_span(proxy, connected, at->proxied),
	    text_span(tls, at->proxied != 0 ? at->proxied : connected,
	    at->secured),
	    text_span(total, begun, ended));
}

/* Bytes a second, since it stood. */
static uint64_t
text_rate(const struct record *r, uint64_t bytes)
{
	return report_rate(bytes, r->ended - report_stood(&r->times,
	    r->begun));
}

static void
text_direction(struct text *t, const char *word, const struct record *r,
    uint64_t bytes, int64_t first)
{
	char buf[32];

	text_line(t, word, first == 0 ? "%llu bytes, %llu a second" :
	    "%llu bytes, %llu a second, the first after %s",
	    (unsigned long long)bytes,
	    (unsigned long long)text_rate(r, bytes),
	    text_span(buf, r->begun, first));
}

static void
text_bytes(struct text *t, const struct record *r)
{
	if (!r->counted)
		return;
	text_direction(t, "  sent", r, r->sent, r->times.first_sent);
	text_direction(t, "  received", r, r->received,
	    r->times.first_received);
	if (r->in_doubt > 0)
		text_line(t, "  in doubt", "%zu bytes", r->in_doubt);
}

static void
text_datagrams(struct text *t, const struct record_datagrams *d)
{
	if (!d->known)
		return;
	text_line(t, "  datagrams", "sent %llu (largest %zu bytes), "
	    "received %llu (largest %zu bytes), lost to a full queue %llu",
	    (unsigned long long)d->sent, d->largest_sent,
	    (unsigned long long)d->received, d->largest_received,
	    (unsigned long long)d->lost);
}

static void
text_tcp_sums(struct text *t, const struct record_tcp_sums *sums)
{
	if (!sums->known)
		return;
	text_line(t, "  sums", "retransmitted %llu bytes, delivered %u "
	    "segments (%u marked), duplicates %u, out of order %u, segments "
	    "sent %u, received %u",
	    (unsigned long long)sums->bytes_retransmitted, sums->delivered,
	    sums->marked, sums->duplicates, sums->out_of_order,
	    sums->segments_sent, sums->segments_received);
	text_line(t, "  limits", "busy %.3f ms, of that by the peer's "
	    "window %.3f ms, by our send buffer %.3f ms",
	    (double)sums->busy / 1000, (double)sums->window_limited / 1000,
	    (double)sums->buffer_limited / 1000);
}

static void
text_tcp(struct text *t, const struct record_tcp *tcp)
{
	char threshold[16] = "none";

	if (!tcp->known)
		return;
	if (tcp->threshold != 0)
		snprintf(threshold, sizeof(threshold), "%u", tcp->threshold);
	text_line(t, "  TCP", "rtt %.3f ms (varies %.3f, least %.3f), "
	    "retransmits %u, lost %u, reordering %u (seen %u times)",
	    tcp->rtt / 1000.0, tcp->rttvar / 1000.0, tcp->min_rtt / 1000.0,
	    tcp->retransmits, tcp->lost, tcp->reordering, tcp->reordered);
	text_line(t, "  windows", "cwnd %u, ssthresh %s, %s, ours %u bytes "
	    "(space %u), the peer's %u bytes", tcp->window, threshold,
	    tcp->congestion[0] != '\0' ? tcp->congestion : "unknown",
	    tcp->receive_window, tcp->receive_space, tcp->send_window);
	text_line(t, "  path", "mss sent %u, received %u, pmtu %u, "
	    "delivered at %llu bytes a second%s%s", tcp->segment,
	    tcp->segment_received, tcp->path_mtu,
	    (unsigned long long)tcp->delivery_rate,
	    tcp->application_limited ? " (as much as there was)" : "",
	    tcp->multipath ? ", MPTCP" : "");
	text_tcp_sums(t, &tcp->sums);
}

/* Each name in a line of its own: there may be many. */
static void
text_names(struct text *t, const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (strcmp(facts->fact[i].name, "name") == 0)
			text_line(t, "  name", "%s", facts->fact[i].value);
	}
}

static void
text_tls(struct text *t, const struct facts *facts)
{
	const char *pin;

	if (facts == NULL || facts_find(facts, "SSL_PROTOCOL") == NULL)
		return;
	text_line(t, "  TLS", "%s, %s, ALPN %s, group %s, server name %s",
	    facts_find(facts, "SSL_PROTOCOL"),
	    text_or(facts_find(facts, "SSL_CIPHER"), "none"),
	    text_or(facts_find(facts, "alpn"), "none"),
	    text_or(facts_find(facts, "group"), "unknown"),
	    text_or(facts_find(facts, "SSL_TLS_SNI_SERVERNAME"), "none"));
	pin = facts_find(facts, "SSL_PEER_CERT_HASH");
	if (pin != NULL)
		text_line(t, "  peer", "pin %s, %s", pin,
		    text_or(facts_find(facts, "SSL_PEER_CERT_SUBJECT"), ""));
	text_names(t, facts);
}

/* The connection to it. */
static void
text_target(struct text *t, const struct record_target *target)
{
	char local[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX];

	if (target == NULL)
		return;
	text_line(t, "  target", "%s, %s -> %s%s%.900s",
	    text_or(target->transport, "unknown"),
	    addr_format(&target->local, local),
	    addr_format(&target->remote, remote),
	    target->name != NULL ? ", to " : "", text_or(target->name, ""));
	text_times(t, &target->times, target->times.dial.begun, 0);
	text_tcp(t, &target->tcp);
	text_tls(t, &target->facts);
}

static void
text_result(struct text *t, const struct error *e, const char *how)
{
	const char *message = e != NULL && e->text[0] != '\0' ? e->text : how;

	text_line(t, "  status", message == NULL ? "%d" : "%d, %s",
	    record_status(e), message);
}

static void
text_addresses(struct text *t, const struct record *r)
{
	char local[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX], by[ADDR_TEXT_MAX];
	bool known = r->local != NULL && r->local->len > 0;

	if (r->remote != NULL && r->remote->len > 0)
		text_line(t, "  addresses", "%s -> %s",
		    known ? addr_format(r->local, local) : "?",
		    addr_format(r->remote, remote));
	if (r->announced_by != NULL)
		text_line(t, "  announced", "by %s",
		    addr_format(r->announced_by, by));
}

size_t
report_text(const struct record *r, char out[REPORT_LINE_MAX])
{
	struct text t = { out, 0 };
	char port[32];

	if (r->kind == RECORD_PORT) {
		text_line(&t, "port", "%s %u %s", text_or(r->name, "?"),
		    (unsigned)r->port, text_or(r->state, "?"));
		return t.length;
	}
	text_line(&t, "connection", "%llu, %s, %s%s%.900s%s",
	    (unsigned long long)r->number,
	    r->listener ? "accepted" : "dialled",
	    text_or(r->transport, "unknown"), r->name != NULL ? ", to " : "",
	    text_or(r->name, ""), text_port(port, r->port));
	text_addresses(&t, r);
	text_result(&t, r->error, r->how);
	text_line(&t, "  end", "%s%s%s%s%s", text_or(record_ended_by(r), ""),
	    record_ended_by(r) != NULL ? ": " : "", record_ended_how(r),
	    r->peer_ended ? ", the peer had ended" : "",
	    r->local_ended ? ", so had we" : "");
	text_times(&t, &r->times, r->begun, r->ended);
	text_bytes(&t, r);
	text_datagrams(&t, &r->datagrams);
	text_tcp(&t, &r->tcp);
	text_tls(&t, record_facts(r));
	text_target(&t, r->target);
	return t.length;
}

static void
text_queue(struct text *t, const struct report_queue *q)
{
	char at[ADDR_TEXT_MAX];

	if (q->known)
		text_line(t, "  listening", "%s, queue %u of %u, at most %u "
		    "were seen, %d were asked for", addr_format(&q->at, at),
		    q->depth, q->limit, q->deepest, q->asked);
	else
		text_line(t, "  listening", "%s", addr_format(&q->at, at));
}

size_t
report_text_run(const struct report_run *run, char out[REPORT_LINE_MAX])
{
	struct text t = { out, 0 };
	char total[32];

	text_line(&t, "run", "%llu records, %llu failed, sent %llu bytes, "
	    "received %llu bytes, in %s",
	    (unsigned long long)run->sums.records,
	    (unsigned long long)run->sums.failed,
	    (unsigned long long)run->sums.sent,
	    (unsigned long long)run->sums.received,
	    text_span(total, run->begun, run->ended));
	if (run->sums.datagrams)
		text_line(&t, "  datagrams", "from %llu addresses, %llu lost "
		    "to full queues", (unsigned long long)run->sums.peers,
		    (unsigned long long)run->sums.lost);
	for (size_t i = 0; i < run->queues; i++)
		text_queue(&t, &run->queue[i]);
	if (run->overflows_known)
		text_line(&t, "  overflows", "%llu, of all queues of this "
		    "network namespace", (unsigned long long)run->overflows);
	text_result(&t, run->error, NULL);
	return t.length;
}
