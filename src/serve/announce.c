/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "serve/announce.h"

#define LINE_MOST	4096	/* with those who are there */

struct line {
	char	text[LINE_MOST];
	size_t	length;
};

static void
line_add(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(l->text) - l->length)
		return;
	memcpy(l->text + l->length, text, n + 1);
	l->length += n;
}

static void
announce(struct hub_member *m, bool others, const char *text)
{
	size_t n = strlen(text);
	struct hub_message *message = hub_message_new(n);

	memcpy(hub_message_data(message), text, n);
	hub_tell(m, others, message);
}

static void
announce_one(void *context, unsigned long number, const char *name)
{
	struct line *l = context;
	char text[ADDR_TEXT_MAX + 64];

	snprintf(text, sizeof(text), "%s%s as <user%lu>", l->length > 0 ?
	    ", " : "", name, number);
	line_add(l, text);
}

void
announce_arrival(struct hub_member *m, const struct addr *from)
{
	char name[ADDR_TEXT_MAX], text[LINE_MOST + 64];
	struct line there = { .length = 0 };

	addr_format_host(from, name);
	snprintf(text, sizeof(text), "<announce> %s is connected as "
	    "<user%lu>.\n", name, hub_number(m));
	announce(m, true, text);
	announce(m, false, text);
	hub_list(m, announce_one, &there);
	hub_name(m, name);
	snprintf(text, sizeof(text), "<announce> already connected: %s.\n",
	    there.length > 0 ? there.text : "nobody");
	announce(m, false, text);
}

void
announce_departure(struct hub_member *m)
{
	char text[64];

	snprintf(text, sizeof(text), "<announce> <user%lu> is "
	    "disconnected.\n", hub_number(m));
	announce(m, true, text);
}
