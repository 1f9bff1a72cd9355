/* SPDX-License-Identifier: ISC */
/* Pieces of text in the head of an HTTP message, and lists of them (RFC 9110,
 * sections 5.6.1 and 5.6.2). */
#ifndef WIRE_HTTP_TEXT_H
#define WIRE_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Part of somebody else's bytes, not ended by NUL.  None: at is NULL. */
struct http_text {
	const char	*at;
	size_t		 n;
};

/* That of a string. */
struct http_text	http_text_of(const char *s);

/* Whether both are the same, byte for byte. */
bool	http_text_same(struct http_text a, struct http_text b);

/* Whether there is a control character in it, tabs included. */
bool	http_text_has_control(struct http_text text);

/* Whether the text is `word', in whatever case of ASCII. */
bool	http_text_is(const struct http_text *text, const char *word);

/* The same for another text. */
bool	http_text_equal(const struct http_text *a, const struct http_text *b);

/* Without blanks and tabs on both sides. */
struct http_text	http_text_trim(struct http_text text);

/* Whether it is a token: one or more letters, digits, and !#$%&'*+-.^_`|~ */
bool	http_text_is_token(const struct http_text *text);

/*
 * A decimal number of nothing but digits, one or more, that is `most' at most.
 * False leaves *value alone.
 */
bool	http_text_number(const struct http_text *text, unsigned long long most,
	    unsigned long long *value);

/*
 * The next member of a list, split at commas, trimmed, empty ones left out.
 * *rest is the list at first, and what is behind the member afterwards.  False:
 * there is none any more.  Quotes and comments are not understood.
 */
bool	http_list_next(struct http_text *rest, struct http_text *member);

/* Whether the list has this member, in whatever case. */
bool	http_list_has(struct http_text list, const char *member);

#endif
