/* SPDX-License-Identifier: ISC */
/* Names of places: "host:port", "[v6]:port". */
#ifndef WIRE_ENDPOINT_H
#define WIRE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

enum endpoint_verdict {
	ENDPOINT_OK,
	ENDPOINT_NO_PORT,	/* no colon, or nothing behind it */
	ENDPOINT_NO_HOST,	/* nothing before the colon */
	ENDPOINT_BRACKETS,	/* [ without ], or other text around them */
	ENDPOINT_BARE_V6,	/* an IPv6 address without brackets */
	ENDPOINT_COLONS,	/* several colons, and no such address */
	ENDPOINT_URL,		/* scheme://... */
	ENDPOINT_TOO_LONG,	/* a part does not fit */
};

#define ENDPOINT_HOST_MAX	1025	/* NI_MAXHOST */
#define ENDPOINT_PORT_MAX	64

struct endpoint {
	char	host[ENDPOINT_HOST_MAX];
	char	port[ENDPOINT_PORT_MAX];
};

/*
 * Split text into host (without its brackets; a zone as in fe80::1%eth0 stays)
 * and port (not looked at further).  *ep is only written on ENDPOINT_OK.
 * ENDPOINT_URL comes before all other verdicts.
 */
enum endpoint_verdict	endpoint_parse(const char *text, struct endpoint *ep);

enum endpoint_kind {
	ENDPOINT_INET,		/* host and port */
	ENDPOINT_UNIX,		/* a path, or '@' and an abstract name */
};

#define ENDPOINT_PATH_MAX	108	/* sun_path, unix(7) */

/* The other end of --forward and of a proxy. */
struct endpoint_target {
	enum endpoint_kind	kind;
	bool			tls;	/* tls: was in front */
	struct endpoint		inet;
	char			path[ENDPOINT_PATH_MAX];
};

/*
 * "host:port", "[v6]:port", "/path", "unix:path", "@abstract", each optionally
 * behind "tls:".  The path may not be empty, nor the name behind the '@'
 * (ENDPOINT_NO_HOST), or too long.  The prefixes are lower case and come before
 * all else: a host of that name is written in brackets, "[tls]:443".  What is
 * behind "tls:" does not begin with "//" (ENDPOINT_URL).
 * *target is only written on ENDPOINT_OK; what is not of its kind is zeroed.
 */
enum endpoint_verdict	endpoint_parse_target(const char *text,
			    struct endpoint_target *target);

/* Whether text is a URL (RFC 3986: a scheme, "://", and more), and so neither a
 * host nor an endpoint. */
bool	endpoint_is_url(const char *text);

/* What is wrong, for a message: "the port is missing (host:port)" */
const char	*endpoint_verdict_text(enum endpoint_verdict verdict);

#endif
