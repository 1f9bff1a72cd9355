/* SPDX-License-Identifier: ISC */
/* Lines, and pieces of them, on their way to the output; see gather.h. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "serve/gather_state.h"

/* Of all lines that have not ended. */
#define KEPT_MOST	((size_t)64 * 1024 * 1024)

/* What a line that goes on takes at first. */
#define KEPT_LEAST	((size_t)256)

/* --- what is kept -------------------------------------------------------- */

void
gather_drop_kept(struct sender *s)
{
	if (s->kept_length > 0)
		TAILQ_REMOVE(&s->gather->begun, s, in_begun);
	ASSERT(s->kept_size <= s->gather->kept);
	s->gather->kept -= s->kept_size;
	free(s->kept);
	s->kept = NULL;
	s->kept_length = s->kept_size = 0;
}

/* Make room for n bytes.  False: it would be too many. */
static bool
sender_grow_kept(struct sender *s, size_t n)
{
	struct gather *g = s->gather;
	size_t size = s->kept_size > 0 ? s->kept_size : KEPT_LEAST;

	if (s->kept_length + n > LINE_MOST)
		return false;
	while (size < s->kept_length + n)
		size *= 2;
	if (size == s->kept_size)
		return true;
	if (g->kept - s->kept_size + size > KEPT_MOST)
		return false;
	s->kept = xreallocarray(s->kept, size, 1);
	g->kept += size - s->kept_size;
	s->kept_size = size;
	return true;
}

static bool
sender_keep(struct sender *s, const unsigned char *data, size_t n)
{
	if (!sender_grow_kept(s, n))
		return false;
	if (s->kept_length == 0) {
		s->kept_since = clock_now();
		TAILQ_INSERT_TAIL(&s->gather->begun, s, in_begun);
	}
	memcpy(s->kept + s->kept_length, data, n);
	s->kept_length += n;
	return true;
}

/* --- what goes on -------------------------------------------------------- */

static void
gather_append(struct gather *g, const void *data, size_t n)
{
	if (n == 0)
		return;
	ASSERT(n <= gather_room(g));
	memcpy(g->fill.data + g->fill.length, data, n);
	g->fill.length += n;
	g->put += n;
}

/* Where the output ends with a piece that is not this one's, that line has to
 * end first. */
static void
sender_begin_line(struct sender *s)
{
	struct gather *g = s->gather;

	if (g->unended && g->open == s)
		return;
	gather_append(g, "\n", g->unended ? 1 : 0);
	gather_append(g, s->mark, s->mark_length);
}

/* Pass on what is kept, and n bytes of the same line; `end' it with an LF, if
 * that is not their last.  False: there is no room. */
static bool
sender_pass(struct sender *s, const unsigned char *data, size_t n, bool end)
{
	struct gather *g = s->gather;
	bool lf = end && (n == 0 || data[n - 1] != '\n');

	if (1 + s->mark_length + s->kept_length + n + lf > gather_room(g))
		return false;
	sender_begin_line(s);
	gather_append(g, s->kept, s->kept_length);
	gather_append(g, data, n);
	gather_append(g, "\n", lf ? 1 : 0);
	gather_drop_kept(s);
	g->unended = !end;
	g->open = end ? NULL : s;
	s->last = g->put;
	return true;
}

bool
gather_put_kept(struct sender *s, bool end)
{
	bool open = s->gather->unended && s->gather->open == s;

	return (s->kept_length == 0 && !(end && open)) ||
	    sender_pass(s, NULL, 0, end);
}

/* The first of what is said ends a line that has begun before.  False: not
 * yet, for lack of room. */
static bool
sender_end_begun(struct sender *s, const unsigned char *data, size_t n,
    size_t *taken)
{
	struct gather *g = s->gather;
	const unsigned char *lf;

	*taken = 0;
	if (s->kept_length == 0 && !(g->unended && g->open == s))
		return true;
	lf = memchr(data, '\n', n);
	if (lf == NULL)
		return true;
	*taken = (size_t)(lf - data) + 1;
	return sender_pass(s, data, *taken, true);
}

/* Lines that are whole. */
static size_t
sender_put_lines(struct sender *s, const unsigned char *data, size_t n)
{
	struct gather *g = s->gather;
	size_t lf = g->unended ? 1 : 0, room = gather_room(g), taken, put;
	unsigned char *to = g->fill.data + g->fill.length;

	if (n == 0 || room <= lf)
		return 0;
	taken = marks_copy(s->mark, s->mark_length, data, n, to + lf,
	    room - lf, &put);
	if (taken == 0)
		return 0;
	if (lf > 0)
		to[0] = '\n';
	g->fill.length += lf + put;
	g->put += lf + put;
	g->unended = false;
	g->open = NULL;
	s->last = g->put;
	return taken;
}

/* What begins the next one, if it is that. */
static size_t
sender_put_rest(struct sender *s, const unsigned char *data, size_t n)
{
	if (n == 0 || memchr(data, '\n', n) != NULL)
		return 0;
	if (!s->messages && sender_keep(s, data, n))
		return n;
	return sender_pass(s, data, n, s->messages) ? n : 0;
}

static size_t
sender_put_as_is(struct sender *s, const unsigned char *data, size_t n)
{
	struct gather *g = s->gather;

	if (n > gather_room(g))
		n = gather_room(g);
	gather_append(g, data, n);
	s->last = g->put;
	return n;
}

size_t
gather_put(struct sender *s, const unsigned char *data, size_t n)
{
	size_t taken;

	if (n > PUT_MOST)
		n = PUT_MOST;
	if (s->gather->as_is)
		return sender_put_as_is(s, data, n);
	if (!sender_end_begun(s, data, n, &taken))
		return 0;
	taken += sender_put_lines(s, data + taken, n - taken);
	return taken + sender_put_rest(s, data + taken, n - taken);
}

size_t
gather_put_need(const struct sender *s)
{
	return s->kept_length + s->mark_length + PUT_MOST + 2;
}
