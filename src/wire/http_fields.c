/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "wire/http_fields.h"

/* Of one connection, whether Connection names them or not; and what frames a
 * body. */
static const char *const of_connection[] = {
	"Connection",
	"Content-Length",
	"Keep-Alive",
	"Proxy-Authenticate",
	"Proxy-Authentication-Info",
	"Proxy-Authorization",
	"Proxy-Connection",
	"TE",
	"Trailer",
	"Transfer-Encoding",
	"Upgrade",
	NULL,
};

static bool
is_one_of(const struct http_text *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (http_text_is(name, *names))
			return true;
	}
	return false;
}

/* A field that Connection names. */
static bool
is_named(const struct http_head *h, const struct http_text *name)
{
	const struct http_text *value;
	size_t i = 0;

	while ((value = http_head_next(h, "Connection", &i)) != NULL) {
		struct http_text rest = *value, member;

		while (http_list_next(&rest, &member)) {
			if (http_text_equal(&member, name))
				return true;
		}
	}
	return false;
}

/* Empty elements of the list count, too. */
bool
http_fields_are_sane(const struct http_head *h)
{
	const struct http_text *value;
	size_t i = 0, names = 0;

	while ((value = http_head_next(h, "Connection", &i)) != NULL) {
		names++;
		for (size_t at = 0; at < value->n; at++)
			names += value->at[at] == ',';
	}
	return names <= HTTP_FIELDS_MAX;
}

static void
write_text(struct http_writer *w, const struct http_text *text)
{
	http_write(w, text->at, text->n);
}

void
http_fields_forward(const struct http_head *h, const char *const *own,
    struct http_writer *w)
{
	for (size_t i = 0; i < h->fields; i++) {
		const struct http_field *f = &h->field[i];

		if (is_one_of(&f->name, of_connection) ||
		    is_one_of(&f->name, own) || is_named(h, &f->name))
			continue;
		write_text(w, &f->name);
		http_write_words(w, ": ");
		write_text(w, &f->value);
		http_write_words(w, "\r\n");
	}
}

void
http_fields_word(struct http_writer *w, const char *name, const char *word)
{
	http_write_words(w, name);
	http_write_words(w, ": ");
	http_write_words(w, word);
	http_write_words(w, "\r\n");
}

void
http_fields_number(struct http_writer *w, const char *name,
    unsigned long long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", number);
	http_fields_word(w, name, text);
}

/* --- Via ----------------------------------------------------------------- */

void
http_fields_via(struct http_writer *w, const struct http_head *h,
    const char *pseudonym)
{
	http_write_words(w, h->minor > 0 ? "Via: 1.1 " : "Via: 1.0 ");
	http_write_words(w, pseudonym);
	http_write_words(w, "\r\n");
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The word behind the version: who has received it (RFC 9110, section
 * 7.6.3). */
static struct http_text
via_receiver(struct http_text member)
{
	size_t n;

	for (n = 0; n < member.n && !is_blank(member.at[n]); n++)
		;
	member = http_text_trim((struct http_text){ member.at + n,
		member.n - n });
	for (n = 0; n < member.n && !is_blank(member.at[n]); n++)
		;
	return (struct http_text){ member.at, n };
}

bool
http_fields_have_via(const struct http_head *h, const char *pseudonym)
{
	const struct http_text *value;
	size_t i = 0;

	while ((value = http_head_next(h, "Via", &i)) != NULL) {
		struct http_text rest = *value, member;

		while (http_list_next(&rest, &member)) {
			struct http_text receiver = via_receiver(member);

			if (http_text_is(&receiver, pseudonym))
				return true;
		}
	}
	return false;
}
