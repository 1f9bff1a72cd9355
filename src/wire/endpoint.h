/* SPDX-License-Identifier: ISC */
/* Names of places: "host:port", "[v6]:port". */
#ifndef WIRE_ENDPOINT_H
#define WIRE_ENDPOINT_H

#include <stddef.h>

enum endpoint_verdict {
	ENDPOINT_OK,
	ENDPOINT_NO_PORT,	/* no colon, or nothing behind it */
	ENDPOINT_NO_HOST,	/* nothing before the colon */
	ENDPOINT_BRACKETS,	/* [ without ], or other text around them */
	ENDPOINT_BARE_V6,	/* several colons and no brackets */
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
 */
enum endpoint_verdict	endpoint_parse(const char *text, struct endpoint *ep);

/* What is wrong, for a message: "the port is missing (host:port)" */
const char	*endpoint_verdict_text(enum endpoint_verdict verdict);

#endif
