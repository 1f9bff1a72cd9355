/* SPDX-License-Identifier: ISC */
/* A handshake that nobody needs, as an example: who dials says a line, and who
 * accepts says whether it is the right one.  MADE_UP=password asks for it,
 * MADE_UP_WORD is the word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/handshake.h"
#include "session/layers.h"
#include "session/session.h"

#define LINE_MOST	64

struct password {
	bool			 asks;		/* it has dialled */
	enum dialogue_verdict	 verdict;
	char			 line[LINE_MOST];	/* of the peer */
	size_t			 line_n;
	char			 output[LINE_MOST];
	size_t			 output_n, sent_n;
};

static void
password_say(struct password *p, const char *line)
{
	p->output_n = (size_t)snprintf(p->output, sizeof(p->output), "%s\n",
	    line);
}

static const char *
password_word(void)
{
	const char *word = getenv("MADE_UP_WORD");

	return word != NULL ? word : "sesame";
}

/* The peer has said a line. */
static void
password_judge(struct password *p)
{
	bool good = strcmp(p->line, p->asks ? "welcome" : password_word()) ==
	    0;

	p->verdict = good ? DIALOGUE_DONE : DIALOGUE_REFUSED;
	if (!p->asks)
		password_say(p, good ? "welcome" : "no");
}

static enum dialogue_verdict
password_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct password *p = state;

	for (*used = 0; *used < n && p->verdict == DIALOGUE_MORE; ++*used) {
		if (in[*used] == '\n')
			password_judge(p);
		else if (p->line_n == LINE_MOST - 1)
			p->verdict = DIALOGUE_REFUSED;
		else
			p->line[p->line_n++] = (char)in[*used];
	}
	return p->verdict;
}

static const unsigned char *
password_output(void *state, size_t *n)
{
	struct password *p = state;

	*n = p->output_n - p->sent_n;
	return (const unsigned char *)p->output + p->sent_n;
}

static void
password_sent(void *state, size_t n)
{
	struct password *p = state;

	p->sent_n += n;
}

static enum result
password_refuse(void *state, const char *name, struct error *err)
{
	struct password *p = state;

	return error_set(err, RESULT_DENIED, p->asks ?
	    "%s: the peer says no" : "%s: that is not the word", name);
}

static const struct dialogue_codec password_codec = {
	.feed = password_feed,
	.output = password_output,
	.sent = password_sent,
	.refuse = password_refuse,
};

static bool
layer_password_wanted(const struct run *r, enum session_side side, size_t hop)
{
	(void)hop;
	const char *wanted = getenv("MADE_UP");

	(void)r;
	(void)side;
	return wanted != NULL && strstr(wanted, "password") != NULL;
}

static enum result
layer_password_begin(struct session *s, struct error *err)
{
	struct password *p = xcalloc(1, sizeof(*p));

	(void)err;
	p->asks = s->side != SIDE_ACCEPTED;
	p->verdict = DIALOGUE_MORE;
	if (p->asks)
		password_say(p, password_word());
	s->layer_state = p;
	return RESULT_OK;
}

static void
layer_password_undo(struct session *s)
{
	free(s->layer_state);
	s->layer_state = NULL;
}

static enum result
layer_password_step(struct session *s, bool *done, struct layer_wait *wait,
    struct error *err)
{
	const struct handshake h = { &password_codec, s->layer_state,
	    "password" };
	enum result result = handshake_step(&h, s->net, done, &wait->events,
	    err);

	if (result == RESULT_OK && *done)
		layer_password_undo(s);
	return result;
}

static enum result
layer_password_late(const struct session *s, bool others, struct error *err)
{
	(void)s;
	return error_set(err, RESULT_TIMEOUT, others ?
	    "password: given up, for others" : "password: not said in time");
}

extern const struct layer layer_password;
const struct layer layer_password = {
	.name = "password",
	.sides = SIDE_ACCEPTED | SIDE_DIALLED | SIDE_TARGET,
	.raw_after = true,
	.wanted = layer_password_wanted,
	.begin = layer_password_begin,
	.step = layer_password_step,
	.undo = layer_password_undo,
	.late = layer_password_late,
};
