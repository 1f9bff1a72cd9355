/* SPDX-License-Identifier: ISC */
/* For -v: whether the peer speaks TLS where nobody here does, seen by the first
 * bytes that it says, which are looked at and left where they are. */
#include <sys/socket.h>

#include "base/log.h"
#include "io/pump_state.h"
#include "wire/opening.h"

/* Nobody has read anything, and the bytes are the socket's. */
static bool
pump_may_look(const struct pump *p)
{
	const struct stream *net = p->net;

	return log_enabled(LOG_STEP) && !p->local->duplex && !net->layered &&
	    net->in.kind == FD_SOCKET && !net->in.messages &&
	    p->in.bytes == 0 && flow_pending(&p->in) == 0 &&
	    !flow_is_over(&p->in) && !stream_more(net);
}

void
pump_look_at_opening(struct pump *p)
{
	unsigned char data[OPENING_BYTES];
	ssize_t n;

	if (p->opening_seen || !pump_may_look(p))
		return;
	n = recv(p->net->in.fd, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return;
	p->opening_seen = true;
	switch (opening_recognize(data, (size_t)n)) {
	case OPENING_TLS_ALERT:
		log_line(LOG_STEP, "the peer answers with an alert of TLS: it "
		    "may want TLS, which is -c");
		break;
	case OPENING_TLS_HELLO:
		log_line(LOG_STEP, "the peer begins with TLS, which is taken "
		    "as any other bytes: -c would speak it");
		break;
	default:
		break;
	}
}
