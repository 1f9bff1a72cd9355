/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "report/report_state.h"

/* --- writing ------------------------------------------------------------- */

/* Whole, so that those of others who append to the file do not get between; the
 * lock is held.  The run goes on without it, as its peers can't help it. */
static void
report_write(struct report *r, const char *text, size_t n)
{
	ssize_t w;

	if (r->file == NULL) {
		log_whole(text, n);
		return;
	}
	while (n > 0 && !r->failed) {
		w = write(r->fd, text, n);
		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1) {
			r->failed = true;
			log_line(LOG_ERROR, "--report-file %s: %s (what "
			    "follows is missing there)", r->file,
			    strerror(errno));
			break;
		}
		text += w;
		n -= (size_t)w;
	}
}

static void
report_sum(struct report_sums *sums, const struct record *r)
{
	sums->records++;
	sums->failed += record_status(r->error) != 0;
	if (r->counted) {
		sums->sent += r->sent;
		sums->received += r->received;
	}
}

static void
report_record(struct record_sink *sink, const struct record *r)
{
	struct report *report = (struct report *)sink;
	char text[REPORT_LINE_MAX];
	size_t n = report->json ? report_json(r, text) : report_text(r, text);

	pthread_mutex_lock(&report->lock);
	report_sum(&report->run.sums, r);
	report_write(report, text, n);
	pthread_mutex_unlock(&report->lock);
}

void
report_datagrams(struct report *r, uint64_t peers, uint64_t lost)
{
	struct report_sums *sums;

	if (r == NULL)
		return;
	sums = &r->run.sums;
	pthread_mutex_lock(&r->lock);
	sums->datagrams = true;
	sums->peers += peers;
	sums->lost += lost;
	pthread_mutex_unlock(&r->lock);
}

/* --- from beginning to end ----------------------------------------------- */

static enum result
report_open_file(struct report *r, struct error *err)
{
	if (r->file == NULL)
		return RESULT_OK;
	r->fd = open(r->file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
	    O_NOCTTY | O_CLOEXEC, 0666);
	return r->fd != -1 ? RESULT_OK : error_set_errno(err, RESULT_LOCAL,
	    errno, "--report-file %s", r->file);
}

/* While it can be reached. */
static void
report_open_netstat(struct report *r)
{
	r->netstat_fd = open("/proc/net/netstat", O_RDONLY | O_CLOEXEC);
	r->run.overflows_known = r->netstat_fd != -1 &&
	    listen_queue_overflows(r->netstat_fd, &r->overflows);
}

enum result
report_open(const struct report_options *o, bool listener,
    struct report **report, struct error *err)
{
	struct report *r;

	*report = NULL;
	if (!o->on)
		return RESULT_OK;
	r = xcalloc(1, sizeof(*r));
	r->sink.write = report_record;
	r->json = o->format != NULL && strcmp(o->format, "json") == 0;
	r->file = o->file;
	r->fd = r->netstat_fd = -1;
	r->run.listener = listener;
	r->run.begun = clock_now();
	pthread_mutex_init(&r->lock, NULL);
	if (report_open_file(r, err) != RESULT_OK) {
		pthread_mutex_destroy(&r->lock);
		free(r);
		return err->result;
	}
	if (listener)
		report_open_netstat(r);
	*report = r;
	return RESULT_OK;
}

struct record_sink *
report_sink(struct report *r)
{
	return r == NULL ? NULL : &r->sink;
}

void
report_listener(struct report *r, struct listener *l, int backlog)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < l->opened; i++) {
		const struct listen_queue *q = &l->queue[i];

		r->run.queue[i] = (struct report_queue){
			.at = l->addr[i],
			.known = q->known,
			.depth = q->depth,
			.deepest = atomic_load(&q->deepest),
			.limit = q->limit,
			.asked = backlog,
		};
	}
	r->run.queues = l->opened;
}

void
report_close(struct report *r, enum result result, const struct error *err)
{
	unsigned long long overflows = 0;
	char text[REPORT_LINE_MAX];
	size_t n;

	if (r == NULL)
		return;
	r->run.ended = clock_now();
	r->run.error = result == RESULT_OK ? NULL : err;
	r->run.overflows_known = r->run.overflows_known &&
	    listen_queue_overflows(r->netstat_fd, &overflows);
	r->run.overflows = overflows - r->overflows;
	n = r->json ? report_json_run(&r->run, text) :
	    report_text_run(&r->run, text);
	report_write(r, text, n);
	if (r->fd != -1)
		close(r->fd);
	if (r->netstat_fd != -1)
		close(r->netstat_fd);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
