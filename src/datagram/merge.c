/* SPDX-License-Identifier: ISC */
/* --merge of datagrams: what all peers send goes to standard output, in whole
 * lines.  Nothing is sent to them, and standard input is not read. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "datagram/copied.h"
#include "datagram/current.h"
#include "datagram/heard.h"
#include "datagram/receive.h"
#include "io/stream.h"
#include "net/life.h"
#include "report/report.h"
#include "serve/gather.h"
#include "session/reload.h"
#include "session/way.h"

struct merge {
	const struct run	*run;
	struct access		*access;
	struct listener		*l;
	struct stream		*local;
	struct copied_peers	*copies;	/* or NULL */
	struct heard		*senders;		/* or NULL */
	struct receiver		 receiver;
	int			 fd;		/* it received from that */
	struct current		 peer;
	struct dgram		 now;		/* what of it is not taken */
	bool			 busy;		/* there is something of now */
	bool			 blocked;	/* ... that has no room */
	bool			 serves;	/* somebody has come */
	struct progress_entry	 served;	/* ... all of them */
	int64_t			 deadline, accept_deadline;
	struct error		*err;
};

/* --- to standard output -------------------------------------------------- */

/* Whether the sender may come; it may be another one. */
static bool
merge_admit(struct merge *m, const struct dgram *d)
{
	char text[ADDR_TEXT_MAX];
	enum sender sender = current_admit(&m->peer, m->access, &d->from,
	    &d->to, true);

	if (sender == SENDER_NEW && !m->serves) {
		progress_enter(m->run->progress, &m->served, NULL);
		m->serves = true;
	}
	if (sender == SENDER_NEW) {
		gather_change(m->local, &d->from);
		life_tell(&(struct life_event){ .kind = LIFE_ACCEPTED,
		    .type = SOCK_DGRAM, .remote = &d->from });
		log_line(LOG_STEP, "accepted %s", addr_format(&d->from, text));
	}
	return sender != SENDER_DENIED;
}

static void
merge_copy(struct merge *m)
{
	const struct dgram_piece piece = { m->now.data, m->now.length };

	copied_peers_put(m->copies, m->fd, &m->now.to, &m->now.from,
	    TAP_RECEIVED, &piece, 1);
}

/* The next one of those that were received.  False: there is none. */
static bool
merge_next(struct merge *m)
{
	static unsigned char empty_line[] = "\n";

	do {
		if (!receiver_next(&m->receiver, &m->now))
			return false;
	} while (!merge_admit(m, &m->now));
	receiver_count(&m->receiver, &m->now);
	heard_put(m->senders, &m->now.from);
	merge_copy(m);
	m->busy = true;
	if (m->now.length == 0) {
		m->now.data = empty_line;
		m->now.length = 1;
	}
	return true;
}

/* Put all that was received.  RESULT_LOCAL: the output is broken. */
static enum result
merge_put(struct merge *m)
{
	ssize_t n;

	m->blocked = false;
	while (m->busy || merge_next(m)) {
		n = stream_write(m->local, m->now.data, m->now.length);
		m->blocked = n == -1 && errno == EAGAIN;
		if (m->blocked)
			return RESULT_OK;
		if (n == -1)
			return error_set_errno(m->err, RESULT_LOCAL, errno,
			    "standard output");
		m->now.data += n;
		m->now.length -= (size_t)n;
		m->busy = m->now.length > 0;
	}
	return RESULT_OK;
}

/* --- from the network ---------------------------------------------------- */

/* Until one has to wait for room, or all is received. */
static enum result
merge_receive(struct merge *m, int fd)
{
	enum result result = RESULT_OK;

	m->fd = fd;
	for (int turns = 0; turns < RECEIVE_TURNS && !m->blocked &&
	    result == RESULT_OK; turns++) {
		int n = receiver_receive(&m->receiver, fd, DGRAM_BATCH);

		if (n == -1 && errno != EAGAIN)
			log_line(LOG_ERROR, "receive: %s", strerror(errno));
		if (n > 0)
			result = merge_put(m);
		if (!m->receiver.more)
			break;
	}
	return result;
}

/* Wait for datagrams, or, while one has no room, for that. */
static enum result
merge_wait(struct merge *m, struct pollfd pfd[LISTEN_MAX + 2])
{
	size_t n = m->l->count;
	int64_t until = clock_earlier(m->deadline, m->peer.known ?
	    CLOCK_NEVER : m->accept_deadline);
	enum result result;

	for (size_t i = 0; i < n; i++) {
		int fd = m->blocked ? -1 : m->l->fd[i];

		pfd[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	pfd[n] = (struct pollfd){ .fd = m->local->out.fd,
	    .events = stream_write_events(m->local) };
	pfd[n + 1] = (struct pollfd){ .fd = signals_reload_fd(),
	    .events = POLLIN };
	pump_traffic_set(&m->served.traffic, 0, m->receiver.bytes);
	result = wait_error(wait_for(pfd, n + 2, until, 0), m->err);
	if (result == RESULT_OK && clock_now() >= m->deadline)
		return error_set(m->err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	if (result == RESULT_OK && clock_now() >= until)
		return error_set(m->err, RESULT_TIMEOUT,
		    "no client came in time");
	return result;
}

/* All of them at once. */
static void
merge_report(const struct merge *m, int64_t begun, enum result result)
{
	struct record record = {
		.sink = report_sink(m->run->report),
		.number = run_number(m->run),
		.listener = true,
		.transport = options_transport(m->run->options),
		.local = &m->l->addr[0],
		.begun = begun,
		.ended = clock_now(),
		.counted = true,
		.received = m->receiver.bytes,
		.datagrams = {
			.known = true,
			.received = m->receiver.datagrams,
			.largest_received = m->receiver.largest,
		},
		.error = result == RESULT_OK ? NULL : m->err,
	};

	for (size_t i = 0; i < m->l->count && record.sink != NULL; i++)
		record.datagrams.lost += record_drops(m->l->fd[i]);
	record_report(&record);
	report_datagrams(m->run->report, heard_count(m->senders),
	    record.datagrams.lost);
}

static enum result
merge_loop(struct merge *m)
{
	struct pollfd pfd[LISTEN_MAX + 2];
	enum result result = RESULT_OK;
	int64_t begun = clock_now();

	while (result == RESULT_OK && (m->busy ||
	    !receiver_is_done(&m->receiver))) {
		result = merge_wait(m, pfd);
		if (result == RESULT_OK)
			reload_if_asked(m->run);
		if (result == RESULT_OK && m->blocked)
			result = merge_put(m);
		for (size_t i = 0; result == RESULT_OK && i < m->l->count;
		    i++) {
			if (pfd[i].revents != 0)
				result = merge_receive(m, m->l->fd[i]);
		}
	}
	pump_traffic_set(&m->served.traffic, 0, m->receiver.bytes);
	if (m->serves)
		progress_leave(m->run->progress, &m->served);
	merge_report(m, begun, result);
	log_line(LOG_STEP, "received %llu datagrams, %llu bytes",
	    (unsigned long long)m->receiver.datagrams,
	    (unsigned long long)m->receiver.bytes);
	return result;
}

/* Each datagram ends its last line. */
static enum result
merge_listen(const struct run *r, struct listener *l,
    struct error *err)
{
	const struct options *o = r->options;
	struct gather *g = gather_new(o->merge.mark, o->merge.as_is);
	struct merge m = {
		.run = r,
		.access = r->access,
		.l = l,
		.deadline = r->deadline,
		.accept_deadline = clock_after(clock_now(),
		    o->server.accept_timeout),
		.err = err,
	};
	enum result result;

	if (g == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "--merge");
	m.local = gather_join(g, &m.peer.remote, -1, true);
	if (m.local == NULL) {
		result = error_set_errno(err, RESULT_LOCAL, errno, "--merge");
	} else {
		m.copies = copied_peers_new(r, 0);
		m.senders = heard_new(r->report);
		receiver_init(&m.receiver, l->fd[0], o->pump.read_limit);
		for (size_t i = 0; i < l->count; i++)
			dgram_merge(l->fd[i]);
		result = merge_loop(&m);
		receiver_free(&m.receiver);
		copied_peers_free(m.copies);
		heard_free(m.senders);
		stream_close(m.local, false);
	}
	return gather_end(g, m.deadline, result, err);
}

static bool
merge_wanted(const struct run *r)
{
	return r->options->merge.on && layers_bare_datagrams(r);
}

extern const struct way way_merge_datagrams;
const struct way way_merge_datagrams = {
	.wanted = merge_wanted,
	.listen = merge_listen,
};
