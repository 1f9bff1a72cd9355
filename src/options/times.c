/* SPDX-License-Identifier: ISC */
/* Spans that depend on each other, and on the kind of the connection. */
#include "base/clock.h"
#include "options/check.h"

/* -w 0 waits for nothing; but what goes on its way is given so long by a peer
 * that does not take it. */
#define AT_ONCE_STUCK	(10 * CLOCK_SECOND)

/* UDP has no end.  DTLS has one, which may get lost; and a client whose
 * handshake has lost something tries again after 1, 2 and 4 seconds (RFC 6347,
 * section 4.2.4.1), for which a listener waits.  A target of --forward has no
 * end, either. */
static int64_t
times_quit_after(const struct options *o)
{
	if (!options_datagrams(o))
		return CLOCK_NEVER;
	return o->tls.on && o->listening && o->forward.text == NULL ?
	    10 * CLOCK_SECOND : CLOCK_SECOND;
}

/* Who sends datagrams and has gone for good is not heard to have gone; what was
 * started for it is not kept for ever. */
static int64_t
times_idle_timeout(const struct options *o)
{
	if (o->pump.at_once)
		return AT_ONCE_STUCK;
	return o->wait == CLOCK_NEVER && options_datagrams(o) && o->listening &&
	    (o->command.exec != NULL || o->command.sh_exec != NULL ||
	    o->forward.text != NULL) ? 60 * CLOCK_SECOND : o->wait;
}

/* How long the first answer is waited for, with -u.  Where one is wanted, a
 * limit that was given is its limit. */
static int64_t
times_answer_within(const struct parser *p)
{
	const struct options *o = p->o;

	if (!options_datagrams(o))
		return CLOCK_NEVER;
	if (o->pump.at_once || options_given(p, "quit-after"))
		return o->pump.quit_after;
	if (o->pump.wants_answer && (o->pump.idle_timeout != CLOCK_NEVER ||
	    o->timeout != CLOCK_NEVER))
		return o->pump.idle_timeout;
	if (o->pump.reply)
		return o->reply_silence > CLOCK_SECOND ? o->reply_silence :
		    CLOCK_SECOND;
	/* As in nc; later answers come soon, or not at all. */
	return o->listening || o->wait == CLOCK_NEVER ? o->pump.quit_after :
	    o->wait;
}

void
options_times(struct parser *p)
{
	struct options *o = p->o;

	o->pump.at_once = o->wait == 0;
	if (!options_given(p, "connect-timeout"))
		o->dial.timeout = o->pump.at_once ? CLOCK_NEVER : o->wait;
	if (!options_given(p, "idle-timeout"))
		o->pump.idle_timeout = times_idle_timeout(o);
	if (!options_given(p, "quit-after"))
		o->pump.quit_after = o->listening ? times_quit_after(o) :
		    clock_earlier(times_quit_after(o), options_datagrams(o) ?
		    o->wait : CLOCK_NEVER);
	/* As in nc: nothing is left after that but to half-close. */
	if (!options_datagrams(o) && o->pump.quit_after == 0)
		o->pump.quit_after = CLOCK_NEVER;
	/* The key leaves, and whoever pressed it does not wait for a peer that
	 * may be dead: nothing is typed any more. */
	if (options_given(p, "raw")) {
		o->pump.quit_after = 0;
		o->pump.wait_acknowledged = false;
	}
	if (options_datagrams(o) && o->pump.at_once)
		o->pump.quit_after = 0;
	o->pump.reply = options_given(p, "reply");
	/* An answer and then silence is no idleness. */
	if (o->pump.reply)
		o->pump.quit_after = clock_earlier(o->reply_silence,
		    o->pump.idle_timeout);
	o->pump.wants_answer = options_datagrams(o) &&
	    (o->pump.reply || o->pump.read_limit > 0);
	o->pump.quit_unheard = times_answer_within(p);
}
