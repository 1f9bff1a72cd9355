/* SPDX-License-Identifier: ISC */
/*
 * The head of a message of HTTP/1.x: the start line and the fields (RFC 9112,
 * sections 2 to 5; RFC 9110, section 5).
 *
 * Requests are taken as the grammar has them, and not otherwise: what two
 * readers may understand in two ways is how requests are smuggled (RFC 9112,
 * section 11.2).  Responses may have what it says shall be tolerated: a line
 * that ends with LF alone (section 2.2), blanks before a colon (5.1), values
 * that go on in the next line (5.2; the line's end becomes blanks), and no
 * blank behind the status.
 */
#ifndef WIRE_HTTP_HEAD_H
#define WIRE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/http_text.h"

enum http_head_kind {
	HTTP_REQUEST,
	HTTP_RESPONSE,
};

enum http_head_verdict {
	HTTP_HEAD_MORE,		/* to be continued */
	HTTP_HEAD_DONE,
	HTTP_HEAD_LINE_TOO_LONG,	/* the start line */
	HTTP_HEAD_TOO_LONG,
	HTTP_HEAD_TOO_MANY,	/* fields */
	HTTP_HEAD_BAD_LINE,	/* the start line is none */
	HTTP_HEAD_BAD_VERSION,	/* HTTP, but not 1.x */
	HTTP_HEAD_BARE_CR,	/* without LF behind it */
	HTTP_HEAD_BARE_LF,	/* without CR before it */
	HTTP_HEAD_CONTROL,	/* NUL and other control characters */
	HTTP_HEAD_FOLDED,	/* a line that begins with a blank */
	HTTP_HEAD_NO_COLON,	/* a field without one */
	HTTP_HEAD_BAD_NAME,	/* of a field: empty, blanks, no token */
};

#define HTTP_HEAD_MAX	65536	/* bytes, with all line ends */
#define HTTP_FIELDS_MAX	256

struct http_field {
	struct http_text	name;
	struct http_text	value;	/* without blanks around it */
};

/* All texts are in `data', so that a head can't be copied. */
struct http_head {
	enum http_head_kind	kind;
	enum http_head_verdict	verdict;	/* the last one */

	/* With HTTP_HEAD_DONE; but for `minor', what is not of its kind is
	 * empty. */
	int			minor;		/* of the version, HTTP/1.x: 0,
						 * or 1 for all others */
	struct http_text	method;
	struct http_text	target;
	int			status;		/* 100 to 999 */
	struct http_text	reason;
	size_t			fields;
	struct http_field	field[HTTP_FIELDS_MAX];

	/* private */
	bool			started;	/* the start line is there */
	bool			skipped;	/* an empty line before it */
	size_t			line;		/* where the last one begins */
	size_t			n;
	char			data[HTTP_HEAD_MAX];
};

/* At the start of a message; *h need not have been zeroed. */
void	http_head_init(struct http_head *h, enum http_head_kind kind);

/*
 * The n bytes at in are what came, split anywhere.  *used: so many of them were
 * for the head; less than n with HTTP_HEAD_DONE alone, and the rest is the
 * body, or what comes next.  All verdicts but HTTP_HEAD_MORE stay.  Before a
 * request there may be one empty line (RFC 9112, section 2.2).
 */
enum http_head_verdict	http_head_feed(struct http_head *h,
			    const unsigned char *in, size_t n, size_t *used);

/* For a message: "a line ends with LF alone" */
const char	*http_head_verdict_text(enum http_head_verdict verdict);

/* What a request is answered with for that: 400, 414, 431, 505. */
int		http_head_verdict_status(enum http_head_verdict verdict);

/* --- fields -------------------------------------------------------------- */

/* The value of the first field of that name, in whatever case; or NULL. */
const struct http_text	*http_head_find(const struct http_head *h,
			    const char *name);

/* The value of the next one of that name, from the field of number *i on,
 * which is 0 at first; or NULL. */
const struct http_text	*http_head_next(const struct http_head *h,
			    const char *name, size_t *i);

/* How many there are of that name. */
size_t		http_head_count(const struct http_head *h, const char *name);

/* Whether the fields of that name, together a list, have this member
 * (http_list_has()). */
bool		http_head_lists(const struct http_head *h, const char *name,
		    const char *member);

#endif
