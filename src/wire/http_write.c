/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/http_write.h"

void
http_write_begin(struct http_writer *w, char *out, size_t size)
{
	w->out = out;
	w->size = size;
	w->n = 0;
	w->full = false;
}

void
http_write(struct http_writer *w, const char *text, size_t n)
{
	if (w->full || n >= w->size - w->n) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->n, text, n);
	w->n += n;
}

void
http_write_words(struct http_writer *w, const char *text)
{
	http_write(w, text, strlen(text));
}

void
http_write_quoted(struct http_writer *w, const char *name, const char *text)
{
	http_write_words(w, name);
	http_write_words(w, "=\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			http_write(w, "\\", 1);
		http_write(w, text, 1);
	}
	http_write(w, "\"", 1);
}

size_t
http_write_end(struct http_writer *w)
{
	if (w->full) {
		explicit_bzero(w->out, w->size);
		return 0;
	}
	w->out[w->n] = '\0';
	return w->n;
}
