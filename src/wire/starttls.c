/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/starttls.h"
#include "wire/starttls_parts.h"

/* A protocol takes either lines or bytes. */
struct kind {
	const char		*name;
	bool			(*begin)(struct starttls *, const char *);
	enum starttls_verdict	(*line)(struct starttls *);
	enum starttls_verdict	(*byte)(struct starttls *, unsigned char);
};

static enum starttls_verdict	take(struct starttls *, unsigned char);
static enum starttls_verdict	take_line(struct starttls *, unsigned char);
static bool	is_early(const struct starttls *, unsigned char);
static void	finish(struct starttls *, const unsigned char *, size_t);
static void	keep_line(struct starttls *, const unsigned char *, size_t);

static const struct kind kinds[STARTTLS_PROTOCOLS] = {
	[STARTTLS_SMTP] = { "smtp", .line = starttls_line_smtp },
	[STARTTLS_IMAP] = { "imap", .line = starttls_line_imap },
	[STARTTLS_POP3] = { "pop3", .line = starttls_line_pop3 },
	[STARTTLS_FTP] = { "ftp", .line = starttls_line_ftp },
	[STARTTLS_XMPP] = { "xmpp", .begin = starttls_begin_xmpp,
	    .byte = starttls_byte_xmpp },
	[STARTTLS_LDAP] = { "ldap", .begin = starttls_begin_ldap,
	    .byte = starttls_byte_ldap },
	[STARTTLS_POSTGRES] = { "postgres", .begin = starttls_begin_postgres,
	    .byte = starttls_byte_postgres },
};

bool
starttls_find(const char *name, enum starttls_protocol *protocol)
{
	size_t i;

	for (i = 0; i < STARTTLS_PROTOCOLS; i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			*protocol = (enum starttls_protocol)i;
			return true;
		}
	}
	return false;
}

const char *
starttls_name(enum starttls_protocol protocol)
{
	return kinds[protocol].name;
}

bool
starttls_init(struct starttls *s, enum starttls_protocol protocol,
    const char *host)
{
	memset(s, 0, sizeof(*s));
	s->protocol = protocol;
	return kinds[protocol].begin == NULL ||
	    kinds[protocol].begin(s, host);
}

enum starttls_verdict
starttls_feed(struct starttls *s, const unsigned char *in, size_t n)
{
	size_t i = 0;

	if (s->verdict != STARTTLS_MORE && s->verdict != STARTTLS_DONE)
		return s->verdict;
	while (i < n && s->verdict == STARTTLS_MORE) {
		if (is_early(s, in[i]))
			s->verdict = STARTTLS_GLUED;
		else
			s->verdict = take(s, in[i++]);
	}
	if (i < n && s->verdict == STARTTLS_DONE)
		s->verdict = STARTTLS_GLUED;
	if (s->verdict != STARTTLS_MORE)
		finish(s, in + i, n - i);
	return s->verdict;
}

const unsigned char *
starttls_output(const struct starttls *s, size_t *n)
{
	*n = s->output_n - s->sent_n;
	return s->output + s->sent_n;
}

void
starttls_sent(struct starttls *s, size_t n)
{
	s->sent_n += n;
	if (s->sent_n >= s->output_n)
		s->output_n = s->sent_n = 0;
}

const unsigned char *
starttls_said(const struct starttls *s, size_t *n)
{
	*n = s->line_n < STARTTLS_SAID_MAX ? s->line_n : STARTTLS_SAID_MAX;
	return s->line;
}

const char *
starttls_verdict_text(enum starttls_verdict verdict)
{
	static const char *const text[] = {
		[STARTTLS_MORE] = "the peer's answer is not complete",
		[STARTTLS_DONE] = "the peer is ready for TLS",
		[STARTTLS_REFUSED] = "the peer refuses TLS",
		[STARTTLS_NOT_OFFERED] = "the peer does not offer TLS",
		[STARTTLS_MALFORMED] =
		    "the peer's answer is not of that protocol",
		[STARTTLS_TOO_LONG] = "the peer's answer is too long",
		[STARTTLS_GLUED] =
		    "the peer sent bytes before they were asked for",
	};

	return text[verdict];
}

/* Whether the byte must not come before the output is sent. */
static bool
is_early(const struct starttls *s, unsigned char byte)
{
	if (s->output_n == 0)
		return false;
	switch (s->protocol) {
	case STARTTLS_IMAP:
		return s->line_n == 0 && byte != '*';
	case STARTTLS_XMPP:
		return !starttls_is_blank(byte);
	default:
		return true;
	}
}

static enum starttls_verdict
take(struct starttls *s, unsigned char byte)
{
	const struct kind *kind = &kinds[s->protocol];

	if (++s->total > STARTTLS_TOTAL_MAX)
		return STARTTLS_TOO_LONG;
	if (kind->line != NULL)
		return take_line(s, byte);
	return kind->byte(s, byte);
}

static enum starttls_verdict
take_line(struct starttls *s, unsigned char byte)
{
	enum starttls_verdict verdict;

	if (byte != '\n') {
		if (!starttls_keep(s, byte))
			return STARTTLS_TOO_LONG;
		return STARTTLS_MORE;
	}
	if (s->line_n > 0 && s->line[s->line_n - 1] == '\r')
		s->line_n--;
	verdict = kinds[s->protocol].line(s);
	if (verdict == STARTTLS_MORE)
		s->line_n = 0;
	return verdict;
}

/* There will be no more; what was not taken of the input is at rest. */
static void
finish(struct starttls *s, const unsigned char *rest, size_t n)
{
	s->output_n = s->sent_n = 0;
	if (s->verdict == STARTTLS_NOT_OFFERED || s->verdict == STARTTLS_GLUED)
		s->line_n = 0;
	/*
	 * The one byte where a protocol without lines breaks says little, the
	 * rest of the line may tell which protocol it is.
	 */
	if (s->verdict == STARTTLS_GLUED || (kinds[s->protocol].line == NULL &&
	    s->verdict == STARTTLS_MALFORMED))
		keep_line(s, rest, n);
}

static void
keep_line(struct starttls *s, const unsigned char *in, size_t n)
{
	size_t i;

	for (i = 0; i < n && in[i] != '\r' && in[i] != '\n'; i++)
		if (!starttls_keep(s, in[i]))
			break;
}
