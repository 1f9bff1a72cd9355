/* SPDX-License-Identifier: ISC */
/*
 * Writing JSON (RFC 8259) into a buffer of the caller's: one value, an object,
 * on one line.  It is whole at any time once it is ended, whatever the values
 * are, and however small the buffer is: a member that does not fit is left
 * out, and all that is in it.
 *
 * Texts keep what is UTF-8 and can be shown; controls, and what log_printable()
 * does not like, are written as \uNNNN; a byte that is no UTF-8 is the text
 * "\xNN", as it is in messages, and so does not make the object invalid.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects and arrays in each other; what is deeper does not fit. */
#define JSON_DEPTH	8

struct json {
	char		*out;
	size_t		 size;
	size_t		 length;
	bool		 cut;		/* something was left out */
	/* private */
	unsigned	 depth;
	unsigned	 skipped;	/* that were begun, and are not there */
	bool		 filled;	/* the next member is not the first */
	char		 closer[JSON_DEPTH];
};

/* Begin the object in `out', of size bytes, 3 at least.  It stays the
 * caller's. */
void	json_begin(struct json *j, char *out, size_t size);

/* End it, and all that is still open; a NUL is behind it.  Returns its
 * length. */
size_t	json_end(struct json *j);

/*
 * Members of the innermost object, which needs their names, or array, where
 * name is NULL.  Names are constants of ours, which need no escapes.
 */
void	json_begin_object(struct json *j, const char *name);
void	json_begin_array(struct json *j, const char *name);
void	json_end_inner(struct json *j);

void	json_text(struct json *j, const char *name, const char *value);
void	json_bytes(struct json *j, const char *name, const char *value,
	    size_t n);
void	json_number(struct json *j, const char *name, uint64_t value);
void	json_bool(struct json *j, const char *name, bool value);
void	json_null(struct json *j, const char *name);

/* Nanoseconds, written as seconds with six decimals; less than none is 0. */
void	json_seconds(struct json *j, const char *name, int64_t value);

#endif
