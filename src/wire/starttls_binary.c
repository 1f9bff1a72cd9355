/* SPDX-License-Identifier: ISC */
/* The protocols that are not text: LDAP in BER, and PostgreSQL. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "wire/starttls_parts.h"

#define LDAP_MESSAGE_ID	1

enum ber_tag {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_ENUMERATED = 0x0a,
	BER_SEQUENCE = 0x30,
	BER_EXTENDED_RESPONSE = 0x78,	/* [APPLICATION 24] */
};

enum ber_verdict {
	BER_OK,
	BER_SHORT,		/* there must be more of it */
	BER_BAD,
};

struct slice {
	const unsigned char	*start;
	size_t			 length;
};

/* What is of interest in a LDAP ExtendedResponse. */
struct response {
	uint32_t	id;
	uint32_t	code;
	struct slice	text;
};

static bool	response_read(struct slice, struct response *);
static void	response_said(struct starttls *, const struct response *);
static enum ber_verdict	ber_head(const struct slice *, size_t *, size_t *);
static bool	ber_take(struct slice *, int, struct slice *);
static bool	ber_take_number(struct slice *, int, uint32_t *);
static bool	ber_skip_all(struct slice *);

bool
starttls_begin_ldap(struct starttls *s, const char *host)
{
	/* LDAPMessage 1, ExtendedRequest, requestName: StartTLS */
	static const char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
	    "1.3.6.1.4.1.1466.20037";

	(void)host;
	starttls_say(s, request, sizeof(request) - 1);
	return true;
}

enum starttls_verdict
starttls_byte_ldap(struct starttls *s, unsigned char byte)
{
	struct slice in = { s->line, 0 };
	struct response r;
	size_t head, length;

	if (!starttls_keep(s, byte))
		return STARTTLS_TOO_LONG;
	in.length = s->line_n;
	if (s->line[0] != BER_SEQUENCE)
		return STARTTLS_MALFORMED;
	switch (ber_head(&in, &head, &length)) {
	case BER_SHORT:
		return STARTTLS_MORE;
	case BER_BAD:
		return STARTTLS_MALFORMED;
	case BER_OK:
		break;
	}
	if (length > sizeof(s->line) - head)
		return STARTTLS_TOO_LONG;
	if (in.length < head + length)
		return STARTTLS_MORE;
	if (!response_read(in, &r))
		return STARTTLS_MALFORMED;
	if (r.code != 0) {
		response_said(s, &r);
		return STARTTLS_REFUSED;
	}
	return r.id == 0 ? STARTTLS_MALFORMED : STARTTLS_DONE;
}

bool
starttls_begin_postgres(struct starttls *s, const char *host)
{
	/* Its length, and 1234 * 65536 + 5679. */
	static const char request[] = "\0\0\0\x08\x04\xd2\x16\x2f";

	(void)host;
	starttls_say(s, request, sizeof(request) - 1);
	return true;
}

/*
 * An error (E) has its text behind it, of a peer that nobody has vouched for;
 * libpq shows it no more, either.
 */
enum starttls_verdict
starttls_byte_postgres(struct starttls *s, unsigned char byte)
{
	starttls_keep(s, byte);
	switch (byte) {
	case 'S':
		return STARTTLS_DONE;
	case 'N':
	case 'E':
		return STARTTLS_REFUSED;
	default:
		return STARTTLS_MALFORMED;
	}
}

/*
 * An answer to our message, or a notice of disconnection, whose ID is 0 (RFC
 * 4511, sections 4.1.9, 4.4.1 and 4.12).
 */
static bool
response_read(struct slice in, struct response *r)
{
	struct slice message, op, dn;

	return ber_take(&in, BER_SEQUENCE, &message) &&
	    ber_take_number(&message, BER_INTEGER, &r->id) &&
	    (r->id == LDAP_MESSAGE_ID || r->id == 0) &&
	    ber_take(&message, BER_EXTENDED_RESPONSE, &op) &&
	    ber_skip_all(&message) &&
	    ber_take_number(&op, BER_ENUMERATED, &r->code) &&
	    ber_take(&op, BER_OCTETS, &dn) &&
	    ber_take(&op, BER_OCTETS, &r->text) && ber_skip_all(&op);
}

/* The text is within s->line, too. */
static void
response_said(struct starttls *s, const struct response *r)
{
	char code[32];
	size_t n, text_n = r->text.length;

	if (text_n > STARTTLS_SAID_MAX)
		text_n = STARTTLS_SAID_MAX;
	snprintf(code, sizeof(code), "resultCode %lu%s",
	    (unsigned long)r->code, text_n > 0 ? ": " : "");
	n = strlen(code);
	memmove(s->line + n, r->text.start, text_n);
	memcpy(s->line, code, n);
	s->line_n = n + text_n;
}

/*
 * Read the tag and the length: how long these are, and what they say.  The
 * length is definite, in one form or the other (RFC 4511, section 5.1).
 */
static enum ber_verdict
ber_head(const struct slice *in, size_t *head, size_t *length)
{
	size_t i, octets;

	if (in->length < 2)
		return BER_SHORT;
	*head = 2;
	*length = in->start[1];
	if (*length < 0x80)
		return BER_OK;
	octets = *length & 0x7f;
	if (octets == 0 || octets > 4)
		return BER_BAD;
	if (in->length < 2 + octets)
		return BER_SHORT;
	*head = 2 + octets;
	*length = 0;
	for (i = 2; i < *head; i++)
		*length = *length << 8 | in->start[i];
	return BER_OK;
}

/* Move the next element from in to value; a tag of -1 is any. */
static bool
ber_take(struct slice *in, int tag, struct slice *value)
{
	size_t head, length;

	if (ber_head(in, &head, &length) != BER_OK ||
	    length > in->length - head || (tag >= 0 && in->start[0] != tag))
		return false;
	value->start = in->start + head;
	value->length = length;
	in->start += head + length;
	in->length -= head + length;
	return true;
}

/* From 0 to 2^31 - 1. */
static bool
ber_take_number(struct slice *in, int tag, uint32_t *number)
{
	struct slice value;
	size_t i;

	if (!ber_take(in, tag, &value) || value.length == 0 ||
	    value.length > 4 || value.start[0] > 0x7f)
		return false;
	*number = 0;
	for (i = 0; i < value.length; i++)
		*number = *number << 8 | value.start[i];
	return true;
}

/* Controls, referrals, a name, a value: they need only be elements. */
static bool
ber_skip_all(struct slice *in)
{
	struct slice value;

	while (in->length > 0)
		if (!ber_take(in, -1, &value))
			return false;
	return true;
}
