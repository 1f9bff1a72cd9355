/* SPDX-License-Identifier: ISC */
/* -z: which ports are open?  Many attempts at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "net/dial_attempt.h"
#include "net/listen.h"
#include "report/progress.h"
#include "serve/scan_state.h"
#include "session/way.h"

#define PENDING_MOST	1024	/* attempts at a time */
#define PENDING_SPARE	32	/* descriptors left for others */

/* How long a datagram is waited for unless -w says; asked again half-way. */
#define UDP_PATIENCE	CLOCK_SECOND

/* --retry: how long one try lasts unless -w says, since a fresh one is heard
 * sooner than the system's next repetition. */
#define RETRY_PATIENCE	(4 * CLOCK_SECOND)

/* Tell once what is wrong with the address, and do not use it any more if
 * nothing but us is to blame. */
static void
scan_note(struct scan *s, struct scan_way *way, const struct error *e)
{
	if (!way->told)
		log_line(LOG_STEP, "%s", e->text);
	way->told = true;
	if (e->result != RESULT_LOCAL)
		return;
	way->useless = true;
	if (s->failure.result == RESULT_OK)
		s->failure = *e;
}

static void
scan_advance(struct scan *s)
{
	if (++s->next_address == s->target.count) {
		s->next_address = 0;
		s->next++;
	}
	if (s->o->pump.line_delay > 0)
		s->not_before = clock_after(s->now, s->o->pump.line_delay);
}

/* Whether the next port wants to be tried; if not, it is passed over.  One of
 * --retry's may still be pending. */
static bool
scan_wants_next(struct scan *s)
{
	struct port_state *p = &s->port[s->order[s->next]];

	if (s->next_address > 0 ? !p->finished : !p->finished && p->left == 0) {
		if (s->next_address == 0) {
			p->left = s->target.count;
			p->before = p->verdict;
			p->verdict = VERDICT_NONE;
		}
		return true;
	}
	s->next_address = 0;
	s->next++;
	return false;
}

/* Begin the next attempt.  RESULT_OK also when it failed: that is its verdict,
 * and other addresses may be better; other results end the scan. */
static enum result
scan_start(struct scan *s)
{
	struct port_state *p = &s->port[s->order[s->next]];
	const struct addr *listed = &s->target.addr[s->next_address];
	struct scan_way *way = &s->way[s->next_address];
	struct addr to = *listed;
	struct error e = { .result = RESULT_OK };
	enum result result = RESULT_LOCAL;
	int fd = -1;

	if (!scan_wants_next(s))
		return RESULT_OK;
	addr_set_port(&to, p->port);
	if (!way->useless)
		result = scan_try(s, &to, &fd, &e);
	if (result == RESULT_LOCAL &&
	    listen_fault(e.errnum) == LISTEN_EXHAUSTED) {
		*s->err = e;
		if (s->pending == 0)
			return result;
		if (s->next_address == 0) {	/* it has not begun */
			p->left = 0;
			p->verdict = p->before;
		}
		s->most = s->pending;	/* fewer at a time */
		return RESULT_OK;
	}
	scan_advance(s);
	if (fd != -1) {
		scan_await(s, fd, p, listed);
		return RESULT_OK;
	}
	if (e.result != RESULT_OK)
		scan_note(s, way, &e);
	if (result == RESULT_LOCAL && p->left == 1 &&
	    p->verdict == VERDICT_NONE) {
		*s->err = s->failure;	/* no address can be used */
		return result;
	}
	scan_settle(s, p, scan_verdict_of(result));
	scan_drop(s);
	return RESULT_OK;
}

static int64_t
scan_wake_at(const struct scan *s)
{
	int64_t at = s->deadline;

	for (size_t i = 0; i < s->pending; i++) {
		at = clock_earlier(at, s->attempt[i].deadline);
		at = clock_earlier(at, s->attempt[i].ask_again);
	}
	if (s->next < s->count && s->pending < s->most)
		at = clock_earlier(at, s->not_before);
	if (s->until != 0)
		at = clock_earlier(at, s->until);
	if (s->until != 0 && s->next == s->count)
		at = clock_earlier(at, s->round_at);
	return at;
}

static enum result
scan_flush(struct error *err)
{
	if (fflush(stdout) == 0)
		return RESULT_OK;
	if (errno == EINTR && signals_terminating() != 0)
		return error_interrupted(err);
	return error_set_errno(err, errno == EPIPE ? RESULT_PIPE :
	    RESULT_LOCAL, errno, "standard output");
}

static enum result
scan_wait(struct scan *s)
{
	enum result result;

	result = scan_flush(s->err);
	if (result != RESULT_OK)
		return result;
	s->pfd[s->pending] = (struct pollfd){ s->print ? STDOUT_FILENO : -1, 0,
	    0 };
	result = wait_error(wait_for(s->pfd, s->pending + 1, scan_wake_at(s),
	    0), s->err);
	if (result != RESULT_OK)
		return result;
	if ((s->pfd[s->pending].revents & POLLERR) != 0)
		return error_set_errno(s->err, RESULT_PIPE, EPIPE,
		    "standard output");
	s->now = clock_now();
	scan_check_pending(s);
	if (s->now >= s->deadline)
		return error_set(s->err, RESULT_TIMEOUT,
		    "the time for the whole run is over");
	return RESULT_OK;
}

static bool
scan_goes_on(const struct scan *s)
{
	if (s->until != 0)
		return s->missing > 0 && s->now < s->until;
	return s->next < s->count || s->pending > 0;
}

static enum result
scan_all(struct scan *s)
{
	enum result result = RESULT_OK;

	while (result == RESULT_OK && scan_goes_on(s)) {
		s->now = clock_now();
		if (s->next < s->count && s->pending < s->most &&
		    s->now >= s->not_before)
			result = scan_start(s);
		else if (s->until != 0 && s->next == s->count &&
		    s->now >= s->round_at)
			result = scan_again(s);
		else
			result = scan_wait(s);
	}
	return result;
}

/* As many attempts at a time as there are descriptors for. */
static size_t
scan_most(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= PENDING_MOST + PENDING_SPARE)
		return PENDING_MOST;
	return limit.rlim_cur > 2 * PENDING_SPARE ?
	    (size_t)limit.rlim_cur - PENDING_SPARE : PENDING_SPARE / 2;
}

static void
scan_shuffle(struct scan *s)
{
	for (size_t i = s->count; i > 1; i--) {
		size_t j = arc4random_uniform((uint32_t)i), t;

		t = s->order[i - 1];
		s->order[i - 1] = s->order[j];
		s->order[j] = t;
	}
}

static void
scan_prepare_ports(struct scan *s)
{
	uint16_t *ports = ports_expand(&s->o->ports);

	s->count = ports_count(&s->o->ports);
	s->port = xcalloc(s->count, sizeof(*s->port));
	s->order = xcalloc(s->count, sizeof(*s->order));
	for (size_t i = 0; i < s->count; i++) {
		s->port[i].port = ports[i];
		s->order[i] = i;
	}
	free(ports);
	if (s->o->scan.random)
		scan_shuffle(s);
	s->missing = s->count;
	s->print = !s->o->scan.untold && (s->count > 1 || s->o->verbose > 0);
	s->most = s->o->scan.in_turn ? 1 : scan_most();
	s->attempt = xcalloc(s->most, sizeof(*s->attempt));
	s->pfd = xcalloc(s->most + 1, sizeof(*s->pfd));
}

static void
scan_free(struct scan *s)
{
	while (s->pending > 0)
		close(s->pfd[--s->pending].fd);
	addr_list_free(&s->target);
	addr_list_free(&s->source);
	free(s->way);
	free(s->port);
	free(s->order);
	free(s->attempt);
	free(s->pfd);
}

/* -z -U: one socket, one answer. */
static enum result
scan_path(const struct options *o, int64_t deadline, struct error *err)
{
	struct connection c;
	enum result result = dial_unix(&o->dial, o->path, deadline, &c, err);
	enum verdict verdict = scan_verdict_of(result);
	enum result flushed;

	if (result == RESULT_OK)
		connection_close(&c);
	if (verdict == VERDICT_NONE || result == RESULT_SIGNAL)
		return result;
	if (result != RESULT_OK && o->dial.retry > 0)
		err->result = result = RESULT_TIMEOUT;
	else if (o->verbose == 0 && !o->scan.untold)
		err->text[0] = '\0';
	if (o->verbose == 0 || o->scan.untold)
		return result;
	printf("%s %s\n", o->path, scan_verdict_text(o, verdict));
	flushed = scan_flush(err);
	return flushed != RESULT_OK ? flushed : result;
}

/*
 * Try every port of o and report, one line each on standard output: host, port
 * and "open", "closed" or "silent" ("no-answer" for UDP), in the order of the
 * command line.  RESULT_OK if any is open; otherwise what stopped us:
 * RESULT_REFUSED if any was closed, RESULT_TIMEOUT if all were silent.  With
 * --retry, RESULT_OK when all are open, RESULT_TIMEOUT when they were not in
 * time.
 */
static enum result
scan_run(const struct run *r, struct error *err)
{
	const struct options *o = r->options;
	struct scan s = { .o = o, .report = r->report,
	    .deadline = r->deadline, .err = err };
	enum result result, flushed;

	progress_phase(r->progress, "scanning %s", o->path != NULL ? o->path :
	    o->host);
	if (o->path != NULL)
		return scan_path(o, r->deadline, err);
	s.patience = o->dial.timeout;
	if (s.patience == CLOCK_NEVER && (options_datagrams(o) ||
	    o->dial.retry > 0))
		s.patience = options_datagrams(o) ? UDP_PATIENCE :
		    RETRY_PATIENCE;
	scan_prepare_ports(&s);
	s.now = clock_now();
	if (o->dial.retry > 0)
		s.until = clock_after(s.now, o->dial.retry);
	result = scan_look_up(&s);
	if (result == RESULT_OK)
		result = dial_source(&o->dial, r->deadline, &s.source, err);
	if (result == RESULT_OK)
		result = scan_all(&s);
	result = scan_time_over(&s, result);
	flushed = scan_flush(err);
	if (result == RESULT_OK)
		result = flushed;
	if (result == RESULT_OK && s.until == 0)
		result = scan_conclude(&s);
	if (result == RESULT_OK)	/* something may have failed before */
		*err = (struct error){ .result = RESULT_OK };
	scan_report_rest(&s);
	scan_free(&s);
	return result;
}

static bool
scan_wanted(const struct run *r)
{
	return r->options->scan.on;
}

extern const struct way way_scan;
const struct way way_scan = {
	.wanted = scan_wanted,
	.run = scan_run,
};
