/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/http_head.h"

static enum http_head_verdict	head_byte(struct http_head *, char);
static enum http_head_verdict	head_line(struct http_head *);
static enum http_head_verdict	request_line(struct http_head *,
				    struct http_text);
static enum http_head_verdict	status_line(struct http_head *,
				    struct http_text);
static enum http_head_verdict	version(struct http_head *,
				    const struct http_text *);
static enum http_head_verdict	field_line(struct http_head *,
				    struct http_text);
static enum http_head_verdict	folded_line(struct http_head *);

void
http_head_init(struct http_head *h, enum http_head_kind kind)
{
	static const struct http_text none;

	h->kind = kind;
	h->verdict = HTTP_HEAD_MORE;
	h->method = h->target = h->reason = none;
	h->minor = h->status = 0;
	h->started = h->skipped = false;
	h->fields = h->line = h->n = 0;
}

enum http_head_verdict
http_head_feed(struct http_head *h, const unsigned char *in, size_t n,
    size_t *used)
{
	size_t i;

	for (i = 0; i < n && h->verdict == HTTP_HEAD_MORE; i++)
		h->verdict = head_byte(h, (char)in[i]);
	*used = h->verdict == HTTP_HEAD_DONE ? i : n;
	return h->verdict;
}

const char *
http_head_verdict_text(enum http_head_verdict verdict)
{
	static const char *const text[] = {
		[HTTP_HEAD_MORE] = "the head does not end",
		[HTTP_HEAD_DONE] = "nothing is wrong",
		[HTTP_HEAD_LINE_TOO_LONG] = "the first line is too long",
		[HTTP_HEAD_TOO_LONG] = "the head is too long",
		[HTTP_HEAD_TOO_MANY] = "the head has too many fields",
		[HTTP_HEAD_BAD_LINE] = "the first line is not HTTP",
		[HTTP_HEAD_BAD_VERSION] = "the version is not HTTP/1.x",
		[HTTP_HEAD_BARE_CR] = "a CR is without LF",
		[HTTP_HEAD_BARE_LF] = "a line ends with LF alone",
		[HTTP_HEAD_CONTROL] = "a control character is in the head",
		[HTTP_HEAD_FOLDED] = "a line begins with a blank",
		[HTTP_HEAD_NO_COLON] = "a field has no colon",
		[HTTP_HEAD_BAD_NAME] = "the name of a field is none",
	};

	return text[verdict];
}

int
http_head_verdict_status(enum http_head_verdict verdict)
{
	switch (verdict) {
	case HTTP_HEAD_LINE_TOO_LONG:
		return 414;
	case HTTP_HEAD_TOO_LONG:
	case HTTP_HEAD_TOO_MANY:
		return 431;
	case HTTP_HEAD_BAD_VERSION:
		return 505;
	default:
		return 400;
	}
}

const struct http_text *
http_head_next(const struct http_head *h, const char *name, size_t *i)
{
	while (*i < h->fields) {
		const struct http_field *f = &h->field[(*i)++];

		if (http_text_is(&f->name, name))
			return &f->value;
	}
	return NULL;
}

const struct http_text *
http_head_find(const struct http_head *h, const char *name)
{
	size_t i = 0;

	return http_head_next(h, name, &i);
}

size_t
http_head_count(const struct http_head *h, const char *name)
{
	size_t i = 0, count = 0;

	while (http_head_next(h, name, &i) != NULL)
		count++;
	return count;
}

bool
http_head_lists(const struct http_head *h, const char *name,
    const char *member)
{
	const struct http_text *value;
	size_t i = 0;

	while ((value = http_head_next(h, name, &i)) != NULL) {
		if (http_list_has(*value, member))
			return true;
	}
	return false;
}

/* --- bytes and lines ----------------------------------------------------- */

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == '\177';
}

static enum http_head_verdict
head_byte(struct http_head *h, char c)
{
	bool behind_cr = h->n > h->line && h->data[h->n - 1] == '\r';

	if (h->n == HTTP_HEAD_MAX)
		return h->started ? HTTP_HEAD_TOO_LONG :
		    HTTP_HEAD_LINE_TOO_LONG;
	if (behind_cr && c != '\n')
		return HTTP_HEAD_BARE_CR;
	if (c == '\n' && !behind_cr && h->kind == HTTP_REQUEST)
		return HTTP_HEAD_BARE_LF;
	if (is_control(c) && c != '\r' && c != '\n')
		return HTTP_HEAD_CONTROL;
	h->data[h->n++] = c;
	return c == '\n' ? head_line(h) : HTTP_HEAD_MORE;
}

/* The last line is whole. */
static enum http_head_verdict
head_line(struct http_head *h)
{
	struct http_text line = { h->data + h->line, h->n - h->line - 1 };
	enum http_head_verdict verdict;

	if (line.n > 0 && line.at[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0 && h->started)
		return HTTP_HEAD_DONE;
	if (line.n == 0 && h->kind == HTTP_REQUEST && !h->skipped) {
		h->skipped = true;
		h->n = 0;
		return HTTP_HEAD_MORE;
	}
	if (h->started)
		verdict = field_line(h, line);
	else
		verdict = h->kind == HTTP_REQUEST ? request_line(h, line) :
		    status_line(h, line);
	h->started = true;
	h->line = h->n;
	return verdict;
}

/* --- the start line ------------------------------------------------------ */

/* What is before the next blank, and that blank, taken from the front of *line.
 * False: there is no blank. */
static bool
take_word(struct http_text *line, struct http_text *word)
{
	const char *blank = memchr(line->at, ' ', line->n);

	if (blank == NULL)
		return false;
	word->at = line->at;
	word->n = (size_t)(blank - line->at);
	line->at += word->n + 1;
	line->n -= word->n + 1;
	return true;
}

/* Exactly one blank is between the three (RFC 9112, section 3). */
static enum http_head_verdict
request_line(struct http_head *h, struct http_text line)
{
	if (!take_word(&line, &h->method) || !take_word(&line, &h->target) ||
	    !http_text_is_token(&h->method) || h->target.n == 0 ||
	    memchr(h->target.at, '\t', h->target.n) != NULL)
		return HTTP_HEAD_BAD_LINE;
	return version(h, &line);
}

static enum http_head_verdict
status_line(struct http_head *h, struct http_text line)
{
	struct http_text word, status;
	unsigned long long value;
	enum http_head_verdict verdict;

	if (!take_word(&line, &word))
		return HTTP_HEAD_BAD_LINE;
	verdict = version(h, &word);
	if (verdict != HTTP_HEAD_MORE)
		return verdict;
	if (!take_word(&line, &status)) {
		status = line;
		line = (struct http_text){ line.at + line.n, 0 };
	}
	h->reason = line;
	if (status.n != 3 || !http_text_number(&status, 999, &value) ||
	    value < 100)
		return HTTP_HEAD_BAD_LINE;
	h->status = (int)value;
	return HTTP_HEAD_MORE;
}

/* "HTTP/1.1", in this case alone (RFC 9112, section 2.3). */
static enum http_head_verdict
version(struct http_head *h, const struct http_text *text)
{
	struct http_text major, minor;
	unsigned long long value;

	if (text->n < 6 || memcmp(text->at, "HTTP/", 5) != 0)
		return HTTP_HEAD_BAD_LINE;
	major = (struct http_text){ text->at + 5, 1 };
	if (!http_text_number(&major, 9, &value))
		return HTTP_HEAD_BAD_LINE;
	if (value != 1)
		return HTTP_HEAD_BAD_VERSION;
	if (text->n != 8 || text->at[6] != '.')
		return HTTP_HEAD_BAD_LINE;
	minor = (struct http_text){ text->at + 7, 1 };
	if (!http_text_number(&minor, 9, &value))
		return HTTP_HEAD_BAD_LINE;
	h->minor = value > 0;
	return HTTP_HEAD_MORE;
}

/* --- fields -------------------------------------------------------------- */

static enum http_head_verdict
field_line(struct http_head *h, struct http_text line)
{
	const char *colon = memchr(line.at, ':', line.n);
	struct http_field *f = &h->field[h->fields];

	if (line.at[0] == ' ' || line.at[0] == '\t')
		return folded_line(h);
	if (colon == NULL)
		return HTTP_HEAD_NO_COLON;
	if (h->fields == HTTP_FIELDS_MAX)
		return HTTP_HEAD_TOO_MANY;
	f->name = (struct http_text){ line.at, (size_t)(colon - line.at) };
	if (h->kind == HTTP_RESPONSE)
		f->name = http_text_trim(f->name);
	if (!http_text_is_token(&f->name))
		return HTTP_HEAD_BAD_NAME;
	f->value = (struct http_text){ colon + 1,
		line.n - (size_t)(colon + 1 - line.at) };
	f->value = http_text_trim(f->value);
	h->fields++;
	return HTTP_HEAD_MORE;
}

/*
 * The value of the field before goes on: the end of the line becomes blanks
 * (RFC 9112, section 5.2).
 */
static enum http_head_verdict
folded_line(struct http_head *h)
{
	struct http_text *value;
	const char *end = h->data + h->n;
	size_t i;

	if (h->kind == HTTP_REQUEST || h->fields == 0)
		return HTTP_HEAD_FOLDED;
	for (i = h->line; i > 0 && (h->data[i - 1] == '\n' ||
	    h->data[i - 1] == '\r'); i--)
		h->data[i - 1] = ' ';
	value = &h->field[h->fields - 1].value;
	value->n = (size_t)(end - value->at);
	while (value->n > 0 && (value->at[value->n - 1] == '\n' ||
	    value->at[value->n - 1] == '\r'))
		value->n--;
	*value = http_text_trim(*value);
	return HTTP_HEAD_MORE;
}
