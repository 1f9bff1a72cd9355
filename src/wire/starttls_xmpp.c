/* SPDX-License-Identifier: ISC */
/* As much of XML as the start of an XMPP stream needs (RFC 6120). */
#include <string.h>

#include "wire/starttls_parts.h"

#define HEADER_START							\
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "	\
	"xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='"
#define HEADER_END	"'>"

static const char request[] =
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/* Elements within the stream, and in which step they may come. */
enum element {
	ELEMENT_FEATURES,
	ELEMENT_PROCEED,
	ELEMENT_FAILURE,
	ELEMENT_ERROR,
	ELEMENTS,
};

static const struct {
	const char	*name;
	bool		 in_step[2];
	bool		 refuses;
} elements[ELEMENTS] = {
	[ELEMENT_FEATURES] = { "features", { true, false }, false },
	[ELEMENT_PROCEED] = { "proceed", { false, true }, false },
	[ELEMENT_FAILURE] = { "failure", { false, true }, true },
	[ELEMENT_ERROR] = { "error", { true, true }, true },
};

/* A name without its prefix. */
struct name {
	const unsigned char	*start;
	size_t			 length;
};

static size_t	escape(unsigned char *, const char *);
static bool	is_refusing(const struct starttls *);
static enum starttls_verdict	take_text(struct starttls *, unsigned char);
static enum starttls_verdict	take_tag(struct starttls *);
static enum starttls_verdict	open_tag(struct starttls *,
				    const struct name *);
static enum starttls_verdict	close_tag(struct starttls *,
				    const struct name *);
static enum starttls_verdict	end_element(struct starttls *);
static int	find_element(const struct starttls *, const struct name *);
static void	read_name(const struct starttls *, size_t, struct name *);
static bool	is_name_byte(unsigned char);
static bool	name_is(const struct name *, const char *);

bool
starttls_begin_xmpp(struct starttls *s, const char *host)
{
	size_t i, n = host != NULL ? strlen(host) : 0;
	unsigned char *to = s->output;

	if (n == 0 || n > STARTTLS_HOST_MAX)
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)host[i] < 0x20 || host[i] == 0x7f)
			return false;
	memcpy(to, HEADER_START, sizeof(HEADER_START) - 1);
	to += sizeof(HEADER_START) - 1;
	to += escape(to, host);
	memcpy(to, HEADER_END, sizeof(HEADER_END) - 1);
	to += sizeof(HEADER_END) - 1;
	s->output_n = (size_t)(to - s->output);
	return true;
}

/* Tags gather in s->line; of what is between them only a refusal's text. */
enum starttls_verdict
starttls_byte_xmpp(struct starttls *s, unsigned char byte)
{
	if (!s->xml.in_tag) {
		if (byte != '<')
			return take_text(s, byte);
		if (!is_refusing(s))
			s->line_n = 0;
		s->xml.in_tag = true;
		s->xml.start = s->line_n;
	} else if (byte == '<') {
		return STARTTLS_MALFORMED;
	}
	if (!starttls_keep(s, byte))
		return STARTTLS_TOO_LONG;
	if (s->xml.quote != 0) {
		if (byte == s->xml.quote)
			s->xml.quote = 0;
	} else if (byte == '\'' || byte == '"') {
		s->xml.quote = byte;
	} else if (byte == '>') {
		s->xml.in_tag = false;
		return take_tag(s);
	}
	return STARTTLS_MORE;
}

bool
starttls_is_blank(unsigned char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* An attribute's value; returns its length, at most six times the text's. */
static size_t
escape(unsigned char *to, const char *text)
{
	static const char *const entity[] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\''] = "&apos;",
	};
	unsigned char *start = to;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		const char *e = c < sizeof(entity) / sizeof(entity[0]) ?
		    entity[c] : NULL;

		if (e == NULL) {
			*to++ = c;
			continue;
		}
		while (*e != '\0')
			*to++ = (unsigned char)*e++;
	}
	return (size_t)(to - start);
}

/* Within an element that says no: all of it is of interest. */
static bool
is_refusing(const struct starttls *s)
{
	return s->xml.depth > 1 && elements[s->xml.element].refuses;
}

static enum starttls_verdict
take_text(struct starttls *s, unsigned char byte)
{
	if (is_refusing(s))
		return starttls_keep(s, byte) ? STARTTLS_MORE :
		    STARTTLS_TOO_LONG;
	if (s->xml.depth > 1 || starttls_is_blank(byte))
		return STARTTLS_MORE;
	s->line_n = 0;
	starttls_keep(s, byte);
	return STARTTLS_MALFORMED;
}

/* A whole tag, from < to >. */
static enum starttls_verdict
take_tag(struct starttls *s)
{
	const unsigned char *tag = s->line + s->xml.start;
	size_t n = s->line_n - s->xml.start;
	bool is_close = tag[1] == '/';
	struct name name;

	/* The XML declaration; others are not for XMPP (section 11.1). */
	if (tag[1] == '?')
		return s->xml.depth == 0 && n > 4 && tag[n - 2] == '?' ?
		    STARTTLS_MORE : STARTTLS_MALFORMED;
	read_name(s, is_close ? 2 : 1, &name);
	if (tag[1] == '!' || name.length == 0)
		return STARTTLS_MALFORMED;
	return is_close ? close_tag(s, &name) : open_tag(s, &name);
}

static enum starttls_verdict
open_tag(struct starttls *s, const struct name *name)
{
	bool is_empty = s->line[s->line_n - 2] == '/';
	int element;

	switch (s->xml.depth) {
	case 0:
		if (is_empty || !name_is(name, "stream"))
			return STARTTLS_MALFORMED;
		break;
	case 1:
		element = find_element(s, name);
		if (element == ELEMENTS)
			return STARTTLS_MALFORMED;
		s->xml.element = element;
		break;
	case 2:
		if (s->xml.element == ELEMENT_FEATURES &&
		    name_is(name, "starttls"))
			s->offered = true;
		break;
	}
	s->xml.depth++;
	return is_empty ? end_element(s) : STARTTLS_MORE;
}

static enum starttls_verdict
close_tag(struct starttls *s, const struct name *name)
{
	switch (s->xml.depth) {
	case 0:
		return STARTTLS_MALFORMED;
	case 1:			/* the peer leaves */
		return name_is(name, "stream") ? STARTTLS_REFUSED :
		    STARTTLS_MALFORMED;
	case 2:
		if (!name_is(name, elements[s->xml.element].name))
			return STARTTLS_MALFORMED;
		break;
	}
	return end_element(s);
}

static enum starttls_verdict
end_element(struct starttls *s)
{
	s->xml.depth--;
	if (s->xml.depth > 1)
		return STARTTLS_MORE;
	switch (s->xml.element) {
	case ELEMENT_FEATURES:
		if (!s->offered)
			return STARTTLS_NOT_OFFERED;
		starttls_say(s, request, sizeof(request) - 1);
		s->step = 1;
		s->line_n = 0;
		return STARTTLS_MORE;
	case ELEMENT_PROCEED:
		return STARTTLS_DONE;
	default:
		return STARTTLS_REFUSED;
	}
}

/* ELEMENTS if it may not come now. */
static int
find_element(const struct starttls *s, const struct name *name)
{
	int i;

	for (i = 0; i < ELEMENTS; i++)
		if (elements[i].in_step[s->step] &&
		    name_is(name, elements[i].name))
			break;
	return i;
}

/* The name of the tag at its offset at, up to what cannot be in a name. */
static void
read_name(const struct starttls *s, size_t at, struct name *name)
{
	const unsigned char *p = s->line + s->xml.start + at;

	name->start = p;
	while (is_name_byte(*p)) {
		if (*p++ == ':')
			name->start = p;
	}
	name->length = (size_t)(p - name->start);
}

static bool
is_name_byte(unsigned char byte)
{
	return !starttls_is_blank(byte) && byte != '/' && byte != '>' &&
	    byte != '=' && byte != '\'' && byte != '"';
}

static bool
name_is(const struct name *name, const char *text)
{
	return name->length == strlen(text) &&
	    memcmp(name->start, text, name->length) == 0;
}
