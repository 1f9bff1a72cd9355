/* SPDX-License-Identifier: ISC */
/* The main thread of a server. */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "io/pipes.h"
#include "net/notify.h"
#include "run/server_state.h"
#include "session/judge.h"

/* When there were many clients, and for so long none has been there, what was
 * kept is given back. */
#define TRIM_AFTER	(3 * CLOCK_SECOND)

/* Descriptors for everything but clients. */
#define RESERVED_FDS	64

/* Out of something: look again after this. */
#define EXHAUSTED_PAUSE	(50 * CLOCK_MS)

/* --- supervising --------------------------------------------------------- */

/* What has to be known of the clients, at one time. */
struct server_view {
	size_t		 clients;
	bool		 serves;	/* one of them */
	int64_t		 give_up_at;
	bool		 enough;
	bool		 exhausted;
	bool		 untrimmed;
	enum result	 fault;
};

static struct server_view
server_look(struct server *s)
{
	struct server_view view;

	pthread_mutex_lock(&s->lock);
	view = (struct server_view){
		.clients = s->admission.clients,
		.serves = admission_serves(&s->admission),
		.give_up_at = admission_give_up_at(&s->admission),
		.enough = admission_enough(&s->admission),
		.exhausted = s->admission.exhausted,
		.untrimmed = s->untrimmed,
		.fault = s->fault.result,
	};
	pthread_mutex_unlock(&s->lock);
	return view;
}

/* Out of descriptors or memory: some may have come free. */
static void
server_try_again(struct server *s)
{
	bool open;

	pthread_mutex_lock(&s->lock);
	open = admission_try_again(&s->admission);
	pthread_mutex_unlock(&s->lock);
	if (open)
		server_rearm(s);
}

static void
server_trim(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->untrimmed = false;
	pthread_mutex_unlock(&s->lock);
	pipes_trim();
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
}

static int
server_stop_fd(const struct server *s)
{
	return s->stopped || s->way->stop_fd == NULL ? -1 :
	    s->way->stop_fd(s->context);
}

/* Sleep until a signal, a worker that has something to tell, or `until'. */
static void
server_sleep(const struct server *s, int64_t until)
{
	struct pollfd pfd[4] = {
		{ .fd = signals_received_fd(), .events = POLLIN },
		{ .fd = s->wake_fd, .events = POLLIN },
		{ .fd = server_stop_fd(s), .events = POLLIN },
		{ .fd = signals_reload_fd(), .events = POLLIN },
	};

	if (wait_for(pfd, 4, until, WAIT_NO_SIGNALS) != WAIT_READY)
		return;
	if (pfd[0].revents != 0) {
		wakeup_clear(signals_received_fd());
		signals_woken();
	}
	if (pfd[1].revents != 0)
		wakeup_clear(s->wake_fd);
}

/* Whether the way has had enough. */
static bool
server_is_stopped(struct server *s)
{
	s->stopped = s->stopped || wakeup_clear(server_stop_fd(s));
	return s->stopped;
}

static enum result
server_set_fault(struct server *s, struct error *err)
{
	pthread_mutex_lock(&s->lock);
	*err = s->fault;
	pthread_mutex_unlock(&s->lock);
	return err->result;
}

static enum result
server_set_late(const struct server *s, int64_t now, struct error *err)
{
	return error_set(err, RESULT_TIMEOUT, "%s", now >= s->run->deadline &&
	    !s->way->one_at_a_time ?
	    "the time for the whole run is over" :
	    "no client came in time");
}

/* The time of the run is that of the one who is served, if there is one. */
static int64_t
server_deadline(const struct server *s, const struct server_view *view)
{
	return s->way->one_at_a_time && view->serves ? CLOCK_NEVER :
	    s->run->deadline;
}

/* Until it is enough. */
static enum result
server_supervise(struct server *s, struct error *err)
{
	int64_t quiet = CLOCK_NEVER;

	for (;;) {
		struct server_view view = server_look(s);
		int64_t now = clock_now(), until;
		int64_t give_up = clock_earlier(view.give_up_at,
		    server_deadline(s, &view));

		if (signals_received() != 0)
			return error_interrupted(err);
		if (view.fault != RESULT_OK)
			return server_set_fault(s, err);
		if (view.enough || server_is_stopped(s))
			return RESULT_OK;
		if (now >= give_up)
			return server_set_late(s, now, err);
		quiet = !view.untrimmed || view.clients > 0 ? CLOCK_NEVER :
		    clock_earlier(quiet, now + TRIM_AFTER);
		if (now >= quiet)
			server_trim(s);
		until = clock_earlier(clock_earlier(give_up, quiet),
		    repeats_say_counts(s->faults, now));
		if (view.exhausted)
			until = clock_earlier(until, now + EXHAUSTED_PAUSE);
		server_sleep(s, until);
		server_reload(s);
		if (view.exhausted)
			server_try_again(s);
	}
}

/* --- leaving ------------------------------------------------------------- */

static void
server_close(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	admission_close(&s->admission);
	pthread_mutex_unlock(&s->lock);
}

/* Wait until the clients are done, at most until `until', and only while there
 * is no signal more than `signals', and nothing has failed for all. */
static void
server_wait_clients(struct server *s, int64_t until, int signals)
{
	struct server_view view = server_look(s);

	while (view.clients > 0 && view.fault == RESULT_OK &&
	    clock_now() < until && signals_count() <= signals) {
		server_sleep(s, until);
		server_reload(s);
		view = server_look(s);
	}
}

/* It is enough, for that reason: let nobody in any more.  Who is served as the
 * last one looks at the sockets for the next, so they stay as they are then. */
static void
server_let_nobody_in(struct server *s, enum result why)
{
	bool alone = s->way->one_at_a_time;

	server_close(s);
	if (!alone || why != RESULT_OK)
		listen_stop(s->l);
	/* Handshakes that nobody waits for any more. */
	if (s->handshakes != NULL && (s->stopped || (alone &&
	    why != RESULT_OK)))
		handshakes_stop(s->handshakes);
}

static void
server_finish(struct server *s, enum result why)
{
	server_let_nobody_in(s, why);
	server_wait_clients(s, s->run->deadline, 0);
	if (signals_received() != 0) {
		notify_service_manager("STOPPING=1");
		server_let_nobody_in(s, RESULT_SIGNAL);
		server_wait_clients(s, clock_after(clock_now(),
		    s->run->options->server.drain), 1);
		signals_stop();
	}
	/* Threads may still look at the numbers. */
	listen_stop(s->l);
	if (s->handshakes != NULL)
		handshakes_stop(s->handshakes);
	workers_stop(s->workers);
}

/* --- limits -------------------------------------------------------------- */

/* As many descriptors as may be; commands would inherit the limit. */
static size_t
server_descriptors(const struct way *w)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1024;
	if (!w->starts_commands && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

/* Whether clients have a handshake to do.  Of datagrams they have shown a
 * cookie, which is enough where each has a thread. */
static bool
server_wants_handshakes(const struct run *r, const struct way *w)
{
	return layers_wait(r, SIDE_ACCEPTED) &&
	    (!options_datagrams(r->options) || w->one_at_a_time);
}

/* So many clients that nobody is accepted who can't be served. */
static size_t
server_most(struct server *s)
{
	const struct options *o = s->run->options;
	size_t fds = server_descriptors(s->way), kept = RESERVED_FDS, most;
	bool shared = options_datagrams(o);	/* see datagram/demux.h */
	size_t each = s->way->descriptors + shared;

	if (s->admission.handshakes) {
		s->most_handshakes = handshakes_most(fds, shared);
		kept += s->most_handshakes;
	}
	if (s->way->one_at_a_time)
		return 1;
	most = fds > kept + each ? (fds - kept) / each : 1;
	if (o->server.max_conns > 0 && !o->server.refuse_more &&
	    (size_t)o->server.max_conns < most)
		most = (size_t)o->server.max_conns;
	else
		log_line(LOG_DETAIL, "at most %zu clients at once: the limit "
		    "of descriptors is %zu", most, fds);
	if (s->most_handshakes > 0)
		log_line(LOG_DETAIL, "at most %zu clients in their handshake",
		    s->most_handshakes);
	return most;
}

/* --- from beginning to end ----------------------------------------------- */

/* One client that is let in; or was not when its header was there, which
 * session says. */
static enum result
server_accept_one(const struct run *r, struct listener *l, int64_t until,
    struct session *session, struct error *err)
{
	struct connection c;
	enum result result;

	session->unwelcome = false;
	for (;;) {
		result = listen_accept(l, until, &c, err);
		if (result != RESULT_OK)
			return result;
		if (judge_comer(r, &c))
			break;
		connection_close(&c);
	}
	session_init(session, r, SIDE_ACCEPTED, NULL, &c);
	return judge_awaits_header(r) ? session_stack(session, err) :
	    RESULT_OK;
}

static enum result
server_run_one(const struct run *r, struct listener *l, const struct way *w,
    void *context, struct error *err)
{
	int64_t until = clock_earlier(r->deadline, clock_after(clock_now(),
	    r->options->server.accept_timeout));
	struct session session;
	enum result result;

	do
		result = server_accept_one(r, l, until, &session, err);
	while (result != RESULT_OK && session.unwelcome);
	/* A second client is refused, not left waiting. */
	listen_close(l);
	return result == RESULT_OK ? w->serve(context, &session, err) : result;
}

static enum result
server_open(struct server *s, struct error *err)
{
	size_t n = s->l->count;

	s->faults = repeats_new();
	s->wake_fd = wakeup_open(WAKEUP_ONCE);
	s->guest_fd = wakeup_open(WAKEUP_COUNTS);
	if (s->wake_fd == -1 || s->guest_fd == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	s->workers = workers_new(&server_workers_ops, s);
	if (s->workers == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "threads");
	if (s->admission.handshakes) {
		s->handshakes = handshakes_new(s->run, s->most_handshakes,
		    s->workers, n, &server_handshakes_ops, s);
		if (s->handshakes == NULL)
			return error_set_errno(err, RESULT_LOCAL, errno,
			    "timerfd");
	}
	memcpy(s->next_fd, s->l->fd, n * sizeof(s->next_fd[0]));
	s->next_fd[n] = s->guest_fd;
	s->next_fd[n + 1] = -1;
	for (size_t i = 0; i < n; i++)
		workers_share(s->workers, i, s->l->fd[i]);
	return RESULT_OK;
}

static void
server_free(struct server *s)
{
	if (s->workers != NULL)
		workers_free(s->workers);
	handshakes_free(s->handshakes);
	if (s->faults != NULL)
		repeats_end(s->faults);
	repeats_free(s->faults);
	wakeup_close(s->wake_fd);
	wakeup_close(s->guest_fd);
	pipes_trim();
}

/* Whether the bytes of clients are only moved, which goes in turns. */
static bool
server_moves_bytes(const struct run *r, const struct way *w)
{
	return w->connect != NULL && !options_datagrams(r->options) &&
	    layers_raw(r, SIDE_ACCEPTED) && layers_raw(r, SIDE_TARGET);
}

/* What those who were served one after another have come to. */
static enum result
server_sum_up(struct server *s, enum result result, struct error *err)
{
	if (result == RESULT_OK && s->fault.result != RESULT_OK)
		return server_set_fault(s, err);
	if (result == RESULT_OK && signals_received() != 0)
		return error_interrupted(err);
	if (result == RESULT_OK && s->first.result != RESULT_OK)
		return error_set(err, s->first.result, "%lld clients served, "
		    "not all of them well",
		    (long long)s->admission.accepted);
	return result;
}

static enum result
server_run_many(const struct run *r, struct listener *l,
    const struct way *w, void *context,
    struct error *err)
{
	struct server s = {
		.run = r,
		.way = w,
		.context = context,
		.l = l,
		.in_turns = server_moves_bytes(r, w),
		.reload_lock = PTHREAD_MUTEX_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.guests = STAILQ_HEAD_INITIALIZER(s.guests),
		.admission = {
			.max_accepts = r->options->server.max_accepts,
			.accept_timeout = r->options->server.accept_timeout,
			.handshakes = server_wants_handshakes(r, w),
			.one_at_a_time = w->one_at_a_time,
		},
	};
	enum result result;

#ifdef HAVE_MALLOC_TRIM
	/* One arena a thread would be memory that never comes back. */
	mallopt(M_ARENA_MAX, 2);
#endif
	s.admission.most = server_most(&s);
	admission_begin(&s.admission, clock_now());
	result = server_open(&s, err);
	if (result == RESULT_OK) {
		result = server_supervise(&s, err);
		server_finish(&s, result);
	}
	server_free(&s);
	return server_sum_up(&s, result, err);
}

enum result
server_run(const struct run *r, struct listener *l, const struct way *w,
    struct error *err)
{
	bool many = r->options->server.keep_open;
	void *context = NULL;
	enum result result = RESULT_OK;

	if ((many || !w->one_at_a_time) && signals_manage(many) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	if (w->open != NULL)
		result = w->open(r, &context, err);
	if (result != RESULT_OK)
		return result;
	result = many ? server_run_many(r, l, w, context, err) :
	    server_run_one(r, l, w, context, err);
	return w->close != NULL ? w->close(context, result, err) : result;
}
