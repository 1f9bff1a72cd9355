/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/proc_net.h"

#define STATE_LISTEN	0x0a		/* of TCP */
#define FLAG_ACCEPTS	0x10000		/* __SO_ACCEPTCON */

/* Where one field ends, the next one begins; NULL: there is none. */
static const char *
skip_blanks(const char *p)
{
	while (*p == ' ')
		p++;
	return *p == '\0' || *p == '\n' ? NULL : p;
}

static const char *
skip_field(const char *p)
{
	while (*p != '\0' && *p != '\n' && *p != ' ')
		p++;
	return skip_blanks(p);
}

static const char *
skip_fields(const char *p, int count)
{
	while (p != NULL && count-- > 0)
		p = skip_field(p);
	return p;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* A number of at most `digits' digits; the character behind it has to be
 * `end'.  Returns what is behind that, or NULL. */
static const char *
take_number(const char *p, int base, int digits, char end, uint64_t *value)
{
	int n = 0;

	*value = 0;
	for (; n < digits && digit_value(*p) < base; n++, p++)
		*value = *value * (unsigned)base + (unsigned)digit_value(*p);
	return n > 0 && *p == end && *p != '\0' ? p + 1 : NULL;
}

/* Words of 32 bits, as they are in this host's memory, and the port. */
static const char *
take_address(const char *p, bool ipv6, struct proc_socket *s)
{
	int words = ipv6 ? 4 : 1;
	uint64_t value;
	uint32_t word;

	memset(s->address, 0, sizeof(s->address));
	for (int i = 0; i < words; i++) {
		word = 0;
		for (int n = 0; n < 8; n++, p++) {
			if (digit_value(*p) == 16)
				return NULL;
			word = word << 4 | (uint32_t)digit_value(*p);
		}
		memcpy(s->address + 4 * i, &word, sizeof(word));
	}
	if (*p++ != ':')
		return NULL;
	p = take_number(p, 16, 4, ' ', &value);
	s->port = (uint16_t)value;
	return p;
}

/* sl local remote st queues timer retransmits uid timeout inode ... */
bool
proc_net_inet(const char *line, bool ipv6, struct proc_socket *s)
{
	uint64_t value;
	const char *p = skip_blanks(line);

	*s = (struct proc_socket){ .path = "" };
	if (p == NULL || (p = take_number(p, 10, 19, ':', &value)) == NULL ||
	    (p = skip_blanks(p)) == NULL ||
	    (p = take_address(p, ipv6, s)) == NULL ||
	    (p = skip_fields(p, 1)) == NULL ||
	    (p = take_number(p, 16, 2, ' ', &value)) == NULL)
		return false;
	s->listens = value == STATE_LISTEN;
	p = skip_blanks(p);
	p = skip_fields(p, 3);
	if (p == NULL || (p = take_number(p, 10, 10, ' ', &value)) == NULL ||
	    value > UINT32_MAX)
		return false;
	s->user = (uint32_t)value;
	p = skip_blanks(p);
	p = skip_fields(p, 1);
	return p != NULL && take_number(p, 10, 19, ' ', &s->inode) != NULL;
}

/* Num: RefCount Protocol Flags Type St Inode Path */
bool
proc_net_unix(const char *line, struct proc_socket *s)
{
	const char *p = strchr(line, ':');
	uint64_t flags;
	char end;

	*s = (struct proc_socket){ .path = "" };
	if (p == NULL || (p = skip_blanks(p + 1)) == NULL ||
	    (p = skip_fields(p, 2)) == NULL ||
	    (p = take_number(p, 16, 8, ' ', &flags)) == NULL ||
	    (p = skip_blanks(p)) == NULL || (p = skip_fields(p, 2)) == NULL)
		return false;
	s->listens = (flags & FLAG_ACCEPTS) != 0;
	end = p[strspn(p, "0123456789")];
	if (end == '\0')
		return false;
	p = take_number(p, 10, 19, end, &s->inode);
	if (p == NULL || (end != ' ' && end != '\n'))
		return false;
	if (end == ' ') {
		s->path = p;
		s->path_length = (int)strcspn(p, "\n");
	}
	return true;
}
