/* SPDX-License-Identifier: ISC */
/* Both forms of a report: what is in them, and that nobody gets out of them. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "report/report_state.h"
#include "tap.h"

/* All that a peer could try: another line, another object, the terminal, the
 * direction of text, no UTF-8. */
#define HOSTILE	"a\nb\"},{\"x\r\033[2J\x9b\xe2\x80\xae\xff\x01\x7f%s\\"

static struct addr
path_of(const char *path)
{
	struct addr a = { .un = { .sun_family = AF_UNIX } };

	memcpy(a.un.sun_path, path, strlen(path) + 1);
	a.len = sizeof(a.un);
	return a;
}

static void
fill_facts(struct facts *f, const char *value)
{
	static const char *const names[] = { "SSL_PROTOCOL", "SSL_CIPHER",
		"alpn", "group", "SSL_TLS_SNI_SERVERNAME",
		"SSL_PEER_CERT_HASH", "SSL_PEER_CERT_SUBJECT", "name",
		"name" };

	for (size_t i = 0; i < NITEMS(names); i++)
		facts_add(f, names[i], value);
}

/* One that has everything. */
static void
fill(struct record *r, struct error *e, struct addr *a, const char *value)
{
	struct record_target *t = calloc(1, sizeof(*t));

	*a = path_of(value);
	error_set(e, RESULT_BROKEN, "%s", value);
	t->local = t->remote = *a;
	t->name = strdup(value);
	t->transport = "unix";
	fill_facts(&t->facts, value);
	*r = (struct record){ .number = 7, .transport = "unix", .local = a,
		.remote = a, .announced_by = a, .name = value, .port = 80,
		.begun = CLOCK_SECOND, .ended = 3 * CLOCK_SECOND,
		.counted = true, .sent = 1000, .received = 4000, .in_doubt = 5,
		.target = t, .how = value, .error = e };
	r->times.dial = (struct connection_times){ CLOCK_SECOND,
		CLOCK_SECOND + CLOCK_MS, CLOCK_SECOND + 3 * CLOCK_MS };
	r->times.secured = 2 * CLOCK_SECOND;
	r->times.first_sent = 2 * CLOCK_SECOND + CLOCK_MS;
	fill_facts(&r->own_facts, value);
	strcpy(r->tcp.congestion, "cubic");
	r->tcp.known = r->tcp.sums.known = true;
	r->tcp.rtt = 1500;
	r->tcp.retransmits = 31;
	r->tcp.sums.bytes_retransmitted = 4242;
	r->tcp.sums.window_limited = 2500;
}

/* That nothing in it is a control, or turns the direction, but the ends of
 * `lines' lines, which begin as those of ours do. */
static bool
is_tame(const char *text, size_t n, size_t lines)
{
	size_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		seen += c == '\n';
		if ((c < 0x20 && c != '\n') || c == 0x7f || c == 0xff ||
		    c == 0x9b || (c == 0xe2 && i + 2 < n &&
		    (unsigned char)text[i + 1] == 0x80 &&
		    (unsigned char)text[i + 2] == 0xae))
			return false;
		if (c == '\n' && i + 1 < n && lines > 1 &&
		    text[i + 1] != ' ')
			return false;
	}
	return n > 0 && text[n - 1] == '\n' && (lines > 1 || seen == 1);
}

static void
test_hostile(void)
{
	char out[REPORT_LINE_MAX];
	struct record r;
	struct error e;
	struct addr a;
	size_t n;

	fill(&r, &e, &a, HOSTILE);
	n = report_json(&r, out);
	ok(is_tame(out, n, 1), "JSON: one line, no control");
	ok(strstr(out, "{\"x") == NULL, "... no object but ours");
	ok(strstr(out, "a\\nb\\\"},{\\\"x\\u000d\\u001b[2J") != NULL,
	    "... and what was said is there");
	n = report_text(&r, out);
	ok(is_tame(out, n, 2), "text: lines of ours, no control");
	record_release(&r);
}

/* The same, so long that not all has room. */
static void
test_long(void)
{
	char out[REPORT_LINE_MAX], value[1001];
	struct record r;
	struct error e;
	struct addr a;
	size_t n;

	memset(value, '\n', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	fill(&r, &e, &a, "x");
	for (int i = 0; i < 100; i++)
		facts_add(&r.own_facts, "name", value);
	n = report_json(&r, out);
	ok(n <= sizeof(out) && is_tame(out, n, 1) && out[n - 2] == '}',
	    "JSON: a whole line");
	ok(strstr(out, "\"status\":1,") != NULL, "... with the status");
	n = report_text(&r, out);
	ok(n <= sizeof(out) && is_tame(out, n, 2), "text: whole lines");
	ok(strstr(out, "\n  status    1, x\n") != NULL,
	    "... with the status");
	record_release(&r);
}

/* Each fact is in both forms. */
static void
test_facts(void)
{
	static const char *const text[] = { "connection  7, dialled, unix, ",
		"to x port 80\n", "  addresses x -> x\n", "  announced by x\n",
		"  status    1, x\n", "  end       peer: error\n",
		"resolve 1.0 ms, connect 2.0 ms, proxy -, TLS 997.0 ms, ",
		"total 2.0 s\n",
		"  sent      1000 bytes, 1000 a second, ",
		"the first after 1.0 s\n",
		"  received  4000 bytes, 4000 a second\n",
		"  in doubt  5 bytes\n", "rtt 1.500 ms", "retransmits 31",
		"cubic", "retransmitted 4242 bytes", "window 2.500 ms",
		"TLS       x, x, ALPN x, group x, server name x\n",
		"  peer      pin x, x\n", "  name      x\n  name      x\n",
		"  target    unix, x -> x, to x\n" };
	static const char *const json[] = { "\"number\":7,",
		"\"name\":\"x\",\"port\":80,", "\"local\":{\"path\":\"x\"}",
		"\"announced_by\":{\"path\":\"x\"}", "\"result\":\"broken\"",
		"\"status\":1", "\"message\":\"x\"",
		"\"by\":\"peer\",\"how\":\"error\"", "\"resolve\":0.001000",
		"\"connect\":0.002000", "\"tls\":0.997000",
		"\"first_sent\":1.001000", "\"total\":2.000000",
		"\"sent\":{\"bytes\":1000,\"rate\":1000}", "\"in_doubt\":5",
		"\"rtt\":0.001500", "\"retransmits\":31",
		"\"congestion\":\"cubic\"", "\"bytes_retrans\":4242",
		"\"rwnd_limited\":0.002500", "\"alpn\":\"x\"",
		"\"peer_pin\":\"x\"", "\"peer_names\":[\"x\",\"x\"]",
		"\"target\":{\"transport\":\"unix\",\"name\":\"x\"" };
	char out[REPORT_LINE_MAX];
	struct record r;
	struct error e;
	struct addr a;

	fill(&r, &e, &a, "x");
	out[report_text(&r, out)] = '\0';
	for (size_t i = 0; i < NITEMS(text); i++)
		ok(strstr(out, text[i]) != NULL, "text: %s", text[i]);
	out[report_json(&r, out)] = '\0';
	for (size_t i = 0; i < NITEMS(json); i++)
		ok(strstr(out, json[i]) != NULL, "JSON: %s", json[i]);
	record_release(&r);
}

static void
test_run(void)
{
	struct error e;
	struct report_run run = { .listener = true, .begun = CLOCK_SECOND,
		.ended = 2 * CLOCK_SECOND, .queues = 1, .error = &e,
		.overflows_known = true, .overflows = 9,
		.sums = { .records = 3, .failed = 1, .sent = 10,
		.received = 20 } };
	char out[REPORT_LINE_MAX];

	error_set(&e, RESULT_TIMEOUT, "%s", HOSTILE);
	run.queue[0] = (struct report_queue){ .at = path_of("s"),
		.known = true, .depth = 1, .deepest = 4, .limit = 5,
		.asked = 6 };
	ok(is_tame(out, report_json_run(&run, out), 1), "JSON is tame");
	ok(strstr(out, "\"backlog_asked\":6,\"backlog_granted\":5,"
	    "\"queue_depth\":1,\"queue_deepest\":4") != NULL, "... the queue");
	ok(strstr(out, "\"namespace_listen_overflows\":9") != NULL,
	    "... and those of others");
	ok(is_tame(out, report_text_run(&run, out), 2), "text is tame");
	ok(strstr(out, "queue 1 of 5, at most 4 were seen, 6 were asked for")
	    != NULL, "... the queue");
	ok(strstr(out, "9, of all queues of this network namespace") != NULL,
	    "... and those of others");
}

static void
test_rate(void)
{
	const struct record_times t = { .dial = { .connected = 5 },
		.proxied = 7, .secured = 6 };

	is_int((int64_t)report_rate(1000, CLOCK_SECOND / 2), 2000, "a rate");
	is_int((int64_t)report_rate(1000, 0), 0, "no time, no rate");
	is_int((int64_t)report_rate(1000, -1), 0, "less than no time");
	is_int(report_stood(&t, 1), 7, "it stood when the last was done");
	is_int(report_stood(&(struct record_times){ .secured = 0 }, 1), 1,
	    "accepted, it stands from the begin on");
}

int
main(void)
{
	test_hostile();
	test_long();
	test_facts();
	test_run();
	test_rate();
	return tap_done();
}
