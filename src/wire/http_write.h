/* SPDX-License-Identifier: ISC */
/* Writing HTTP: text put together in a buffer that may be too small. */
#ifndef WIRE_HTTP_WRITE_H
#define WIRE_HTTP_WRITE_H

#include <stdbool.h>
#include <stddef.h>

struct http_writer {
	char	*out;
	size_t	 size;
	size_t	 n;		/* written, without the NUL */
	bool	 full;		/* something had no room: nothing is added any
				 * more */
};

/* `size' bytes at out, at least one. */
void	http_write_begin(struct http_writer *w, char *out, size_t size);

void	http_write(struct http_writer *w, const char *text, size_t n);
void	http_write_words(struct http_writer *w, const char *text);

/* NAME="text", as a quoted string (RFC 9110, section 5.6.4). */
void	http_write_quoted(struct http_writer *w, const char *name,
	    const char *text);

/* A NUL behind it all.  Returns the length; 0 if there was no room: the buffer
 * is wiped then. */
size_t	http_write_end(struct http_writer *w);

#endif
