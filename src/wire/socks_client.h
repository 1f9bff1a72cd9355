/* SPDX-License-Identifier: ISC */
/* The client's half of SOCKS (wire/socks.h): asks a proxy to connect. */
#ifndef WIRE_SOCKS_CLIENT_H
#define WIRE_SOCKS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/dialogue.h"
#include "wire/socks.h"

/* What is asked for.  All of it is copied by socks_client_init(). */
struct socks_request {
	enum socks_version	 version;
	/* Not SOCKS_NOWHERE; SOCKS_NAME: the proxy looks the name up. */
	struct socks_address	 to;
	const char		*name;
	/*
	 * SOCKS_5: both, or NULL both.  Otherwise the user's ID alone, of which
	 * NULL is "".
	 */
	const char		*user;
	const char		*password;
};

enum socks_client_verdict {
	SOCKS_CLIENT_OK,
	SOCKS_CLIENT_NEEDS_ADDRESS,	/* SOCKS_4, and a name */
	SOCKS_CLIENT_NO_INET6,		/* SOCKS_4, SOCKS_4A */
	SOCKS_CLIENT_RESERVED,		/* the same: 0.0.0.1 to 0.0.0.255 */
	SOCKS_CLIENT_NAME_LENGTH,	/* 0, or above SOCKS_TEXT_MAX */
	SOCKS_CLIENT_USER_LENGTH,	/* the same; SOCKS_4 may have 0 */
	SOCKS_CLIENT_PASSWORD_LENGTH,	/* the same */
	SOCKS_CLIENT_NO_PASSWORDS,	/* SOCKS_4, SOCKS_4A */
};

#define SOCKS_CLIENT_VERDICTS	8

/* All that there is to say: methods, user and password, the request. */
#define SOCKS_CLIENT_OUTPUT_MAX						\
	(4 + 3 + 2 * SOCKS_TEXT_MAX + 4 + 1 + SOCKS_TEXT_MAX + 2)

/* The longest answer: a reply with a name. */
#define SOCKS_CLIENT_ANSWER_MAX	(4 + 1 + SOCKS_TEXT_MAX + 2)

/* Nobody but socks_client.c looks inside, but for what is said to be read. */
struct socks_client {
	enum socks_version	version;
	/*
	 * To read after DIALOGUE_DONE: where the proxy is bound, if it says so;
	 * a name is not kept.
	 */
	struct socks_address	bound;
	enum dialogue_verdict	verdict;	/* the last one */
	unsigned		step;
	unsigned		fault;		/* why it was refused */
	unsigned char		code;		/* ... the byte that is why */
	size_t			in_n;
	unsigned char		in[SOCKS_CLIENT_ANSWER_MAX];
	/* What is to be sent now is from out_at to out_end; of what comes then,
	 * the user and the password end at login_end. */
	size_t			out_at, out_end, login_end, out_n;
	unsigned char		out[SOCKS_CLIENT_OUTPUT_MAX];
};

/*
 * At the start of a connection to a proxy.  With a user and a password, they
 * and no authentication are offered (SOCKS_5), else only the latter.  Unless
 * it is SOCKS_CLIENT_OK, there is nothing in *c.
 */
enum socks_client_verdict	socks_client_init(struct socks_client *c,
				    const struct socks_request *request);

/* What is wrong, for a message: "SOCKS4 has no IPv6 addresses" */
const char	*socks_client_verdict_text(enum socks_client_verdict verdict);

/*
 * Forget all that *c holds, which is of no use then.  Whoever gives a dialogue
 * up before its end calls it; user and password are overwritten by themselves
 * as soon as they are sent or it is sure that they never will.
 */
void		socks_client_wipe(struct socks_client *c);

/*
 * Its state is a struct socks_client.  Bytes behind the reply are the first of
 * the destination's.  A reply that says no ends with its code, for some proxies
 * leave the rest out; what is reserved in it may have any value.  The version
 * in the answer to user and password may be 5, too, which some proxies say.
 *
 * Nothing is left to send after DIALOGUE_REFUSED.
 * refuse(): RESULT_DENIED and what the proxy says, "NAME: the proxy says:
 * connection refused (5)"; RESULT_BROKEN for what is not SOCKS of that version.
 */
extern const struct dialogue_codec socks_client_codec;

#endif
