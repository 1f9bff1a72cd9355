/* SPDX-License-Identifier: ISC */
/* The fields of a message that a proxy forwards (RFC 9110, section 7.6). */
#ifndef WIRE_HTTP_FIELDS_H
#define WIRE_HTTP_FIELDS_H

#include <stdbool.h>

#include "wire/http_head.h"
#include "wire/http_write.h"

/*
 * Write those fields that are for the next one as well, in their order.  Left
 * out are those that Connection names; those that are known to be for one
 * connection (RFC 9110, section 7.6.1; and what is between a client and its
 * proxy); those of `own', up to a NULL, which the caller makes anew; and what
 * frames the body.
 */
void	http_fields_forward(const struct http_head *h, const char *const *own,
	    struct http_writer *w);

/* Whether Connection names no more than there can be fields, in all its lines:
 * each of them is looked for, which would take long otherwise. */
bool	http_fields_are_sane(const struct http_head *h);

/* Write a field of a word, or of a number. */
void	http_fields_word(struct http_writer *w, const char *name,
	    const char *word);
void	http_fields_number(struct http_writer *w, const char *name,
	    unsigned long long number);

/* Via, for the message of that head. */
void	http_fields_via(struct http_writer *w, const struct http_head *h,
	    const char *pseudonym);

/* Whether it has been where that pseudonym is. */
bool	http_fields_have_via(const struct http_head *h, const char *pseudonym);

#endif
