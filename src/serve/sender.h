/* SPDX-License-Identifier: ISC */
/* One that sends to the others of a hub: a client of a broker, or standard
 * input. */
#ifndef SERVE_SENDER_H
#define SERVE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "io/stream.h"
#include "serve/hub.h"

struct sender {
	struct hub_member	*member;
	bool			 chat;		/* whole lines, marked */
	bool			 patient;	/* see hub_send() */
	bool			 ended;		/* there is no more to read */
	uint64_t		 bytes;		/* that were read */
	/* private */
	struct buffer		 line;		/* chat: has begun */
	struct hub_message	*pending;	/* could not be sent yet */
};

/* Send what has been read; whether all of it went.  If not, the hub's event
 * comes when it is worth another try. */
bool	sender_flush(struct sender *s);

/* Whether something that was read could not be sent yet. */
bool	sender_waits(const struct sender *s);

/* Whether more may be read all the same, and is kept until it can be sent. */
bool	sender_has_room(struct sender *s);

/*
 * Read a piece and send it, or forget it (`discard').  1: there may be more, 0:
 * nothing more now, or ever (s->ended), -1 and errno.
 */
int	sender_read(struct sender *s, struct stream *from, bool discard);

/* Leave the hub, and release what has not been sent. */
void	sender_free(struct sender *s);

#endif
