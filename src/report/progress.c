/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/screen.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "report/progress.h"
#include "report/record_tcp.h"
#include "wire/meter.h"

/* Between two looks of the meter. */
#define LOOK		(250 * CLOCK_MS)

/* Of a terminal that does not tell. */
#define COLUMNS		80

/* "connecting to", and the longest name; or a path. */
#define PHASE_MAX	320

struct progress {
	const struct progress_options *o;
	bool		 many;		/* before `all' of them came */
	bool		 terminal;	/* standard error is one */
	uint64_t	 input;		/* bytes of standard input; 0: not
					 * known */
	int64_t		 opened;
	atomic_size_t	 clients;	/* that have come, and not gone */
	pthread_mutex_t	 lock;		/* of what follows */
	struct progress_entry *first;
	size_t		 open;
	uint64_t	 sent;		/* by those that have left */
	uint64_t	 received;
	int64_t		 since;		/* the first has come; 0: none has */
	int64_t		 until;		/* the last has left */
	char		 phase[PHASE_MAX];
	pthread_t	 thread;
	bool		 running;
	int		 stop_fd;	/* for it; or -1 */
	/* the thread's */
	struct meter_rate sent_rate;
	struct meter_rate received_rate;
};

/* --- what is known ------------------------------------------------------- */

/* What is left of a file; 0: it is none, or empty. */
static uint64_t
progress_input(void)
{
	struct stat st;
	off_t at;

	if (fstat(STDIN_FILENO, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	at = lseek(STDIN_FILENO, 0, SEEK_CUR);
	return at == -1 || at >= st.st_size ? 0 : (uint64_t)(st.st_size - at);
}

/* Of e, with the lock held.  False: nobody counts. */
static bool
progress_count(struct progress_entry *e, uint64_t *sent, uint64_t *received)
{
	struct record_tcp tcp = { .known = false };

	if (e->fd != -1) {
		record_tcp_measure(&tcp, e->fd);
		*sent = tcp.known ? tcp.sent : 0;
		*received = tcp.known ? tcp.received : 0;
		return tcp.known;
	}
	*sent = pump_traffic_sent(&e->traffic);
	*received = pump_traffic_received(&e->traffic);
	return true;
}

/* All of them together, without rates. */
static void
progress_look(struct progress *p, int64_t now, struct meter *m)
{
	const struct progress_options *o = p->o;
	uint64_t sent, received;

	*m = (struct meter){
		.size = o->size > 0 ? (uint64_t)o->size : p->input,
		.size_of_sent = o->size == 0,
		.many = p->many,
	};
	pthread_mutex_lock(&p->lock);
	m->sent.bytes = p->sent;
	m->received.bytes = p->received;
	for (struct progress_entry *e = p->first; e != NULL; e = e->next) {
		progress_count(e, &sent, &received);
		m->sent.bytes += sent;
		m->received.bytes += received;
	}
	m->open = p->open;
	m->elapsed = (p->open > 0 ? now : p->until) - p->since;
	pthread_mutex_unlock(&p->lock);
}

static void
progress_average(struct meter *m)
{
	m->sent.rate = meter_rate_of(m->sent.bytes, m->elapsed);
	m->received.rate = meter_rate_of(m->received.bytes, m->elapsed);
}

/* --- the meter, and lines for logs --------------------------------------- */

/* One column stays free: a line that is full would be continued on the next. */
static size_t
progress_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return COLUMNS - 1;
	return size.ws_col - 1U;
}

static void
progress_draw(const struct meter *m)
{
	size_t columns = progress_columns();
	char text[METER_TEXT_MAX];

	/* Another job's terminal is left alone. */
	if (screen_is_ours())
		log_status(text, meter_format(m, columns, text), columns);
}

static void
progress_tick(struct progress *p)
{
	int64_t now = clock_now();
	char text[METER_TEXT_MAX];
	struct meter m;

	progress_look(p, now, &m);
	m.sent.rate = meter_rate_add(&p->sent_rate, now, m.sent.bytes);
	m.received.rate = meter_rate_add(&p->received_rate, now,
	    m.received.bytes);
	if (p->terminal) {
		progress_draw(&m);
	} else {
		meter_describe(&m, text);
		log_line(LOG_ERROR, "%s", text);
	}
}

static void *
progress_run(void *arg)
{
	struct progress *p = arg;
	int64_t pause = p->terminal ? LOOK : p->o->every;
	int64_t at = clock_now();

	meter_rate_add(&p->sent_rate, at, 0);
	meter_rate_add(&p->received_rate, at, 0);
	for (at = clock_after(at, pause); wait_fd(p->stop_fd, POLLIN, at,
	    WAIT_NO_SIGNALS) == WAIT_TIMEOUT;
	    at = clock_after(clock_now(), pause))
		progress_tick(p);
	return NULL;
}

/* Without it there is no meter, and no harm. */
static void
progress_start(struct progress *p)
{
	p->stop_fd = wakeup_open(WAKEUP_ONCE);
	p->running = p->stop_fd != -1 &&
	    signals_thread(&p->thread, NULL, progress_run, p) == 0;
}

static void
progress_finish(struct progress *p)
{
	char text[METER_TEXT_MAX];
	struct meter m;

	progress_look(p, clock_now(), &m);
	progress_average(&m);
	m.over = true;
	if (p->terminal) {
		progress_draw(&m);
		log_status_end();
	} else {
		meter_describe(&m, text);
		log_line(LOG_ERROR, "%s", text);
	}
}

/* --- SIGUSR1 ------------------------------------------------------------- */

/* What there is to say of one of them. */
struct said {
	struct addr	 remote;
	bool		 all;
	bool		 counted;
	struct meter	 m;
};

static void
progress_say(const struct said *s)
{
	char peer[ADDR_TEXT_MAX], text[METER_TEXT_MAX], span[METER_TIME_MAX];
	const char *who = s->all ? "all clients" :
	    addr_format(&s->remote, peer);

	if (!s->counted) {
		log_line(LOG_ERROR, "%s: the command has the socket, %s", who,
		    meter_time(s->m.elapsed, span));
		return;
	}
	meter_describe(&s->m, text);
	log_line(LOG_ERROR, "%s: %s", who, text);
}

static void
progress_fill(struct progress *p, struct progress_entry *e, int64_t now,
    struct said *s)
{
	s->remote = e->remote;
	s->all = e->all;
	s->counted = progress_count(e, &s->m.sent.bytes,
	    &s->m.received.bytes);
	s->m.elapsed = now - e->since;
	if (!p->many) {
		s->m.size = p->o->size > 0 ? (uint64_t)p->o->size : p->input;
		s->m.size_of_sent = p->o->size == 0;
	}
	progress_average(&s->m);
}

/* Of those that are there now: who writes may have to wait. */
static struct said *
progress_copy(struct progress *p, size_t *count)
{
	int64_t now = clock_now();
	struct progress_entry *e;
	struct said *copy;
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	copy = xcalloc(p->open + 1, sizeof(*copy));
	for (e = p->first; e != NULL; e = e->next)
		progress_fill(p, e, now, &copy[n++]);
	pthread_mutex_unlock(&p->lock);
	*count = n;
	return copy;
}

/* Nobody is served. */
static void
progress_say_phase(struct progress *p)
{
	size_t clients = atomic_load(&p->clients);
	char phase[PHASE_MAX], span[METER_TIME_MAX];

	pthread_mutex_lock(&p->lock);
	memcpy(phase, p->phase, sizeof(phase));
	pthread_mutex_unlock(&p->lock);
	if (clients > 0)
		snprintf(phase, sizeof(phase), "%zu client%s, none served yet",
		    clients, clients == 1 ? "" : "s");
	log_line(LOG_ERROR, "%s%s%s since the start", phase,
	    phase[0] != '\0' ? ", " : "",
	    meter_time(clock_now() - p->opened, span));
}

static void
progress_answer(void *context)
{
	struct progress *p = context;
	size_t count;
	struct said *copy = progress_copy(p, &count);

	for (size_t i = 0; i < count; i++)
		progress_say(&copy[i]);
	if (count == 0)
		progress_say_phase(p);
	free(copy);
}

/* --- from beginning to end ----------------------------------------------- */

struct progress *
progress_open(const struct progress_options *o, bool input, bool many)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->o = o;
	p->many = many;
	p->opened = clock_now();
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->input = input ? progress_input() : 0;
	p->stop_fd = -1;
	pthread_mutex_init(&p->lock, NULL);
	signals_want_answer(progress_answer, p);
	return p;
}

void
progress_close(struct progress *p)
{
	if (p == NULL)
		return;
	signals_woken();	/* nobody has waited since it was asked */
	signals_want_answer(NULL, NULL);
	if (p->running) {
		wakeup_set(p->stop_fd);
		pthread_join(p->thread, NULL);
		progress_finish(p);
	}
	wakeup_close(p->stop_fd);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
progress_phase(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p == NULL)
		return;
	va_start(ap, fmt);
	pthread_mutex_lock(&p->lock);
	vsnprintf(p->phase, sizeof(p->phase), fmt, ap);
	pthread_mutex_unlock(&p->lock);
	va_end(ap);
}

void
progress_came(struct progress *p)
{
	if (p != NULL)
		atomic_fetch_add(&p->clients, 1);
}

void
progress_went(struct progress *p)
{
	if (p != NULL)
		atomic_fetch_sub(&p->clients, 1);
}

void
progress_enter(struct progress *p, struct progress_entry *e,
    const struct addr *remote)
{
	if (p == NULL)
		return;
	e->all = remote == NULL;
	if (remote != NULL)
		e->remote = *remote;
	e->fd = -1;
	e->since = clock_now();
	e->before = NULL;
	pump_traffic_set(&e->traffic, 0, 0);
	pthread_mutex_lock(&p->lock);
	e->next = p->first;
	if (e->next != NULL)
		e->next->before = e;
	p->first = e;
	p->open++;
	if (e->all)	/* there is nothing else to count */
		p->many = false;
	if (!p->many)
		p->phase[0] = '\0';
	if (p->since == 0) {
		p->since = e->since;
		if (p->o->every > 0 || (p->o->every == 0 && p->terminal))
			progress_start(p);
	}
	pthread_mutex_unlock(&p->lock);
}

void
progress_ask_kernel(struct progress *p, struct progress_entry *e, int fd)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	e->fd = fd;
	pthread_mutex_unlock(&p->lock);
}

void
progress_leave(struct progress *p, struct progress_entry *e)
{
	uint64_t sent, received;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	progress_count(e, &sent, &received);
	if (e->next != NULL)
		e->next->before = e->before;
	if (e->before != NULL)
		e->before->next = e->next;
	else
		p->first = e->next;
	p->open--;
	p->until = clock_now();
	p->sent += sent;
	p->received += received;
	pthread_mutex_unlock(&p->lock);
}
