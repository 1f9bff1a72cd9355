/* SPDX-License-Identifier: ISC */
/*
 * The client's half of the plain-text dialogue that ends in TLS: STARTTLS of
 * SMTP (RFC 3207), IMAP (RFC 2595, RFC 3501, RFC 9051), POP3 (RFC 2595), FTP
 * (RFC 4217), XMPP (RFC 6120, section 5) and LDAP (RFC 4511, section 4.14), and
 * PostgreSQL's SSLRequest ("Message Formats" in its documentation).
 */
#ifndef WIRE_STARTTLS_H
#define WIRE_STARTTLS_H

#include <stdbool.h>
#include <stddef.h>

enum starttls_protocol {
	STARTTLS_SMTP,
	STARTTLS_IMAP,
	STARTTLS_POP3,
	STARTTLS_FTP,
	STARTTLS_XMPP,
	STARTTLS_LDAP,
	STARTTLS_POSTGRES,
};

#define STARTTLS_PROTOCOLS	7

enum starttls_verdict {
	STARTTLS_MORE,		/* send what there is to send, feed more */
	STARTTLS_DONE,		/* start TLS now, with the next byte */
	STARTTLS_REFUSED,	/* the peer said no */
	STARTTLS_NOT_OFFERED,	/* what it offers has no TLS in it */
	STARTTLS_MALFORMED,	/* that is not the protocol */
	STARTTLS_TOO_LONG,	/* an answer, or all together */
	STARTTLS_GLUED,		/* bytes came before they were asked for */
};

#define STARTTLS_ANSWER_MAX	8192	/* a line, an XML tag, a message */
#define STARTTLS_TOTAL_MAX	65536	/* everything up to TLS */
#define STARTTLS_SAID_MAX	512
#define STARTTLS_HOST_MAX	1023	/* RFC 6120, section 2.1 */
#define STARTTLS_OUTPUT_MAX	(6 * STARTTLS_HOST_MAX + 256)

/* Nobody but starttls.c and its parts looks inside. */
struct starttls {
	enum starttls_protocol	protocol;
	enum starttls_verdict	verdict;	/* the last one */
	size_t			step;		/* which answer is awaited */
	size_t			total;		/* bytes that were fed */
	bool			offered;	/* the peer has TLS */
	struct {
		int	code;		/* 0: before a reply's first line */
		bool	first;		/* this is its first line */
	} reply;
	struct {
		bool		in_tag;
		unsigned char	quote;		/* within this one, or 0 */
		size_t		start;		/* of the tag, in line */
		size_t		depth;		/* of elements that are open */
		int		element;	/* that of the second level */
	} xml;
	size_t		line_n;
	unsigned char	line[STARTTLS_ANSWER_MAX];
	size_t		output_n, sent_n;
	unsigned char	output[STARTTLS_OUTPUT_MAX];
};

/* "smtp" and so on, in lower case; *protocol is only written on true. */
bool		starttls_find(const char *name,
		    enum starttls_protocol *protocol);

/* The name of each, from 0 to STARTTLS_PROTOCOLS - 1. */
const char	*starttls_name(enum starttls_protocol protocol);

/*
 * At the start of a connection.  host is what the peer is called, without
 * brackets; only XMPP tells it to the peer, for the others it may be NULL.
 * Returns false if it cannot be told: it is empty or longer than
 * STARTTLS_HOST_MAX, or has a control character in it.
 */
bool		starttls_init(struct starttls *s,
		    enum starttls_protocol protocol, const char *host);

/*
 * The n bytes at in are what the peer sent; an answer may be split anywhere
 * between calls, which makes no difference but to STARTTLS_GLUED: bytes that
 * come while there is output that was not sent, or behind the answer that ends
 * in STARTTLS_DONE.  Whoever could put them there (a command injection, as in
 * CVE-2011-0411 and CVE-2021-23222) could have them taken for bytes from within
 * TLS.  To find those that are still in the kernel, read once more without
 * waiting on STARTTLS_DONE, and feed that: no TLS server speaks first.
 *
 * Bytes that may come unasked are not counted: IMAP's untagged responses before
 * the command, and blanks behind XMPP's features.  A line may end with LF
 * alone.  XML names are compared without their prefix.
 *
 * All verdicts but STARTTLS_MORE stay, whatever is fed; only STARTTLS_DONE
 * becomes STARTTLS_GLUED.  The end of the stream is the caller's to judge.
 */
enum starttls_verdict	starttls_feed(struct starttls *s,
			    const unsigned char *in, size_t n);

/*
 * What to send now, *n bytes (0: nothing); look after starttls_init(), for some
 * protocols speak first, and after each starttls_feed().  Nothing is left after
 * a verdict other than STARTTLS_MORE.
 */
const unsigned char	*starttls_output(const struct starttls *s, size_t *n);

/* The first n bytes of that are sent. */
void		starttls_sent(struct starttls *s, size_t n);

/*
 * The peer's words behind a verdict, *n bytes, raw, at most STARTTLS_SAID_MAX:
 * the line or the XML that refuses, or that was not understood, as far as it
 * has come; with STARTTLS_GLUED the bytes that came too early; with
 * STARTTLS_MORE what has come of an answer.  LDAP's are "resultCode 2" and the
 * diagnostic message behind that, if there is one.  May be none.
 */
const unsigned char	*starttls_said(const struct starttls *s, size_t *n);

/* For a message: "the peer does not offer TLS" */
const char	*starttls_verdict_text(enum starttls_verdict verdict);

#endif
