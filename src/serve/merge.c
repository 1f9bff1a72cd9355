/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "io/dgram.h"
#include "run/server.h"
#include "serve/gather.h"
#include "serve/merge.h"
#include "session/reload.h"
#include "session/session.h"

/* --- connections --------------------------------------------------------- */

static struct stream *
merge_join(struct gather *g, const struct options *o, const struct addr *from,
    int fd, struct error *err)
{
	struct stream *local = gather_join(g, from, fd, options_datagrams(o));
	struct error e;

	if (local == NULL) {
		error_set_errno(&e, RESULT_LOCAL, errno, "eventfd");
		error_own(&e, 0);
		session_say_failed(from, &e, err);
	}
	return local;
}

/* With layers, in a thread of its own. */
static enum result
merge_serve(void *context, const struct options *o, int64_t deadline,
    struct connection *c, struct stream *net, struct error *err)
{
	struct addr remote = c->remote;
	struct stream *local;
	enum result result;

	if (net == NULL)
		net = session_connect(o, deadline, c, err);
	if (net == NULL)
		return err->result;
	local = merge_join(context, o, &remote, net->in.fd, err);
	if (local == NULL) {
		stream_close(net, true);
		return err->result;
	}
	result = session_run(o, deadline, net, &remote, local, NULL, err);
	stream_close(local, false);
	return result;
}

struct merged {
	struct session	*session;
	struct stream	*local;
};

static void *
merge_begin(void *context, const struct options *o, int64_t deadline,
    struct connection *c, int fd[2], struct error *err)
{
	struct stream *local = merge_join(context, o, &c->remote, c->fd, err);
	struct merged *m;

	if (local == NULL) {
		sockopt_abort_on_close(c->fd);
		connection_close(c);
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	fd[0] = c->fd;
	fd[1] = local->in.fd;
	m->local = local;
	m->session = session_open(o, deadline, c, local);
	return m;
}

static enum pump_turn
merge_turn(void *client, const short revents[2], short wants[2])
{
	struct merged *m = client;
	enum pump_turn turn = session_turn(m->session, revents[0], revents[1]);

	if (turn == PUMP_WAITS)
		session_wants(m->session, &wants[0], &wants[1]);
	return turn;
}

static enum result
merge_finish(void *client, struct error *err)
{
	struct merged *m = client;
	enum result result = session_finish(m->session, err);

	stream_close(m->local, false);
	free(m);
	return result;
}

/* The end of the run, whose result was that of the senders.  Whose signal came
 * first, dies of it. */
static enum result
merge_end(struct gather *g, int64_t deadline, enum result result,
    struct error *err)
{
	struct error e = { .result = RESULT_OK };

	if (gather_end(g, deadline, &e) == RESULT_OK ||
	    (result == RESULT_SIGNAL && signals_asked() != SIGPIPE))
		return result;
	*err = e;
	return e.result;
}

enum result
merge_run(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, struct error *err)
{
	struct gather *g = gather_new(o->merge.mark);
	struct server_mode mode = {
		.serve = merge_serve,
		.context = g,
		.descriptors = 2,
	};

	if (g == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "--merge");
	if (o->tls_context == NULL) {
		mode.begin = merge_begin;
		mode.turn = merge_turn;
		mode.finish = merge_finish;
	}
	return merge_end(g, deadline, server_run(o, deadline, l, access, &mode,
	    err), err);
}

/* --- datagrams ----------------------------------------------------------- */

struct datagrams {
	const struct options	*o;
	struct access		*access;
	struct listener		*l;
	struct stream		*local;
	struct dgram_batch	*batch;
	struct dgram_cursor	 next;		/* in it */
	struct dgram		 now;		/* what of it is not taken */
	bool			 busy;		/* there is something of now */
	bool			 blocked;	/* ... that has no room */
	struct addr		 from;		/* of the last one; len 0 */
	struct access_pass	 pass;		/* ... its */
	uint64_t		 count, bytes;
	int64_t			 deadline, accept_deadline;
	struct error		*err;
};

/* Whether the sender may come; it may be another one. */
static bool
datagrams_admit(struct datagrams *ds, const struct dgram *d)
{
	bool same = addr_equal(&ds->from, &d->from);
	struct access_pass pass = { 0 };
	char text[ADDR_TEXT_MAX];

	if (same)
		pass = ds->pass;
	if (!access_still_admits(ds->access, &d->from, &pass))
		return false;
	ds->pass = pass;
	if (same && ds->count > 0)
		return true;
	ds->from = d->from;
	gather_change(ds->local, &d->from);
	log_line(LOG_STEP, "accepted %s", addr_format(&d->from, text));
	return true;
}

static bool
datagrams_limit_reached(const struct datagrams *ds)
{
	return ds->o->pump.read_limit != 0 &&
	    ds->count >= ds->o->pump.read_limit;
}

/* The next one of those that were received.  False: there is none. */
static bool
datagrams_next(struct datagrams *ds)
{
	static unsigned char empty_line[] = "\n";

	do {
		if (datagrams_limit_reached(ds) ||
		    !dgram_batch_next(ds->batch, &ds->next, &ds->now))
			return false;
	} while (!datagrams_admit(ds, &ds->now));
	ds->busy = true;
	ds->count++;
	ds->bytes += ds->now.length;
	if (ds->now.truncated)
		log_line(LOG_ERROR, "a datagram of more than %d bytes was cut",
		    DGRAM_RECEIVE_MAX);
	if (ds->now.length == 0) {
		ds->now.data = empty_line;
		ds->now.length = 1;
	}
	return true;
}

/* Put all that was received.  RESULT_LOCAL: the output is broken. */
static enum result
datagrams_put(struct datagrams *ds)
{
	ssize_t n;

	ds->blocked = false;
	while (ds->busy || datagrams_next(ds)) {
		n = stream_write(ds->local, ds->now.data, ds->now.length);
		ds->blocked = n == -1 && errno == EAGAIN;
		if (ds->blocked)
			return RESULT_OK;
		if (n == -1)
			return error_set_errno(ds->err, RESULT_LOCAL, errno,
			    "standard output");
		ds->now.data += n;
		ds->now.length -= (size_t)n;
		ds->busy = ds->now.length > 0;
	}
	return RESULT_OK;
}

static enum result
datagrams_receive(struct datagrams *ds, int fd)
{
	int n;

	/* Until one has to wait for room, or all is received. */
	for (int turns = 0; turns < 16 && !ds->blocked &&
	    !datagrams_limit_reached(ds); turns++) {
		enum result result;

		n = dgram_receive(ds->batch, fd, DGRAM_BATCH);
		if (n == -1 && errno != EAGAIN)
			log_line(LOG_ERROR, "receive: %s", strerror(errno));
		if (n < 1)
			break;
		ds->next = (struct dgram_cursor){ 0, 0 };
		result = datagrams_put(ds);
		if (result != RESULT_OK)
			return result;
		if (n < DGRAM_BATCH)
			break;
	}
	return RESULT_OK;
}

static enum result
datagrams_check(struct datagrams *ds)
{
	int64_t now = clock_now();

	if (signals_caught() != 0)
		return error_interrupted(ds->err);
	if (now >= ds->deadline)
		return error_set(ds->err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	if (ds->count == 0 && now >= ds->accept_deadline)
		return error_set(ds->err, RESULT_TIMEOUT,
		    "no client came in time");
	reload_if_asked(ds->o, ds->access, ds->deadline);
	return RESULT_OK;
}

/* Wait for datagrams, or, while one has no room, for that. */
static void
datagrams_wait(struct datagrams *ds, struct pollfd pfd[LISTEN_MAX + 2])
{
	size_t n = ds->l->count;

	for (size_t i = 0; i < n; i++) {
		int fd = ds->blocked ? -1 : ds->l->fd[i];

		pfd[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	pfd[n] = (struct pollfd){ .fd = ds->local->out.fd,
	    .events = ds->local->write_events };
	pfd[n + 1] = (struct pollfd){ .fd = signals_reload_fd(),
	    .events = POLLIN };
	wait_for(pfd, n + 2, clock_earlier(ds->deadline, ds->count == 0 ?
	    ds->accept_deadline : CLOCK_NEVER), 0);
}

static enum result
datagrams_run(struct datagrams *ds)
{
	struct pollfd pfd[LISTEN_MAX + 2];
	enum result result = RESULT_OK;

	while (result == RESULT_OK && (ds->busy ||
	    !datagrams_limit_reached(ds))) {
		datagrams_wait(ds, pfd);
		result = datagrams_check(ds);
		if (result == RESULT_OK && ds->blocked)
			result = datagrams_put(ds);
		for (size_t i = 0; result == RESULT_OK && i < ds->l->count;
		    i++) {
			if (pfd[i].revents != 0)
				result = datagrams_receive(ds, ds->l->fd[i]);
		}
	}
	log_line(LOG_STEP, "received %llu datagrams, %llu bytes",
	    (unsigned long long)ds->count, (unsigned long long)ds->bytes);
	return result;
}

enum result
merge_run_datagrams(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct error *err)
{
	struct gather *g = gather_new(o->merge.mark);
	struct datagrams ds = {
		.o = o,
		.access = access,
		.l = l,
		.deadline = deadline,
		.accept_deadline = clock_after(clock_now(),
		    o->server.accept_timeout),
		.err = err,
	};
	enum result result;

	if (g == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "--merge");
	ds.local = gather_join(g, &ds.from, -1, true);
	if (ds.local == NULL) {
		result = error_set_errno(err, RESULT_LOCAL, errno, "--merge");
	} else {
		ds.batch = dgram_batch_new(l->fd[0]);
		for (size_t i = 0; i < l->count; i++)
			dgram_merge(l->fd[i]);
		result = datagrams_run(&ds);
		dgram_batch_free(ds.batch);
		stream_close(ds.local, false);
	}
	return merge_end(g, deadline, result, err);
}
