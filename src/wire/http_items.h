/* SPDX-License-Identifier: ISC */
/*
 * What a field of HTTP's authentication is made of, challenges as well as
 * credentials (RFC 9110, sections 5.6 and 11.2 to 11.4): schemes, each followed
 * by parameters or by one word of base64, with commas between.
 */
#ifndef WIRE_HTTP_ITEMS_H
#define WIRE_HTTP_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/http_text.h"

enum http_item_kind {
	HTTP_ITEM_END,
	HTTP_ITEM_SCHEME,	/* name */
	HTTP_ITEM_PARAM,	/* name and value, of the scheme before */
	HTTP_ITEM_TOKEN68,	/* value, of the scheme before */
	HTTP_ITEM_MALFORMED,	/* and nothing comes behind it */
};

struct http_item {
	struct http_text	name, value;
};

/* For all quoted values of a field together that have backslashes in them. */
#define HTTP_ITEMS_UNQUOTED_MAX	2048

/* Where http_items_next() is. */
struct http_items {
	const char	*at, *end;
	enum http_item_kind	last;	/* HTTP_ITEM_END: the first is next */
	bool		 in_scheme;	/* one has been there */
	size_t		 unquoted_n;
	char		 unquoted[HTTP_ITEMS_UNQUOTED_MAX];
};

/* At the beginning of a field's value, n bytes, which stay where they are. */
void	http_items_begin(struct http_items *items, const char *value,
	    size_t n);

/*
 * The next one.  What *item points to is in the field's value or in *items, and
 * has no control characters but tabs: those of a quoted value end the list
 * as malformed, as does what has no room in `unquoted'.
 */
enum http_item_kind	http_items_next(struct http_items *items,
			    struct http_item *item);

#endif
