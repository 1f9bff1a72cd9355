/* SPDX-License-Identifier: ISC */
/* --starttls: what is said before TLS. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "io/handshake.h"
#include "session/layers.h"
#include "session/session.h"
#include "wire/starttls.h"

struct dialogue {
	struct starttls	 codec;
	char		 name[64];	/* in messages */
};

/* --- the codec's words for the handshake --------------------------------- */

static enum dialogue_verdict
dialogue_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct dialogue *d = state;

	*used = n;
	switch (starttls_feed(&d->codec, in, n)) {
	case STARTTLS_MORE:
		return DIALOGUE_MORE;
	case STARTTLS_DONE:
		return DIALOGUE_DONE;
	default:
		return DIALOGUE_REFUSED;
	}
}

static const unsigned char *
dialogue_output(void *state, size_t *n)
{
	struct dialogue *d = state;

	return starttls_output(&d->codec, n);
}

static void
dialogue_sent(void *state, size_t n)
{
	struct dialogue *d = state;

	starttls_sent(&d->codec, n);
}

static enum result
dialogue_refuse(void *state, const char *name, struct error *err)
{
	struct dialogue *d = state;
	char text[4 * 200 + 1];
	const unsigned char *said;
	size_t n;

	said = starttls_said(&d->codec, &n);
	log_escape(text, sizeof(text), (const char *)said, n < 200 ? n : 200);
	return error_set(err, RESULT_DENIED, "%s: %s%s%.600s%s", name,
	    starttls_verdict_text(d->codec.verdict), n > 0 ? ": \"" : "",
	    text, n > 0 ? "\"" : "");
}

/* What is glued to the last answer is no part of TLS. */
static const struct dialogue_codec dialogue_codec = {
	.feed = dialogue_feed,
	.output = dialogue_output,
	.sent = dialogue_sent,
	.refuse = dialogue_refuse,
	.greedy = true,
};

/* --- the layer ----------------------------------------------------------- */

static const char *
layer_starttls_protocol(const struct session *s)
{
	return s->run->options->tls.starttls;
}

static bool
layer_starttls_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)hop;
	return r->options->tls.starttls != NULL &&
	    (side == SIDE_TARGET ? r->tls_target : r->tls) != NULL;
}

static enum result
layer_starttls_begin(struct session *s, struct error *err)
{
	const struct tls_options *o = &s->run->options->tls;
	struct dialogue *d = xcalloc(1, sizeof(*d));
	enum starttls_protocol found;

	snprintf(d->name, sizeof(d->name), "--starttls %s", o->starttls);
	if (starttls_find(o->starttls, &found) && starttls_init(&d->codec,
	    found, o->name != NULL ? o->name : s->to.host)) {
		s->layer_state = d;
		return RESULT_OK;
	}
	error_set(err, RESULT_USAGE, "%s needs the name of the host (-e NAME)",
	    d->name);
	free(d);
	return err->result;
}

static void
layer_starttls_undo(struct session *s)
{
	free(s->layer_state);
	s->layer_state = NULL;
}

static enum result
layer_starttls_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	struct dialogue *d = s->layer_state;
	const struct handshake h = { &dialogue_codec, d, d->name };
	enum result result = handshake_step(&h, s->net, done, &wait->events,
	    err);

	if (result != RESULT_OK || !*done)
		return result;
	log_line(LOG_STEP, "%s: the peer is ready for TLS",
	    layer_starttls_protocol(s));
	layer_starttls_undo(s);
	return RESULT_OK;
}

static enum result
layer_starttls_late(const struct session *s, bool others, struct error *err)
{
	(void)others;
	return error_set(err, RESULT_TIMEOUT, "--starttls %s: no answer in "
	    "time", layer_starttls_protocol(s));
}

extern const struct layer layer_starttls;
const struct layer layer_starttls = {
	.name = "STARTTLS",
	.sides = SIDE_DIALLED | SIDE_TARGET,
	.raw_after = true,
	.wanted = layer_starttls_wanted,
	.begin = layer_starttls_begin,
	.step = layer_starttls_step,
	.undo = layer_starttls_undo,
	.late = layer_starttls_late,
};
