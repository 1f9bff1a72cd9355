/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/repeats.h"
#include "base/xalloc.h"

#define KNOWN_MOST	8

#define PAUSE_FIRST	(10 * CLOCK_SECOND)
#define PAUSE_MOST	(3600 * CLOCK_SECOND)
#define FORGET_AFTER	(3600 * CLOCK_SECOND)

/* One message. */
struct repeat {
	char		 text[ERROR_TEXT_MAX];	/* "": none yet */
	unsigned long long count;	/* not said yet */
	int64_t		 pause;
	int64_t		 say_at;	/* not earlier is more said of it */
	int64_t		 last;		/* when it came last */
};

struct repeats {
	pthread_mutex_t	 lock;
	struct repeat	 known[KNOWN_MOST];
	struct repeat	 others;
};

struct repeats *
repeats_new(void)
{
	struct repeats *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	strlcpy(r->others.text, "other failures, which -v tells one by one",
	    sizeof(r->others.text));
	return r;
}

void
repeats_free(struct repeats *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void
repeat_say_count(struct repeat *m, int64_t now)
{
	if (m->count == 1)
		log_line(LOG_ERROR, "%.1000s (once more)", m->text);
	else
		log_line(LOG_ERROR, "%.1000s (%llu times more)", m->text,
		    m->count);
	m->count = 0;
	m->pause = clock_earlier(2 * m->pause, PAUSE_MOST);
	m->say_at = clock_after(now, m->pause);
}

/* The place of a message; a new one takes that of one which has not come for
 * longest, and of which there is nothing more to say. */
static struct repeat *
repeats_find(struct repeats *r, const char *text, int64_t now)
{
	struct repeat *found = NULL;

	for (size_t i = 0; i < KNOWN_MOST; i++) {
		struct repeat *m = &r->known[i];

		if (m->text[0] != '\0' && strcmp(m->text, text) == 0)
			return m;
		if (m->count == 0 && m->say_at <= now &&
		    (found == NULL || m->last < found->last))
			found = m;
	}
	if (found == NULL)
		return &r->others;
	memset(found, 0, sizeof(*found));
	strlcpy(found->text, text, sizeof(found->text));
	return found;
}

static bool
repeats_take(struct repeats *r, const char *text, size_t at, int64_t now)
{
	struct repeat *m = repeats_find(r, text + at, now);
	bool first = m->pause == 0 || now - m->last >= FORGET_AFTER;

	m->last = now;
	if (now < m->say_at || m->count > 0 || m == &r->others) {
		if (first) {
			m->pause = PAUSE_FIRST;
			m->say_at = clock_after(now, m->pause);
		}
		return ++m->count == 1;
	}
	log_line(LOG_ERROR, "%s", text);
	m->pause = first ? PAUSE_FIRST :
	    clock_earlier(2 * m->pause, PAUSE_MOST);
	m->say_at = clock_after(now, m->pause);
	return false;
}

bool
repeats_say(struct repeats *r, const char *text, size_t at, int64_t now)
{
	bool counts;

	pthread_mutex_lock(&r->lock);
	counts = repeats_take(r, text, at, now);
	pthread_mutex_unlock(&r->lock);
	return counts;
}

int64_t
repeats_say_counts(struct repeats *r, int64_t now)
{
	int64_t next = CLOCK_NEVER;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i <= KNOWN_MOST; i++) {
		struct repeat *m = i < KNOWN_MOST ? &r->known[i] : &r->others;

		if (m->count > 0 && m->say_at <= now)
			repeat_say_count(m, now);
		else if (m->count > 0)
			next = clock_earlier(next, m->say_at);
	}
	pthread_mutex_unlock(&r->lock);
	return next;
}

void
repeats_end(struct repeats *r)
{
	repeats_say_counts(r, CLOCK_NEVER);
}
