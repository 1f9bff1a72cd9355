/* SPDX-License-Identifier: ISC */
/*
 * The target of a request to a proxy (RFC 9112, section 3.2; RFC 3986, section
 * 3.2): "host:port" with CONNECT, "http://host[:port]/path?query" with all
 * others.
 */
#ifndef WIRE_HTTP_TARGET_H
#define WIRE_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http_text.h"

enum http_target_verdict {
	HTTP_TARGET_OK,
	HTTP_TARGET_NO_URL,	/* a path or '*': what a server is asked */
	HTTP_TARGET_SCHEME,	/* not http:// */
	HTTP_TARGET_USER,	/* user@host */
	HTTP_TARGET_FRAGMENT,
	HTTP_TARGET_NO_HOST,
	HTTP_TARGET_BAD_HOST,	/* neither a name nor an address */
	HTTP_TARGET_NO_PORT,	/* with CONNECT */
	HTTP_TARGET_BAD_PORT,	/* not 1 to 65535 */
};

#define HTTP_HOST_MAX		256	/* with the NUL */
#define HTTP_PORT_DEFAULT	80

struct http_target {
	char			host[HTTP_HOST_MAX];	/* without brackets */
	uint16_t		port;
	/* Parts of what was parsed: */
	struct http_text	authority;	/* host[:port] */
	struct http_text	path;		/* with the query, or
						 * "", or "?query" */
};

/*
 * A host is a name as of name_is_host(), with or without a dot behind it; an
 * IPv4 address of four numbers; or an IPv6 address in brackets, without a zone.
 * *t is only written on HTTP_TARGET_OK.
 */
enum http_target_verdict	http_target_parse(
				    const struct http_text *text,
				    struct http_target *t);

/* The same of CONNECT: the path is empty. */
enum http_target_verdict	http_target_parse_connect(
				    const struct http_text *text,
				    struct http_target *t);

/* Whether it is what the field Host may have: host[:port], or nothing. */
bool		http_target_is_authority(const struct http_text *text);

/* For a message: "the port is missing" */
const char	*http_target_verdict_text(enum http_target_verdict verdict);

/* What a request is answered with for that: 400 or 501. */
int		http_target_verdict_status(enum http_target_verdict verdict);

#endif
