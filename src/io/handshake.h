/* SPDX-License-Identifier: ISC */
/*
 * A dialogue at the beginning of a connection, before its bytes are anybody's:
 * STARTTLS, and whatever else asks for something and is answered.  What is
 * said is a codec's (wire/dialogue.h), which knows no stream and no clock; this
 * moves its bytes, in steps that never wait.
 */
#ifndef IO_HANDSHAKE_H
#define IO_HANDSHAKE_H

#include <stdbool.h>

#include "base/error.h"
#include "io/stream.h"
#include "wire/dialogue.h"

struct handshake {
	const struct dialogue_codec	*codec;
	void				*state;
	const char			*name;	/* in messages */
};

/*
 * Do what can be done without waiting.  RESULT_OK, and *done when that was all;
 * if not, *wants is what of poll(2) s has to be waited for, on s->in.fd.  Bytes
 * behind the dialogue are given back to s, stream_unread().  RESULT_DENIED or
 * whatever the codec says, RESULT_BROKEN, RESULT_REFUSED and the like: the
 * connection failed.
 */
enum result	handshake_step(const struct handshake *h, struct stream *s,
		    bool *done, short *wants, struct error *err);

#endif
