/* SPDX-License-Identifier: ISC */
/*
 * The server's half of SOCKS (wire/socks.h), up to what the client asks for,
 * and the reply to that.
 */
#ifndef WIRE_SOCKS_SERVER_H
#define WIRE_SOCKS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/dialogue.h"
#include "wire/socks.h"

/* A bit of `versions'. */
#define SOCKS_SERVE(version)	(1U << (version))

/* Who is served. */
struct socks_server_policy {
	/* SOCKS_4 without names, SOCKS_4A with names or without, SOCKS_5. */
	unsigned	  versions;
	/*
	 * Whether this user has this password (each may be ""); NULL: nobody
	 * has to authenticate.  With it, version 4 is refused, for the ID in it
	 * proves nothing.  It overwrites the copies of the password that it
	 * makes.
	 */
	bool		(*check)(void *context, const char *user,
			    const char *password);
	void		 *context;
};

/* The longest of what a client sends at once: a request of version 4A. */
#define SOCKS_SERVER_IN_MAX	(8 + 2 * (SOCKS_TEXT_MAX + 1))

/* The longest reply: of version 5, with an IPv6 address. */
#define SOCKS_REPLY_MAX		(4 + 16 + 2)

/* Nobody but socks_server.c looks inside, but for what is said to be read. */
struct socks_server {
	struct socks_server_policy	policy;

	/*
	 * To read after DIALOGUE_DONE.  The user is one whom `check' has
	 * vouched for; without that, whoever the client says it is, or "".
	 */
	enum socks_version	version;
	struct socks_address	to;
	char			name[SOCKS_TEXT_MAX + 1];	/* SOCKS_NAME */
	char			user[SOCKS_TEXT_MAX + 1];

	enum dialogue_verdict	verdict;	/* the last one */
	unsigned		step;
	unsigned		fault;		/* why it is refused */
	unsigned char		code;		/* ... the byte that is why */
	size_t			user_end;	/* in `in', version 4 */
	size_t			in_n;
	unsigned char		in[SOCKS_SERVER_IN_MAX];
	/* An answer each to methods, password, request. */
	size_t			out_at, out_end;
	unsigned char		out[2 + 2 + SOCKS_REPLY_MAX];
};

/* At the start of a connection from a client.  *policy is copied. */
void		socks_server_init(struct socks_server *s,
		    const struct socks_server_policy *policy);

/* Forget all that *s holds, which is of no use then.  A password is overwritten
 * as soon as it was looked at; who gives up before that calls it. */
void		socks_server_wipe(struct socks_server *s);

/*
 * Its state is a struct socks_server.  The first byte, 4 or 5, is enough to
 * tell SOCKS from what begins with letters.  Where nobody has to authenticate,
 * nobody is asked to, but who offers user and password alone may say any.
 *
 * DIALOGUE_DONE: a whole CONNECT, to which there is no answer yet.  The caller
 * looks the name up, which is not empty and has no control characters and no
 * blanks in it, but is not otherwise judged: it may be the text of an address,
 * which is for the caller's access lists to see.  Then it sends what
 * socks_server_reply() makes.  Bytes behind the request are the first for the
 * destination.
 *
 * DIALOGUE_REFUSED: what the protocol has of an answer is in the output; for a
 * first byte other than 4 and 5 there is none.
 * refuse(): RESULT_DENIED for what is not served, and for who is not;
 * RESULT_BROKEN for what is not SOCKS.
 */
extern const struct dialogue_codec socks_server_codec;

/*
 * After DIALOGUE_DONE: write the reply, which says whether the destination was
 * reached, in the client's version, to out.  bound is where we are connected
 * from, NULL if that is not to be told, or there is nothing; it is not told,
 * either, if it is no IPv4 address and the client speaks version 4.  Returns
 * the number of bytes.
 */
size_t		socks_server_reply(const struct socks_server *s,
		    enum socks_reply reply, const struct socks_address *bound,
		    unsigned char out[SOCKS_REPLY_MAX]);

#endif
