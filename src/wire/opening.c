/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>

#include "wire/opening.h"

/* RFC 8446, sections 4 and 5.1, and 6. */
#define TYPE_ALERT	21
#define TYPE_HANDSHAKE	22
#define CLIENT_HELLO	1
#define MAJOR_VERSION	3

struct pattern {
	const char	*text;
	enum opening	 opening;
};

static const struct pattern patterns[] = {
	{ "GET ", OPENING_HTTP },
	{ "POST ", OPENING_HTTP },
	{ "HEAD ", OPENING_HTTP },
	{ "PUT ", OPENING_HTTP },
	{ "CONNECT ", OPENING_HTTP },
	{ "OPTIONS ", OPENING_HTTP },
	{ "HTTP/", OPENING_HTTP },
	{ "SSH-", OPENING_SSH },
	{ "220 ", OPENING_REPLY },
	{ "220-", OPENING_REPLY },
	{ "* OK", OPENING_IMAP },
	{ "+OK", OPENING_POP3 },
};

/* A record: type, version (2 bytes), length (2), what is in it. */
static enum opening
opening_of_record(const unsigned char *data, size_t n)
{
	if (n < 6 || data[1] != MAJOR_VERSION || data[2] > 4)
		return OPENING_UNKNOWN;
	if (data[0] == TYPE_HANDSHAKE && data[5] == CLIENT_HELLO)
		return OPENING_TLS_HELLO;
	/* One alert, of a level (1 or 2) and a reason. */
	if (data[0] == TYPE_ALERT && data[3] == 0 && data[4] == 2 &&
	    (data[5] == 1 || data[5] == 2))
		return OPENING_TLS_ALERT;
	return OPENING_UNKNOWN;
}

enum opening
opening_recognize(const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		size_t length = strlen(patterns[i].text);

		if (n >= length && memcmp(data, patterns[i].text, length) == 0)
			return patterns[i].opening;
	}
	return opening_of_record(data, n);
}

const char *
opening_without_tls(enum opening opening)
{
	switch (opening) {
	case OPENING_HTTP:
		return ": HTTP without TLS";
	case OPENING_SSH:
		return ": SSH, which has its own encryption";
	case OPENING_REPLY:
		return ": SMTP and FTP begin TLS with --starttls smtp, ftp";
	case OPENING_IMAP:
		return ": IMAP begins TLS with --starttls imap";
	case OPENING_POP3:
		return ": POP3 begins TLS with --starttls pop3";
	case OPENING_UNKNOWN:
	case OPENING_TLS_HELLO:
	case OPENING_TLS_ALERT:
		break;
	}
	return "";
}
