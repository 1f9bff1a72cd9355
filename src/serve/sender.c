/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "serve/sender.h"

/* Read at once. */
#define PIECE		((size_t)64 * 1024)

/* A line of a chat that is longer than this is cut in two. */
#define LINE_MOST	((size_t)8 * 1024)

/* Of the buffer for lines.  At most LINE_MOST + 1 bytes are left in it when the
 * next piece comes, and it moves what is left down when half of it is empty. */
#define LINES_SIZE	(2 * (PIECE + LINE_MOST + 2))

/* A line with its mark, each byte of it escaped; and how much of lines makes a
 * message. */
#define MARKED_MOST	(4 * LINE_MOST + 64)
#define LINES_PIECE	((size_t)64 * 1024)

/* Put "<user3> text", with what could harm a terminal escaped, at `to'.
 * Returns its length, of MARKED_MOST at most. */
static size_t
sender_mark_line(const struct sender *s, const char *text, size_t n, char *to)
{
	size_t used;

	used = (size_t)snprintf(to, MARKED_MOST, "<user%lu> ",
	    hub_number(s->member));
	used += log_escape(to + used, MARKED_MOST - used - 1, text, n);
	to[used++] = '\n';
	return used;
}

/* The next line of those that were read, without its end: how much of the
 * buffer it takes, 0 if there is none yet, and how much of that is text. */
static size_t
sender_find_line(const struct sender *s, size_t *length)
{
	size_t n = buffer_length(&s->line);
	const char *text = n > 0 ? (const char *)s->line.data + s->line.head :
	    "";
	const char *lf = n > 0 ? memchr(text, '\n', n) : NULL;
	size_t taken = lf != NULL ? (size_t)(lf - text) + 1 : n;

	*length = taken - (lf != NULL);
	/* The end may be a CR LF, of which there is only the CR so far. */
	if (n == 0 || (lf == NULL && !s->ended && (n <= LINE_MOST ||
	    (n == LINE_MOST + 1 && text[LINE_MOST] == '\r'))))
		return 0;
	if (lf != NULL && *length > 0 && text[*length - 1] == '\r')
		--*length;
	if (*length <= LINE_MOST)
		return taken;
	*length = LINE_MOST;
	/* Not in the midst of a character of UTF-8. */
	while (*length > LINE_MOST - 3 && ((unsigned char)text[*length] &
	    0xc0) == 0x80)
		--*length;
	return *length;
}

/* The next message: lines that were read, as many as fit; or NULL.  A message
 * has its price for each member, however short it is. */
static struct hub_message *
sender_next_lines(struct sender *s)
{
	struct hub_message *message = NULL;
	size_t taken, length, used = 0;

	while (used < LINES_PIECE &&
	    (taken = sender_find_line(s, &length)) > 0) {
		if (message == NULL)
			message = hub_message_new(LINES_PIECE + MARKED_MOST);
		used += sender_mark_line(s, (const char *)s->line.data +
		    s->line.head, length,
		    (char *)hub_message_data(message) + used);
		buffer_take(&s->line, taken);
	}
	if (message != NULL)
		hub_message_cut(&message, used);
	return message;
}

bool
sender_flush(struct sender *s)
{
	for (;;) {
		if (s->pending == NULL && s->chat)
			s->pending = sender_next_lines(s);
		if (s->pending == NULL)
			return true;
		if (!hub_send(s->member, s->pending, s->patient))
			return false;
		s->pending = NULL;
	}
}

/* Take what was read into *message, n bytes, and send it. */
static bool
sender_take(struct sender *s, struct hub_message *message, size_t n)
{
	if (s->chat) {
		if (s->line.data == NULL)
			buffer_init(&s->line, LINES_SIZE);
		buffer_room(&s->line);
		buffer_put(&s->line, hub_message_data(message), n);
		hub_message_free(message);
	} else {
		hub_message_cut(&message, n);
		s->pending = message;
	}
	return sender_flush(s);
}

void
sender_free(struct sender *s)
{
	hub_message_free(s->pending);
	buffer_free(&s->line);
	hub_leave(s->member);
}

bool
sender_waits(const struct sender *s)
{
	return s->pending != NULL;
}

bool
sender_has_room(struct sender *s)
{
	return s->chat && (s->line.data == NULL ||
	    buffer_room(&s->line) >= PIECE);
}

int
sender_read(struct sender *s, struct stream *from, bool discard)
{
	struct hub_message *message = hub_message_new(PIECE);
	ssize_t n = stream_read(from, hub_message_data(message), PIECE);

	if (n > 0)
		s->bytes += (uint64_t)n;
	if (n > 0 && !discard)
		return sender_take(s, message, (size_t)n) ? 1 : 0;
	hub_message_free(message);
	if (n > 0)
		return 1;
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	s->ended = true;
	sender_flush(s);	/* a last line without an end */
	return 0;
}
