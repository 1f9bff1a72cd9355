/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/number.h"
#include "wire/http_body.h"

#define SIZE_DIGITS	16	/* hexadecimal, leading zeros as well */

/* What of a chunked body is awaited. */
enum {
	STEP_SIZE,		/* the first digit, or one more */
	STEP_EXTENSION,
	STEP_SIZE_LF,
	STEP_DATA,
	STEP_DATA_CR,
	STEP_DATA_LF,
	STEP_TRAILER,		/* a field, or the end */
	STEP_TRAILER_NAME,
	STEP_TRAILER_VALUE,
	STEP_TRAILER_LF,
	STEP_LAST_LF,
};

static enum http_body_verdict	read_framing(struct http_body *,
				    const struct http_head *);
static enum http_body_verdict	read_length(struct http_body *,
				    const struct http_head *);
static size_t	take_data(struct http_body *, const unsigned char *, size_t,
		    struct http_text *);
static enum http_body_verdict	chunk_byte(struct http_body *, char);
static enum http_body_verdict	size_byte(struct http_body *, char);
static enum http_body_verdict	extension_byte(struct http_body *, char);
static enum http_body_verdict	trailer_byte(struct http_body *, char);

enum http_body_verdict
http_body_init_request(struct http_body *b, const struct http_head *h)
{
	*b = (struct http_body){ .framing = HTTP_FRAMING_NONE };
	b->verdict = read_framing(b, h);
	return b->verdict;
}

enum http_body_verdict
http_body_init_response(struct http_body *b, const struct http_head *h,
    bool to_head)
{
	*b = (struct http_body){ .framing = HTTP_FRAMING_END,
		.tolerant = true };
	b->verdict = read_framing(b, h);
	if (b->verdict != HTTP_BODY_MORE && b->verdict != HTTP_BODY_DONE)
		return b->verdict;
	if (to_head || h->status < 200 || h->status == 204 ||
	    h->status == 304) {
		b->framing = HTTP_FRAMING_NONE;
		b->verdict = HTTP_BODY_DONE;
	}
	return b->verdict;
}

enum http_body_verdict
http_body_feed(struct http_body *b, const unsigned char *in, size_t n,
    size_t *used, struct http_text *data)
{
	size_t i = 0;

	*data = (struct http_text){ (const char *)in, 0 };
	while (i < n && b->verdict == HTTP_BODY_MORE && data->n == 0) {
		if (b->framing != HTTP_FRAMING_CHUNKED ||
		    b->step == STEP_DATA)
			i += take_data(b, in + i, n - i, data);
		else
			b->verdict = chunk_byte(b, (char)in[i++]);
	}
	*used = b->verdict == HTTP_BODY_MORE ||
	    b->verdict == HTTP_BODY_DONE ? i : n;
	return b->verdict;
}

bool
http_body_ends(const struct http_body *b)
{
	return b->verdict == HTTP_BODY_DONE ||
	    (b->verdict == HTTP_BODY_MORE && b->framing == HTTP_FRAMING_END);
}

const char *
http_body_verdict_text(enum http_body_verdict verdict)
{
	static const char *const text[] = {
		[HTTP_BODY_MORE] = "the body does not end",
		[HTTP_BODY_DONE] = "nothing is wrong",
		[HTTP_BODY_TWO_LENGTHS] = "Content-Length is there twice",
		[HTTP_BODY_BAD_LENGTH] = "Content-Length is not a number",
		[HTTP_BODY_BOTH] =
		    "Content-Length is there beside Transfer-Encoding",
		[HTTP_BODY_OLD_CODING] = "Transfer-Encoding is in HTTP/1.0",
		[HTTP_BODY_BAD_CODING] = "Transfer-Encoding is not chunked",
		[HTTP_BODY_BAD_CHUNK] = "the size of a chunk is not a number",
		[HTTP_BODY_EXTENSION] = "a chunk has an extension",
		[HTTP_BODY_LINE_END] = "a line of a chunk does not end in CRLF",
		[HTTP_BODY_BAD_TRAILER] = "the trailer is wrong",
		[HTTP_BODY_LONG_TRAILER] = "the trailer is too long",
	};

	return text[verdict];
}

int
http_body_verdict_status(enum http_body_verdict verdict)
{
	return verdict == HTTP_BODY_BAD_CODING ? 501 : 400;
}

size_t
http_chunk_head(char buf[HTTP_CHUNK_HEAD_MAX], size_t n)
{
	return (size_t)snprintf(buf, HTTP_CHUNK_HEAD_MAX, "%zx\r\n", n);
}

/* --- the head ------------------------------------------------------------ */

/* What the fields say; without any, b->framing is what it is. */
static enum http_body_verdict
read_framing(struct http_body *b, const struct http_head *h)
{
	size_t lengths = http_head_count(h, "Content-Length");
	size_t codings = http_head_count(h, "Transfer-Encoding");

	if (lengths > 0 && codings > 0)
		return HTTP_BODY_BOTH;
	if (lengths > 1)
		return HTTP_BODY_TWO_LENGTHS;
	if (lengths > 0)
		return read_length(b, h);
	if (codings == 0)
		return b->framing == HTTP_FRAMING_NONE ? HTTP_BODY_DONE :
		    HTTP_BODY_MORE;
	if (h->minor == 0)
		return HTTP_BODY_OLD_CODING;
	if (codings > 1 ||
	    !http_text_is(http_head_find(h, "Transfer-Encoding"), "chunked"))
		return HTTP_BODY_BAD_CODING;
	b->framing = HTTP_FRAMING_CHUNKED;
	return HTTP_BODY_MORE;
}

static enum http_body_verdict
read_length(struct http_body *b, const struct http_head *h)
{
	unsigned long long length;

	if (!http_text_number(http_head_find(h, "Content-Length"), INT64_MAX,
	    &length))
		return HTTP_BODY_BAD_LENGTH;
	b->framing = HTTP_FRAMING_LENGTH;
	b->length = b->left = length;
	return length > 0 ? HTTP_BODY_MORE : HTTP_BODY_DONE;
}

/* --- the body ------------------------------------------------------------ */

/* As much as belongs to it goes to *data; returns how much. */
static size_t
take_data(struct http_body *b, const unsigned char *in, size_t n,
    struct http_text *data)
{
	if (b->framing != HTTP_FRAMING_END) {
		if (n > b->left)
			n = (size_t)b->left;
		b->left -= n;
		if (b->left == 0 && b->framing == HTTP_FRAMING_LENGTH)
			b->verdict = HTTP_BODY_DONE;
		else if (b->left == 0)
			b->step = STEP_DATA_CR;
	}
	*data = (struct http_text){ (const char *)in, n };
	return n;
}

/* The next step, if it is the one byte that may be there. */
static enum http_body_verdict
expect(struct http_body *b, char c, char want, int step)
{
	if (c != want)
		return HTTP_BODY_LINE_END;
	b->step = step;
	b->count = 0;
	return HTTP_BODY_MORE;
}

/* A byte that is not in the body. */
static enum http_body_verdict
chunk_byte(struct http_body *b, char c)
{
	switch (b->step) {
	case STEP_SIZE:
		return size_byte(b, c);
	case STEP_EXTENSION:
		return extension_byte(b, c);
	case STEP_SIZE_LF:
		return expect(b, c, '\n', b->left > 0 ? STEP_DATA :
		    STEP_TRAILER);
	case STEP_DATA_CR:
		return expect(b, c, '\r', STEP_DATA_LF);
	case STEP_DATA_LF:
		return expect(b, c, '\n', STEP_SIZE);
	case STEP_LAST_LF:
		return c == '\n' ? HTTP_BODY_DONE : HTTP_BODY_LINE_END;
	default:
		return trailer_byte(b, c);
	}
}

static enum http_body_verdict
size_byte(struct http_body *b, char c)
{
	int value = number_hex_digit(c);

	if (value >= 0) {
		if (b->count++ == SIZE_DIGITS || b->left > INT64_MAX >> 4)
			return HTTP_BODY_BAD_CHUNK;
		b->left = b->left << 4 | (uint64_t)value;
		return HTTP_BODY_MORE;
	}
	if (b->count == 0)
		return HTTP_BODY_BAD_CHUNK;
	if (c == '\r')
		return expect(b, c, '\r', STEP_SIZE_LF);
	if (c == '\n')
		return HTTP_BODY_LINE_END;
	if (b->tolerant && (c == ';' || c == ' ' || c == '\t'))
		return expect(b, c, c, STEP_EXTENSION);
	return c == ';' ? HTTP_BODY_EXTENSION : HTTP_BODY_BAD_CHUNK;
}

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == '\177';
}

static enum http_body_verdict
extension_byte(struct http_body *b, char c)
{
	if (c == '\r')
		return expect(b, c, '\r', STEP_SIZE_LF);
	if (c == '\n')
		return HTTP_BODY_LINE_END;
	if (is_control(c) || ++b->count > HTTP_EXTENSION_MAX)
		return HTTP_BODY_EXTENSION;
	return HTTP_BODY_MORE;
}

/* Fields as in a head (RFC 9112, section 7.1.2); `count' is of all of them. */
static enum http_body_verdict
trailer_byte(struct http_body *b, char c)
{
	const struct http_text text = { &c, 1 };

	if (++b->count > HTTP_TRAILER_MAX)
		return HTTP_BODY_LONG_TRAILER;
	if (b->step == STEP_TRAILER_LF) {
		b->step = STEP_TRAILER;
		return c == '\n' ? HTTP_BODY_MORE : HTTP_BODY_LINE_END;
	}
	if (c == '\n')
		return HTTP_BODY_LINE_END;
	if (b->step == STEP_TRAILER_VALUE) {
		if (c == '\r')
			b->step = STEP_TRAILER_LF;
		return c != '\r' && is_control(c) ? HTTP_BODY_BAD_TRAILER :
		    HTTP_BODY_MORE;
	}
	if (b->step == STEP_TRAILER && c == '\r')
		b->step = STEP_LAST_LF;
	else if (b->step == STEP_TRAILER_NAME && c == ':')
		b->step = STEP_TRAILER_VALUE;
	else if (http_text_is_token(&text))
		b->step = STEP_TRAILER_NAME;
	else
		return HTTP_BODY_BAD_TRAILER;
	return HTTP_BODY_MORE;
}
