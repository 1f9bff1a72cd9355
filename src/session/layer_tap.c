/* SPDX-License-Identifier: ISC */
/* Copies of what passes, for --dump, --output, --hex-dump and --pcap: above
 * TLS, and below what is said to us as a proxy, which is copied, too. */
#include "session/layers.h"
#include "session/session.h"

static bool
layer_tap_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)side;
	(void)hop;
	return r->copies != NULL;
}

static enum result
layer_tap_begin(struct session *s, struct error *err)
{
	const struct copies_subject subject = {
		.local = &s->connection.local,
		.remote = &s->connection.remote,
		.name = s->to.host,
		.number = s->number,
		.accepted = s->side == SIDE_ACCEPTED,
		.datagrams = options_datagrams(s->run->options),
	};

	(void)err;
	s->net = copies_tap(s->run->copies, s->net, &subject);
	return RESULT_OK;
}

extern const struct layer layer_tap;
const struct layer layer_tap = {
	.name = "tap",
	.watches = true,
	.sides = SIDE_ACCEPTED | SIDE_DIALLED,
	.wanted = layer_tap_wanted,
	.begin = layer_tap_begin,
};
