/* SPDX-License-Identifier: ISC */
/*
 * The client's half of HTTP CONNECT (RFC 9110, section 9.3.6; RFC 9112): asks
 * a proxy to connect, and says who we are if it wants to know
 * (wire/http_auth.h).
 */
#ifndef WIRE_CONNECT_CLIENT_H
#define WIRE_CONNECT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dialogue.h"
#include "wire/http_auth.h"
#include "wire/http_body.h"
#include "wire/http_head.h"

#define CONNECT_CLIENT_HOST_MAX		255
#define CONNECT_CLIENT_CNONCE_MAX	64
#define CONNECT_CLIENT_BODY_MAX		65536	/* of a 407, to pass over */
#define CONNECT_CLIENT_INTERIM_MAX	16	/* 1xx, before an answer */

/* Three requests, two of which have an answer in them, with nothing sent. */
#define CONNECT_CLIENT_OUTPUT_MAX	24576

/* What is asked for.  All of it is copied by connect_client_init(). */
struct connect_request {
	const char	*host;		/* name or address, without brackets */
	uint16_t	 port;
	const char	*user;		/* NULL: none, and no password */
	const char	*password;	/* NULL: "" */
	const char	*cnonce;	/* letters and digits at random, for
					 * Digest */
};

/* Where it stands; connect_client.c alone knows what that means. */
enum connect_step {
	CONNECT_HEAD,		/* the head of an answer is awaited */
	CONNECT_BODY,		/* the rest of a 407 is passed over */
	CONNECT_DONE,
	CONNECT_REDIAL,		/* to be asked again on a new connection */
	/* the proxy says no */
	CONNECT_DENIED,
	CONNECT_USER_WANTED,	/* and we have none */
	CONNECT_USER_DENIED,
	CONNECT_NO_SCHEME,	/* neither Basic nor Digest */
	CONNECT_USER_UNTOLD,	/* can't be said in the scheme */
	/* the proxy is broken, or none */
	CONNECT_NOT_HTTP,
	CONNECT_BAD_HEAD,
	CONNECT_INTERIM,	/* too much of it */
};

/* Nobody but connect_client.c looks inside. */
struct connect_client {
	enum connect_step	step;
	const char		*problem;	/* CONNECT_USER_UNTOLD */
	unsigned char		first;		/* CONNECT_NOT_HTTP: the byte */
	size_t			matched;	/* of "HTTP/" */
	unsigned		interim;	/* heads of 1xx */
	bool			asked;		/* by a 407, here */
	bool			answered;	/* the challenge, anywhere */
	bool			renewed;	/* a stale nonce was */
	uint32_t		count;		/* answers to the nonce */
	struct http_challenge	challenge;
	struct http_head	head;
	struct http_body	body;
	size_t			body_n;
	char			target[CONNECT_CLIENT_HOST_MAX + 9];
	bool			has_user;
	char			user[HTTP_AUTH_TEXT_MAX + 1];
	char			password[HTTP_AUTH_TEXT_MAX + 1];
	char			cnonce[CONNECT_CLIENT_CNONCE_MAX + 1];
	size_t			out_n, sent_n;
	char			out[CONNECT_CLIENT_OUTPUT_MAX];
};

/*
 * At the start of a connection to a proxy.  NULL; or, for a message, what of
 * the request can't be told to a proxy, and then there is nothing in *c: "the
 * host has characters that no host has".
 */
const char	*connect_client_init(struct connect_client *c,
		    const struct connect_request *request);

/*
 * The proxy has told how it wants to know who we are, but this connection ends:
 * it says so, or it has ended already (RESULT_BROKEN of the handshake), or what
 * is left of its answer is not worth waiting for.  Dial the proxy again, call
 * connect_client_again(), and go on with the same state; it is wanted twice at
 * most.
 */
bool		connect_client_wants_redial(const struct connect_client *c);

/* At the start of that new connection; only if it is wanted. */
void		connect_client_again(struct connect_client *c);

/* Forget all that *c holds, user and password among it, which is of no use
 * then.  Whoever has initialized it has to call this in the end. */
void		connect_client_wipe(struct connect_client *c);

/*
 * Its state is a struct connect_client.  It is done by any status 2xx; bytes
 * behind that head are the first of the destination's, whatever the head says
 * of a body.  Heads of 1xx are passed over.  After a 407 it goes on, on the
 * same connection if that can be: with Digest if there is one we know, else
 * with Basic; once more if the nonce was stale.
 *
 * Nothing is left to send after DIALOGUE_REFUSED.
 * refuse(): RESULT_DENIED, "NAME: the proxy says: 403 Forbidden"; RESULT_BROKEN
 * for what is not HTTP/1.x.  The former, too, if nobody dials again.
 */
extern const struct dialogue_codec connect_client_codec;

#endif
