/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/repeats.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "io/pipes.h"
#include "net/notify.h"
#include "run/proving.h"
#include "run/server.h"
#include "run/workers.h"
#include "session/reload.h"
#include "session/session.h"

/* When there were more clients than this, and for so long none has been there,
 * what was kept is given back. */
#define TRIM_CLIENTS	16
#define TRIM_AFTER	(3 * CLOCK_SECOND)

/* Descriptors for everything but clients. */
#define RESERVED_FDS	64

/* Out of something: look again after this. */
#define EXHAUSTED_PAUSE	(50 * CLOCK_MS)

/* Its handshake is done, and there is no place for it yet. */
struct guest {
	struct guest		*next;
	struct connection	 c;
	struct stream		*net;
};

struct server {
	const struct options		*o;
	const struct server_mode	*mode;
	struct access			*access;
	struct listener			*l;
	int64_t				 deadline;
	size_t				 most;		/* places */
	size_t				 most_provings;
	struct workers			*workers;
	struct provings			*provings;	/* of TLS; or NULL */
	int				 wake_fd;	/* the main thread's */
	bool				 stopped;	/* ... for that alone */
	pthread_mutex_t			 lock;
	/* under the lock */
	size_t				 clients;	/* now */
	size_t				 served;	/* of these, those who
							 * have a place */
	struct guest			*guests;	/* in order */
	struct guest			**guests_end;
	int64_t				 accepted;	/* in all */
	int64_t				 expected;	/* about to be accepted;
							 * clients already */
	int64_t				 waiting_since;	/* for the next one */
	bool				 full;		/* a door is shut */
	bool				 exhausted;	/* pause accepting */
	bool				 closing;
	bool				 untrimmed;	/* there were many */
	struct repeats			*faults;	/* of our own */
	enum result			 fault;		/* accept is broken */
	int				 fault_errno;
};

/* --- waking each other --------------------------------------------------- */

static void
server_signal(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) == -1) {
		/* it is set already */
	}
}

static void
server_clear(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) == -1) {
		/* it was not set */
	}
}

static void
server_open_doors(const struct server *s)
{
	for (size_t i = 0; i < s->l->count; i++)
		workers_open_door(s->workers, i);
}

/* --- clients ------------------------------------------------------------- */

/* Whether all places are taken.  Who has to prove something takes one only
 * then.  With the lock held. */
static bool
server_is_full(const struct server *s)
{
	return (s->provings != NULL ? s->served : s->clients) >= s->most;
}

/* Whether there may be one client more.  With the lock held. */
static bool
server_has_room(const struct server *s)
{
	return !s->closing && !s->exhausted && !server_is_full(s) &&
	    (s->o->server.max_accepts == 0 ||
	    s->accepted + s->expected < s->o->server.max_accepts);
}

/* Count a client in before it is accepted: nobody may come in between. */
static bool
server_reserve(struct server *s)
{
	bool room;

	pthread_mutex_lock(&s->lock);
	room = server_has_room(s);
	if (room) {
		s->clients++;
		s->expected++;
	} else {
		s->full = true;
	}
	pthread_mutex_unlock(&s->lock);
	return room;
}

/* It is there; somebody else waits for the next. */
static void
server_count_in(struct server *s, size_t i)
{
	bool room, enough;

	pthread_mutex_lock(&s->lock);
	s->expected--;
	s->accepted++;
	s->waiting_since = clock_now();
	s->untrimmed = s->untrimmed || s->clients > TRIM_CLIENTS;
	room = server_has_room(s);
	s->full = s->full || !room;
	enough = s->o->server.max_accepts > 0 &&
	    s->accepted >= s->o->server.max_accepts;
	pthread_mutex_unlock(&s->lock);
	if (room)
		workers_open_door(s->workers, i);
	if (enough)
		server_signal(s->wake_fd);
}

/* It has gone; `served': or never came, and does not count. */
static void
server_count_out(struct server *s, bool served)
{
	bool open, wake;

	pthread_mutex_lock(&s->lock);
	s->clients--;
	s->expected -= !served;
	open = s->full && server_has_room(s);
	if (open) {
		s->full = false;
		s->waiting_since = clock_now();
	}
	wake = (open && s->o->server.accept_timeout != CLOCK_NEVER) ||
	    (s->clients == 0 && (s->untrimmed || s->closing ||
	    s->o->server.max_accepts > 0));
	pthread_mutex_unlock(&s->lock);
	if (open)
		server_open_doors(s);
	if (wake)
		server_signal(s->wake_fd);
}

/* A fault of our own. */
static void
server_tell(struct server *s, const char *text, size_t at)
{
	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "%s", text);
	else if (repeats_say(s->faults, text, at, clock_now()))
		server_signal(s->wake_fd);
}

/* accept(2) failed. */
static void
server_not_accepted(struct server *s, size_t i, int errnum)
{
	enum listen_fault fault = listen_fault(errnum);
	char text[128];

	if (fault != LISTEN_PASSING) {
		snprintf(text, sizeof(text), "accept: %s (waiting)",
		    strerror(errnum));
		server_tell(s, text, 0);
		pthread_mutex_lock(&s->lock);
		s->exhausted = s->full = true;
		if (fault == LISTEN_BROKEN && !s->closing) {
			s->fault = RESULT_LOCAL;
			s->fault_errno = errnum;
		}
		pthread_mutex_unlock(&s->lock);
		server_signal(s->wake_fd);	/* it knows when to go on */
	}
	server_count_out(s, false);
	if (fault == LISTEN_PASSING)
		workers_open_door(s->workers, i);
}

/* A client is done with.  What went wrong was said for -v when it was closed;
 * our own faults are told to everybody. */
static void
server_report(struct server *s, const struct error *err)
{
	if (err->own && !log_enabled(LOG_STEP))
		server_tell(s, err->text, err->own_at);
}

static void
server_serve_one(struct server *s, struct connection *c, struct stream *net)
{
	struct error err = { .result = RESULT_OK };

	s->mode->serve(s->mode->context, s->o, s->deadline, c, net, &err);
	server_report(s, &err);
}

/* --- who has proven who it is -------------------------------------------- */

/* Take a place, or wait for one: then false. */
static bool
server_take_place(struct server *s, const struct connection *c,
    struct stream *net)
{
	struct guest *guest = NULL;
	bool taken;

	pthread_mutex_lock(&s->lock);
	taken = s->served < s->most;
	if (taken) {
		s->served++;
		s->full = s->full || !server_has_room(s);
	} else {
		guest = xcalloc(1, sizeof(*guest));
		guest->c = *c;
		guest->net = net;
		*s->guests_end = guest;
		s->guests_end = &guest->next;
	}
	pthread_mutex_unlock(&s->lock);
	return taken;
}

/* Leave a place, to the one who waits for it: whom the caller serves. */
static struct guest *
server_leave_place(struct server *s)
{
	struct guest *guest;

	pthread_mutex_lock(&s->lock);
	guest = s->guests;
	if (guest == NULL)
		s->served--;
	else
		s->guests = guest->next;
	if (s->guests == NULL)
		s->guests_end = &s->guests;
	pthread_mutex_unlock(&s->lock);
	return guest;
}

static void
server_turn_away(struct guest *guest)
{
	session_say_closed(&guest->c.remote, "interrupted");
	stream_close(guest->net, true);
}

static void
server_proven(void *context, struct connection *c, struct stream *net)
{
	struct server *s = context;
	struct guest *guest;

	if (!server_take_place(s, c, net))
		return;
	workers_will_block();
	server_serve_one(s, c, net);
	while ((guest = server_leave_place(s)) != NULL) {
		server_count_out(s, true);
		if (signals_caught() == 0)
			server_serve_one(s, &guest->c, guest->net);
		else
			server_turn_away(guest);
		free(guest);
	}
	server_count_out(s, true);
}

static void
server_failed(void *context, const struct error *err)
{
	struct server *s = context;

	server_report(s, err);
	server_count_out(s, true);
}

static void
server_room(void *context)
{
	server_open_doors(context);
}

static const struct proving_ops server_proving_ops = {
	.proven = server_proven,
	.failed = server_failed,
	.room = server_room,
};

/* --- those who come ------------------------------------------------------ */

static void
server_serve(struct server *s, struct connection *c)
{
	const struct server_mode *mode = s->mode;
	struct error err = { .result = RESULT_OK };
	void *client;
	int fd[2];

	if (s->provings != NULL) {
		provings_begin(s->provings, c);
		return;
	}
	if (mode->begin == NULL) {
		workers_will_block();
		server_serve_one(s, c, NULL);
		server_count_out(s, true);
		return;
	}
	client = mode->begin(mode->context, s->o, s->deadline, c, fd, &err);
	if (client != NULL) {
		workers_park(s->workers, client, fd);
		return;
	}
	server_report(s, &err);
	server_count_out(s, true);
}

static void
server_knock(void *context, size_t i)
{
	struct server *s = context;
	struct connection c;
	int errnum;

	if (s->provings != NULL && i == s->l->count) {
		provings_tick(s->provings);
		workers_open_door(s->workers, i);
		return;
	}
	if (s->provings != NULL && !provings_room(s->provings))
		return;		/* see server_room() */
	if (!server_reserve(s))
		return;
	if (!listen_try(s->l, i, &c, &errnum)) {
		server_not_accepted(s, i, errnum);
		return;
	}
	if (!access_admits(s->access, &c.remote)) {
		connection_close(&c);
		server_count_out(s, false);
		workers_open_door(s->workers, i);
		return;
	}
	server_count_in(s, i);
	server_serve(s, &c);
}

static enum workers_next
server_turn(void *context, void *client, const short revents[2],
    short wants[2])
{
	struct server *s = context;
	struct error err = { .result = RESULT_OK };

	if (s->provings != NULL)
		return provings_turn(s->provings, client, wants);
	switch (s->mode->turn(client, revents, wants)) {
	case PUMP_WAITS:
		return WORKERS_PARK;
	case PUMP_GOES_ON:
		return WORKERS_AGAIN;
	case PUMP_NEEDS_THREAD:
		workers_will_block();
		break;
	case PUMP_ENDED:
		break;
	}
	s->mode->finish(client, &err);
	server_report(s, &err);
	server_count_out(s, true);
	return WORKERS_DONE;
}

static void
server_crowded(void *context, int errnum)
{
	char text[128];

	snprintf(text, sizeof(text), "thread: %s (clients have to wait)",
	    strerror(errnum));
	server_tell(context, text, 0);
}

static const struct workers_ops server_ops = {
	.crowded = server_crowded,
	.knock = server_knock,
	.turn = server_turn,
};

/* --- the main thread ----------------------------------------------------- */

/* What it has to know, at one time. */
struct server_state {
	size_t		 clients;
	int64_t		 accepted;
	int64_t		 waiting_since;
	bool		 full;
	bool		 exhausted;
	bool		 untrimmed;
	enum result	 fault;
	int		 fault_errno;
};

static struct server_state
server_look(struct server *s)
{
	struct server_state state;

	pthread_mutex_lock(&s->lock);
	state = (struct server_state){
		.clients = s->clients,
		.accepted = s->accepted,
		.waiting_since = s->waiting_since,
		.full = server_is_full(s),
		.exhausted = s->exhausted,
		.untrimmed = s->untrimmed,
		.fault = s->fault,
		.fault_errno = s->fault_errno,
	};
	pthread_mutex_unlock(&s->lock);
	return state;
}

/* Out of descriptors or memory: some may have come free. */
static void
server_try_again(struct server *s)
{
	bool open;

	pthread_mutex_lock(&s->lock);
	s->exhausted = false;
	open = server_has_room(s);
	s->full = !open;
	pthread_mutex_unlock(&s->lock);
	if (open)
		server_open_doors(s);
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

/* Sleep until a signal, a worker that has something to tell, or `until'. */
static void
server_sleep(const struct server *s, int64_t until)
{
	struct pollfd pfd[3] = {
		{ .fd = signals_asked_fd(), .events = POLLIN },
		{ .fd = s->wake_fd, .events = POLLIN },
		{ .fd = s->stopped || s->mode->stop_fd == 0 ? -1 :
		    s->mode->stop_fd, .events = POLLIN },
	};

	if (poll(pfd, 3, clock_poll_timeout(until, clock_now())) < 1)
		return;
	if (pfd[0].revents != 0)
		server_clear(signals_asked_fd());
	if (pfd[1].revents != 0)
		server_clear(s->wake_fd);
}

/* Whether the mode has had enough. */
static bool
server_is_stopped(struct server *s)
{
	uint64_t count;

	if (s->mode->stop_fd != 0 && !s->stopped)
		s->stopped = read(s->mode->stop_fd, &count, sizeof(count)) !=
		    -1;
	return s->stopped;
}

/* When the wait for the next client is over. */
static int64_t
server_give_up_at(const struct server *s, const struct server_state *state)
{
	return clock_earlier(s->deadline, state->full || state->exhausted ?
	    CLOCK_NEVER : clock_after(state->waiting_since,
	    s->o->server.accept_timeout));
}

/* Until it is enough. */
static enum result
server_supervise(struct server *s, struct error *err)
{
	int64_t quiet = CLOCK_NEVER;

	for (;;) {
		struct server_state state = server_look(s);
		int64_t now = clock_now(), give_up, until;

		if (signals_asked() != 0)
			return error_set(err, RESULT_SIGNAL, "interrupted");
		if (state.fault != RESULT_OK)
			return error_set_errno(err, state.fault,
			    state.fault_errno, "accept");
		if ((s->o->server.max_accepts > 0 &&
		    state.accepted >= s->o->server.max_accepts) ||
		    server_is_stopped(s))
			return RESULT_OK;
		give_up = server_give_up_at(s, &state);
		if (now >= give_up)
			return error_set(err, RESULT_TIMEOUT, "%s",
			    now >= s->deadline ?
			    "the time for the whole run is over" :
			    "no client came in time");
		quiet = !state.untrimmed || state.clients > 0 ? CLOCK_NEVER :
		    clock_earlier(quiet, now + TRIM_AFTER);
		if (now >= quiet)
			server_trim(s);
		until = clock_earlier(clock_earlier(give_up, quiet),
		    repeats_say_counts(s->faults, now));
		if (state.exhausted)
			until = clock_earlier(until, now + EXHAUSTED_PAUSE);
		server_sleep(s, until);
		reload_if_asked(s->o, s->access, s->deadline);
		if (state.exhausted)
			server_try_again(s);
	}
}

/* --- leaving ------------------------------------------------------------- */

static void
server_close(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_mutex_unlock(&s->lock);
}

/* Wait until the clients are done, at most until `until', and only while there
 * is no signal more than `signals'. */
static void
server_wait_clients(struct server *s, int64_t until, int signals)
{
	while (server_look(s).clients > 0 && clock_now() < until &&
	    signals_count() <= signals)
		server_sleep(s, until);
}

static void
server_finish(struct server *s)
{
	server_close(s);
	/* Nobody else is let in; threads may still look at the numbers. */
	listen_stop(s->l);
	if (s->stopped && s->provings != NULL)
		provings_stop(s->provings);
	server_wait_clients(s, s->deadline, 0);
	if (signals_asked() != 0) {
		notify_service_manager("STOPPING=1");
		server_wait_clients(s, clock_after(clock_now(),
		    s->o->server.drain), 1);
		signals_stop();
	}
	if (s->provings != NULL)
		provings_stop(s->provings);
	workers_stop(s->workers);
}

/* --- limits -------------------------------------------------------------- */

/* As many descriptors as may be; commands would inherit the limit. */
static size_t
server_descriptors(const struct server_mode *mode)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1024;
	if (!mode->starts_commands && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

/* Whether clients have something to prove.  Of datagrams they have shown a
 * cookie. */
static bool
server_proves(const struct options *o)
{
	return o->tls_context != NULL && !options_datagrams(o);
}

/* So many clients that nobody is accepted who can't be served. */
static void
server_set_most(struct server *s)
{
	const struct options *o = s->o;
	size_t fds = server_descriptors(s->mode), kept = RESERVED_FDS;
	/* With DTLS one more, see demux.h. */
	size_t each = s->mode->descriptors + (options_datagrams(o) ? 1 : 0);

	if (server_proves(o)) {
		s->most_provings = provings_most(fds, false);
		kept += s->most_provings;
	}
	s->most = fds > kept + each ? (fds - kept) / each : 1;
	if (o->server.max_conns > 0 && (size_t)o->server.max_conns < s->most)
		s->most = (size_t)o->server.max_conns;
	else
		log_line(LOG_DETAIL, "at most %zu clients at once: the limit "
		    "of descriptors is %zu", s->most, fds);
	if (s->most_provings > 0)
		log_line(LOG_DETAIL, "at most %zu clients in their handshake",
		    s->most_provings);
}

static enum result
server_run_one(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, const struct server_mode *mode, struct error *err)
{
	int64_t until = clock_earlier(deadline, clock_after(clock_now(),
	    o->server.accept_timeout));
	struct connection c;
	enum result result;

	do {
		result = listen_accept(l, until, &c, err);
		if (result != RESULT_OK)
			return result;
		if (access_admits(access, &c.remote))
			break;
		connection_close(&c);
	} while (1);
	/* A second client is refused, not left waiting. */
	listen_close(l);
	return mode->serve(mode->context, o, deadline, &c, NULL, err);
}

static enum result
server_open(struct server *s, struct error *err)
{
	s->faults = repeats_new();
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	s->workers = workers_new(&server_ops, s);
	if (s->workers == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "threads");
	s->guests_end = &s->guests;
	if (server_proves(s->o)) {
		s->provings = provings_new(s->o, s->deadline, s->most_provings,
		    s->workers, s->l->count, &server_proving_ops, s);
		if (s->provings == NULL)
			return error_set_errno(err, RESULT_LOCAL, errno,
			    "timerfd");
	}
	for (size_t i = 0; i < s->l->count; i++)
		workers_watch(s->workers, i, s->l->fd[i]);
	return RESULT_OK;
}

static void
server_free(struct server *s)
{
	if (s->workers != NULL)
		workers_free(s->workers);
	provings_free(s->provings);
	if (s->faults != NULL)
		repeats_end(s->faults);
	repeats_free(s->faults);
	if (s->wake_fd != -1)
		close(s->wake_fd);
	pipes_trim();
}

enum result
server_run(const struct options *o, int64_t deadline, struct listener *l,
    struct access *access, const struct server_mode *mode, struct error *err)
{
	struct server s = {
		.o = o,
		.mode = mode,
		.access = access,
		.l = l,
		.deadline = deadline,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	enum result result;

	if (signals_manage(o->server.keep_open) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	if (!o->server.keep_open)
		return server_run_one(o, deadline, l, access, mode, err);
#ifdef HAVE_MALLOC_TRIM
	/* One arena a thread would be memory that never comes back. */
	mallopt(M_ARENA_MAX, 2);
#endif
	s.waiting_since = clock_now();
	server_set_most(&s);
	result = server_open(&s, err);
	if (result == RESULT_OK) {
		result = server_supervise(&s, err);
		server_finish(&s);
	}
	server_free(&s);
	if (result == RESULT_OK && signals_asked() != 0)
		result = error_set(err, RESULT_SIGNAL, "interrupted");
	return result;
}
