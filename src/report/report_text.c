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

static void
text_times(struct text *t, const struct record *r)
{
	const struct record_times *at = &r->times;
	char resolve[32], connect[32], proxy[32], tls[32], total[32];
	int64_t connected = at->dial.connected != 0 ? at->dial.connected :
	    r->begun;

	text_line(t, "  time", "resolve %s, connect %s, proxy %s, TLS %s, "
	    "total %s",
	    text_span(resolve, at->dial.begun, at->dial.resolved),
	    text_span(connect, at->dial.resolved != 0 ? at->dial.resolved :
	    at->dial.begun, at->dial.connected),
	    text_span(proxy, connected, at->proxied),
	    text_span(tls, at->proxied != 0 ? at->proxied : connected,
	    at->secured),
	    text_span(total, r->begun, r->ended));
}

static void
text_direction(struct text *t, const char *word, uint64_t bytes,
    int64_t first)
{
	char buf[32];

	text_line(t, word, first > 0 ? "%llu bytes, the first after %s" :
	    "%llu bytes", (unsigned long long)bytes,
	    clock_format(buf, sizeof(buf), first));
}

static void
text_bytes(struct text *t, const struct record *r)
{
	const struct record_times *at = &r->times;

	if (!r->counted)
		return;
	text_direction(t, "  sent", r->sent, at->first_sent == 0 ? 0 :
	    at->first_sent - r->begun);
	text_direction(t, "  received", r->received, at->first_received == 0 ?
	    0 : at->first_received - r->begun);
	if (r->in_doubt > 0)
		text_line(t, "  in doubt", "%zu bytes", r->in_doubt);
}

static void
text_datagrams(struct text *t, const struct record_datagrams *d)
{
	if (d->known)
		text_line(t, "  datagrams", "sent %llu, received %llu, lost "
		    "to a full queue %llu",
		    (unsigned long long)d->sent,
		    (unsigned long long)d->received,
		    (unsigned long long)d->lost);
}

static void
text_tcp(struct text *t, const struct record_tcp *tcp)
{
	if (tcp->known)
		text_line(t, "  TCP", "rtt %.3f ms (least %.3f), %u "
		    "retransmits, cwnd %u, mss %u, %s",
		    tcp->rtt / 1000.0, tcp->min_rtt / 1000.0,
		    tcp->retransmits, tcp->window, tcp->segment,
		    tcp->congestion);
}

static void
text_tls(struct text *t, const struct facts *facts)
{
	const char *pin;

	if (facts == NULL || facts_find(facts, "SSL_PROTOCOL") == NULL)
		return;
	text_line(t, "  TLS", "%s, %s, ALPN %s, group %s",
	    facts_find(facts, "SSL_PROTOCOL"),
	    text_or(facts_find(facts, "SSL_CIPHER"), "none"),
	    text_or(facts_find(facts, "alpn"), "none"),
	    text_or(facts_find(facts, "group"), "unknown"));
	pin = facts_find(facts, "SSL_PEER_CERT_HASH");
	if (pin != NULL)
		text_line(t, "  peer", "%.800s, pin %s",
		    text_or(facts_find(facts, "SSL_PEER_CERT_SUBJECT"), ""),
		    pin);
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
	if (r->target != NULL)
		text_line(t, "  target", "%s -> %s",
		    addr_format(&r->target->local, local),
		    addr_format(&r->target->remote, remote));
}

size_t
report_text(const struct record *r, char out[REPORT_LINE_MAX])
{
	struct text t = { out, 0 };

	if (r->kind == RECORD_PORT) {
		text_line(&t, "port", "%s %u %s", text_or(r->name, "?"),
		    (unsigned)r->port, text_or(r->state, "?"));
		return t.length;
	}
	text_line(&t, "connection", "%llu, %s, %s%s%.900s",
	    (unsigned long long)r->number,
	    r->listener ? "accepted" : "dialled",
	    text_or(r->transport, "unknown"), r->name != NULL ? ", to " : "",
	    text_or(r->name, ""));
	text_addresses(&t, r);
	text_times(&t, r);
	text_bytes(&t, r);
	text_datagrams(&t, &r->datagrams);
	text_tcp(&t, &r->tcp);
	text_tls(&t, record_facts(r));
	text_line(&t, "  end", "%s%s%s", text_or(record_ended_by(r), ""),
	    record_ended_by(r) != NULL ? ": " : "", record_ended_how(r));
	text_result(&t, r->error, r->how);
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
	for (size_t i = 0; i < run->queues; i++)
		text_queue(&t, &run->queue[i]);
	if (run->overflows_known)
		text_line(&t, "  overflows", "%llu, of all queues of this "
		    "network namespace", (unsigned long long)run->overflows);
	text_result(&t, run->error, NULL);
	return t.length;
}
