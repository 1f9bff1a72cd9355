/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "wire/json.h"

/* A member that is being written: it is there as a whole, or not at all. */
struct member {
	size_t	before;		/* the length without it */
	bool	fits;
};

/* Room is kept for what closes all that is open, and a NUL. */
static bool
json_fits(const struct json *j, size_t n)
{
	size_t kept = j->length + j->depth + 1;

	return kept < j->size && n <= j->size - kept;
}

static void
json_put(struct json *j, struct member *m, const char *bytes, size_t n)
{
	m->fits = m->fits && json_fits(j, n);
	if (!m->fits)
		return;
	memcpy(j->out + j->length, bytes, n);
	j->length += n;
}

static void
json_put_text(struct json *j, struct member *m, const char *text)
{
	json_put(j, m, text, strlen(text));
}

static struct member
json_member(struct json *j, const char *name)
{
	struct member m = { j->length, j->skipped == 0 };

	if (j->filled)
		json_put_text(j, &m, ",");
	if (name == NULL)
		return m;
	json_put_text(j, &m, "\"");
	json_put_text(j, &m, name);
	json_put_text(j, &m, "\":");
	return m;
}

static void
json_member_end(struct json *j, const struct member *m)
{
	if (m->fits) {
		j->filled = true;
	} else {
		j->length = m->before;
		j->cut = true;
	}
}

/* --- objects and arrays -------------------------------------------------- */

static void
json_open(struct json *j, const char *name, const char *opener, char closer)
{
	struct member m = json_member(j, name);

	m.fits = m.fits && j->depth < JSON_DEPTH && json_fits(j, 2);
	json_put_text(j, &m, opener);
	json_member_end(j, &m);
	if (!m.fits) {
		j->skipped++;
		return;
	}
	j->closer[j->depth++] = closer;
	j->filled = false;
}

void
json_begin(struct json *j, char *out, size_t size)
{
	*j = (struct json){ .out = out, .size = size };
	json_open(j, NULL, "{", '}');
}

void
json_begin_object(struct json *j, const char *name)
{
	json_open(j, name, "{", '}');
}

void
json_begin_array(struct json *j, const char *name)
{
	json_open(j, name, "[", ']');
}

void
json_end_inner(struct json *j)
{
	if (j->skipped > 0) {
		j->skipped--;
		return;
	}
	j->out[j->length++] = j->closer[--j->depth];
	j->filled = true;
}

size_t
json_end(struct json *j)
{
	j->skipped = 0;
	while (j->depth > 0)
		json_end_inner(j);
	j->out[j->length] = '\0';
	return j->length;
}

/* --- values -------------------------------------------------------------- */

/* A character that is not kept as it is: of UTF-16, section 7 of RFC 8259. */
static void
json_put_code(struct json *j, struct member *m, uint32_t code)
{
	char text[16];

	if (code == '"' || code == '\\')
		snprintf(text, sizeof(text), "\\%c", (char)code);
	else if (code == '\n')
		strcpy(text, "\\n");
	else if (code < 0x10000)
		snprintf(text, sizeof(text), "\\u%04" PRIx32, code);
	else
		snprintf(text, sizeof(text), "\\u%04" PRIx32 "\\u%04" PRIx32,
		    0xd800 + ((code - 0x10000) >> 10),
		    0xdc00 + ((code - 0x10000) & 0x3ff));
	json_put_text(j, m, text);
}

/* The first character, or byte, of the n at `in'; its length. */
static size_t
json_put_next(struct json *j, struct member *m, const char *in, size_t n)
{
	size_t kept = log_printable(in, n), length;
	char text[8];
	uint32_t code;

	if (kept > 0 && *in != '"' && *in != '\\') {
		json_put(j, m, in, kept);
		return kept;
	}
	length = utf8_decode(in, n, &code);
	if (length > 0) {
		json_put_code(j, m, code);
		return length;
	}
	snprintf(text, sizeof(text), "\\\\x%02x", (unsigned char)*in);
	json_put_text(j, m, text);
	return 1;
}

void
json_bytes(struct json *j, const char *name, const char *value, size_t n)
{
	struct member m = json_member(j, name);

	json_put_text(j, &m, "\"");
	while (n > 0 && m.fits) {
		size_t used = json_put_next(j, &m, value, n);

		value += used;
		n -= used;
	}
	json_put_text(j, &m, "\"");
	json_member_end(j, &m);
}

void
json_text(struct json *j, const char *name, const char *value)
{
	json_bytes(j, name, value, strlen(value));
}

static void
json_word(struct json *j, const char *name, const char *word)
{
	struct member m = json_member(j, name);

	json_put_text(j, &m, word);
	json_member_end(j, &m);
}

void
json_number(struct json *j, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	json_word(j, name, text);
}

void
json_bool(struct json *j, const char *name, bool value)
{
	json_word(j, name, value ? "true" : "false");
}

void
json_null(struct json *j, const char *name)
{
	json_word(j, name, "null");
}

void
json_seconds(struct json *j, const char *name, int64_t value)
{
	int64_t us = value > 0 ? value / 1000 : 0;
	char text[40];

	snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64, us / 1000000,
	    us % 1000000);
	json_word(j, name, text);
}
