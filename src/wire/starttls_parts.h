/* SPDX-License-Identifier: ISC */
/* What the files that make up starttls.h share; nobody else includes this. */
#ifndef WIRE_STARTTLS_PARTS_H
#define WIRE_STARTTLS_PARTS_H

#include "wire/starttls.h"

/* The next command; what was to be sent before has been. */
void	starttls_say(struct starttls *s, const void *data, size_t n);

/* Add to s->line; false if that is full. */
bool	starttls_keep(struct starttls *s, unsigned char byte);

/* --- the protocols ------------------------------------------------------- */

/* White space of XML. */
bool	starttls_is_blank(unsigned char byte);

/* What a protocol says before its peer does; false: the host does not fit. */
bool	starttls_begin_xmpp(struct starttls *s, const char *host);
bool	starttls_begin_ldap(struct starttls *s, const char *host);
bool	starttls_begin_postgres(struct starttls *s, const char *host);

/* A whole line in s->line, without its end. */
enum starttls_verdict	starttls_line_smtp(struct starttls *s);
enum starttls_verdict	starttls_line_ftp(struct starttls *s);
enum starttls_verdict	starttls_line_imap(struct starttls *s);
enum starttls_verdict	starttls_line_pop3(struct starttls *s);

/* The next byte, of protocols that have no lines. */
enum starttls_verdict	starttls_byte_xmpp(struct starttls *s,
			    unsigned char byte);
enum starttls_verdict	starttls_byte_ldap(struct starttls *s,
			    unsigned char byte);
enum starttls_verdict	starttls_byte_postgres(struct starttls *s,
			    unsigned char byte);

#endif
