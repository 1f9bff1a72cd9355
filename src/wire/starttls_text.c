/* SPDX-License-Identifier: ISC */
/* The protocols whose answers are lines. */
#include <string.h>
#include <strings.h>

#include "wire/starttls_parts.h"

#define TAG	"a1"		/* of IMAP's only command */

/* A reply of three digits: the one to wait for, and what to say to it. */
struct step {
	int		 want;
	const char	*say;	/* NULL: that was the last one */
};

static enum starttls_verdict	reply_done(struct starttls *,
				    const struct step *);
static int	reply_code(const struct starttls *);
static void	look_for_offer(struct starttls *);
static void	say(struct starttls *, const char *);
static bool	has_prefix(const struct starttls *, const char *);
static bool	has_words(const struct starttls *, const char *);

/*
 * In EHLO a client without a name gives its address (RFC 5321, section
 * 4.1.1.1).  One that is good everywhere will do: what was said before TLS is
 * forgotten after it (RFC 3207, section 4.2).
 */
static const struct step smtp_steps[] = {
	{ 220, "EHLO [127.0.0.1]\r\n" },
	{ 250, "STARTTLS\r\n" },
	{ 220, NULL },
};

static const struct step ftp_steps[] = {
	{ 220, "AUTH TLS\r\n" },
	{ 234, NULL },
};

/* Each line of a reply starts with the same code (RFC 5321, section 4.2.1). */
enum starttls_verdict
starttls_line_smtp(struct starttls *s)
{
	int code = reply_code(s);

	s->reply.first = s->reply.code == 0;
	if (code < 0 || (!s->reply.first && code != s->reply.code))
		return STARTTLS_MALFORMED;
	s->reply.code = code;
	look_for_offer(s);
	if (s->line_n > 3 && s->line[3] == '-')
		return STARTTLS_MORE;
	if (code == 250 && s->step == 1 && !s->offered)
		return STARTTLS_NOT_OFFERED;
	return reply_done(s, smtp_steps);
}

/*
 * Between the first line and the last one, which has the same code and a blank
 * behind it, there may be anything (RFC 959, section 4.2).
 */
enum starttls_verdict
starttls_line_ftp(struct starttls *s)
{
	bool goes_on = s->line_n > 3 && s->line[3] == '-';
	int code = reply_code(s);

	if (s->reply.code == 0) {
		if (code < 0)
			return STARTTLS_MALFORMED;
		s->reply.code = code;
	}
	if (goes_on || code != s->reply.code)
		return STARTTLS_MORE;
	if (s->step == 0 && code == 120) {	/* ready in so many minutes */
		s->reply.code = 0;
		return STARTTLS_MORE;
	}
	return reply_done(s, ftp_steps);
}

enum starttls_verdict
starttls_line_imap(struct starttls *s)
{
	if (has_words(s, "* BYE"))
		return STARTTLS_REFUSED;
	if (s->step == 0) {
		/* No TLS behind a login (RFC 9051, section 7.1.4). */
		if (has_words(s, "* PREAUTH"))
			return STARTTLS_REFUSED;
		if (!has_words(s, "* OK"))
			return STARTTLS_MALFORMED;
		say(s, TAG " STARTTLS\r\n");
		return STARTTLS_MORE;
	}
	if (has_prefix(s, "* "))
		return STARTTLS_MORE;
	if (has_words(s, TAG " OK"))
		return STARTTLS_DONE;
	if (has_words(s, TAG " NO") || has_words(s, TAG " BAD"))
		return STARTTLS_REFUSED;
	return STARTTLS_MALFORMED;
}

/* Any character may be behind the +OK (RFC 2449, section 8). */
enum starttls_verdict
starttls_line_pop3(struct starttls *s)
{
	if (has_prefix(s, "-ERR"))
		return STARTTLS_REFUSED;
	if (!has_prefix(s, "+OK"))
		return STARTTLS_MALFORMED;
	if (s->step > 0)
		return STARTTLS_DONE;
	say(s, "STLS\r\n");
	return STARTTLS_MORE;
}

/* The last line of a reply was there. */
static enum starttls_verdict
reply_done(struct starttls *s, const struct step *steps)
{
	const struct step *step = &steps[s->step];
	int code = s->reply.code;

	s->reply.code = 0;
	if (code >= 400)
		return STARTTLS_REFUSED;
	if (code != step->want)
		return STARTTLS_MALFORMED;
	if (step->say == NULL)
		return STARTTLS_DONE;
	say(s, step->say);
	return STARTTLS_MORE;
}

/* "220 text", "220-text", "220"; -1 if it is no such line. */
static int
reply_code(const struct starttls *s)
{
	const unsigned char *p = s->line;
	size_t i;

	if (s->line_n < 3 || p[0] < '1' || p[0] > '5')
		return -1;
	for (i = 1; i < 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return -1;
	if (s->line_n > 3 && p[3] != ' ' && p[3] != '-')
		return -1;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

/* The first line of the answer to EHLO is the name of the server. */
static void
look_for_offer(struct starttls *s)
{
	if (s->step == 1 && !s->reply.first &&
	    (has_words(s, "250-STARTTLS") || has_words(s, "250 STARTTLS")))
		s->offered = true;
}

/* The next command, and the next step. */
static void
say(struct starttls *s, const char *text)
{
	starttls_say(s, text, strlen(text));
	s->step++;
}

/* In whatever case. */
static bool
has_prefix(const struct starttls *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s->line_n >= n &&
	    strncasecmp((const char *)s->line, prefix, n) == 0;
}

/* The same, with a blank or nothing behind it. */
static bool
has_words(const struct starttls *s, const char *words)
{
	size_t n = strlen(words);

	return has_prefix(s, words) && (s->line_n == n || s->line[n] == ' ');
}
