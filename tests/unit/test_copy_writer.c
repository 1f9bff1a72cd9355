/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "report/copy_writer.h"
#include "tap.h"

static void	test_order(int64_t linger, const char *what);
static void	test_flush(void);
static void	test_nothing(void);

int
main(void)
{
	test_order(CLOCK_SECOND, "one thread");
	test_order(0, "threads that do not wait");
	test_flush();
	test_nothing();
	return tap_done();
}

/* More than three times what a writer keeps. */
#define TOTAL	((size_t)3333333)

static unsigned char data[TOTAL];

/* What was written, by whom. */
struct sink {
	unsigned char	*got;
	size_t		 n, largest;
	bool		 ours;
	pthread_t	 main;
	pthread_mutex_t	 gate;
};

static void
sink_init(struct sink *s)
{
	*s = (struct sink){ .got = xmalloc(TOTAL), .main = pthread_self(),
		.gate = PTHREAD_MUTEX_INITIALIZER };
	for (size_t i = 0; i < TOTAL; i++)
		data[i] = (unsigned char)(i * 2654435761U >> 13);
}

static void
sink_write(void *context, const void *from, size_t n)
{
	struct sink *s = context;

	pthread_mutex_lock(&s->gate);
	s->ours |= pthread_equal(pthread_self(), s->main) != 0;
	if (n <= TOTAL - s->n)
		memcpy(s->got + s->n, from, n);
	s->n += n;
	if (n > s->largest)
		s->largest = n;
	pthread_mutex_unlock(&s->gate);
}

static bool
sink_is_whole(const struct sink *s)
{
	return s->n == TOTAL && memcmp(s->got, data, TOTAL) == 0;
}

static void
test_order(int64_t linger, const char *what)
{
	struct sink s;
	struct copy_writer *w;
	size_t size = 1, at = 0;

	sink_init(&s);
	w = copy_writer_new(sink_write, &s, linger);
	while (at < TOTAL) {
		size_t n = size < TOTAL - at ? size : TOTAL - at;

		copy_writer_put(w, data + at, n);
		at += n;
		size = size * 7 % 400009;
	}
	copy_writer_free(w);
	ok(sink_is_whole(&s), "%s: all bytes in their order", what);
	ok(!s.ours, "%s: nothing is written by who puts", what);
	free(s.got);
}

static void
test_flush(void)
{
	struct sink s;
	struct copy_writer *w;

	sink_init(&s);
	w = copy_writer_new(sink_write, &s, CLOCK_SECOND);
	ok(copy_writer_is_idle(w), "nothing was put: idle");
	pthread_mutex_lock(&s.gate);
	copy_writer_put(w, data, 1000);
	ok(!copy_writer_is_idle(w), "what is being written: not idle");
	ok(s.n == 0, "who puts does not wait for the writing");
	pthread_mutex_unlock(&s.gate);
	copy_writer_flush(w);
	ok(copy_writer_is_idle(w) && s.n == 1000, "flushed: all is written");
	copy_writer_put(w, data + 1000, TOTAL - 1000);
	copy_writer_flush(w);
	ok(sink_is_whole(&s), "a piece larger than the room goes through");
	ok(s.largest <= 256 << 10, "in pieces of 256 KiB at most");
	copy_writer_free(w);
	free(s.got);
}

static void
test_nothing(void)
{
	struct sink s;
	struct copy_writer *w;

	sink_init(&s);
	w = copy_writer_new(sink_write, &s, CLOCK_SECOND);
	copy_writer_put(w, data, 0);
	copy_writer_flush(w);
	copy_writer_free(w);
	copy_writer_free(NULL);
	ok(s.n == 0, "nothing put, nothing written");
	free(s.got);
}
