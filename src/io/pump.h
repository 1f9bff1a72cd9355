/* SPDX-License-Identifier: ISC */
/*
 * The pump: two flows between a connection and a local end, until both have
 * ended.  What ends when is the table "When does it end?" of sockcat(1).
 */
#ifndef IO_PUMP_H
#define IO_PUMP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/stream.h"

/* How long is enough for end_silence, where there is a choice. */
#define PUMP_END_SILENCE	(1 * CLOCK_SECOND)

/* How long our input may be silent if it is not waited for: whoever writes it
 * was started at the same time.  At a terminal, nothing is. */
#define PUMP_INPUT_SILENCE	(1 * CLOCK_SECOND)

/* What the user wants of every connection. */
struct pump_options {
	bool	 send;			/* read the local end */
	bool	 receive;		/* write the local end */
	bool	 half_close;		/* tell the peer when our input ends */
	bool	 end_unread;		/* without send, at once: as if that had
					 * ended */
	bool	 reply;			/* leave quit_after after the answer, in
					 * silence; without one it is a failure.
					 * With quit_in_silence */
	bool	 at_once;		/* wait for nothing: leave when all of
					 * our input has gone, or that pauses,
					 * with what has come */
	bool	 exit_on_eof;		/* leave when the peer's input ends */
	bool	 tell_at_once;		/* the peer, whatever it may make of it
					 * that our input has ended */
	bool	 send_rest;		/* ... when what there is of our input
					 * has gone, and it has been silent for
					 * rest_silence (ns) since */
	int64_t	 rest_silence;
	bool	 any_end;		/* however it comes: a reset, or the
					 * limit for idleness, is no failure,
					 * and who leaves in the midst of it
					 * closes as at the end */
	bool	 reader_may_leave;	/* of the output, with nothing for it,
					 * when our input has ended, too */
	bool	 wait_acknowledged;	/* at the end */
	bool	 crlf;
	bool	 telnet;
	uint64_t rate;			/* bytes a second, each way; 0: any */
	uint64_t read_limit;		/* leave after so many reads; 0: no */
	int64_t	 line_delay;		/* 0: no */
	int64_t	 quit_after;		/* input's end; CLOCK_NEVER: no */
	int64_t	 quit_unheard;		/* with quit_in_silence: instead, while
					 * nothing has come, unless the local
					 * end is duplex */
	bool	 wants_answer;		/* ... and if nothing has come then, it
					 * is a failure */
	bool	 quit_in_silence;	/* ... and the last byte either way;
					 * with next_fd only when the next
					 * client waits */
	bool	 quit_after_peer;	/* ... of the peer, too: our input never
					 * ends */
	int64_t	 idle_timeout;		/* CLOCK_NEVER: none */
};

/* What has gone each way so far, bytes, for other threads to look at. */
struct pump_traffic {
	_Atomic uint64_t	 sent;
	_Atomic uint64_t	 received;
};

static inline void
pump_traffic_set(struct pump_traffic *t, uint64_t sent, uint64_t received)
{
	atomic_store_explicit(&t->sent, sent, memory_order_relaxed);
	atomic_store_explicit(&t->received, received, memory_order_relaxed);
}

static inline uint64_t
pump_traffic_sent(struct pump_traffic *t)
{
	return atomic_load_explicit(&t->sent, memory_order_relaxed);
}

static inline uint64_t
pump_traffic_received(struct pump_traffic *t)
{
	return atomic_load_explicit(&t->received, memory_order_relaxed);
}

/* What is so of this connection, and its local end. */
struct pump_setup {
	int64_t	 end_silence;		/* where our end may be taken for that
					 * of both: half-close when the peer has
					 * been silent for so long; CLOCK_NEVER:
					 * when it has ended */
	bool	 asks;			/* name --reply where it would help */
	bool	 serial;		/* one client after another: our input
					 * is for all of them */
	bool	 among_many;		/* one of many: hold little */
	bool	 zero_copy;
	bool	 probe;			/* ask for signs of life more often,
					 * once nothing comes any more */
	bool	 local_may_leave;	/* a duplex local end that stops reading
					 * is no failure */
	bool	 (*local_cut)(void *context);	/* the local end is all closed:
					 * was it in the midst of what it had to
					 * say?  Then the peer is reset when it
					 * has what was said.  NULL: no */
	void	*local_cut_context;
	uint64_t already_sent;		/* bytes, before the pump ran */
	struct pump_traffic *traffic;	/* is kept up to date; or NULL */
	int64_t	 deadline;		/* of the whole run */
	const int *next_fd;		/* serial: readable when the next client
					 * waits; -1 ends the array */
};

/* Whether o wants anything of the bytes, or of how they end, that whoever has
 * the socket instead of the pump would not do. */
bool	pump_options_concern_bytes(const struct pump_options *o);

/* Which of the two ended first. */
enum pump_first {
	PUMP_FIRST_NONE,		/* neither has */
	PUMP_FIRST_PEER,
	PUMP_FIRST_LOCAL,
};

struct pump_counts {
	uint64_t	 sent;
	uint64_t	 received;
	size_t		 in_doubt;	/* sent, not acknowledged */
	bool		 peer_ended;	/* nothing more would have come */
	bool		 local_ended;
	bool		 local_failed;	/* what the error says */
	enum pump_first	 first;
	int64_t		 first_sent;	/* byte; base/clock, 0: there was
					 * none */
	int64_t		 first_received;
};

/*
 * Pump until the end; o and what setup points to have to last so long.  Neither
 * stream is closed, but *abort says whether the network's has to be reset when
 * it is.  On a failure err says what it was and how many bytes went each way.
 */
enum result	pump_run(struct stream *net, struct stream *local,
		    const struct pump_options *o,
		    const struct pump_setup *setup,
		    struct pump_counts *counts, bool *abort,
		    struct error *err);

/*
 * Somebody else has moved the bytes, and is done: take leave of net, as a pump
 * does.  What still comes is read and forgotten, and where that is wanted, wait
 * until the peer's system has acknowledged all that it was sent, or `deadline'
 * (RESULT_TIMEOUT) or a signal has come.  net is not closed.  On a failure err
 * says what it was, and what is in doubt.
 */
enum result	pump_settle(struct stream *net, bool wait_acknowledged,
		    int64_t deadline, struct error *err);

/*
 * pump_run() in turns, for those who wait for many pumps at once.  The streams
 * stay the caller's and must be sockets; they and o have to last until
 * pump_finish(), which releases what this returns.
 */
struct pump	*pump_open(struct stream *net, struct stream *local,
		    const struct pump_options *o,
		    const struct pump_setup *setup);

enum pump_turn {
	PUMP_WAITS,		/* for what pump_wants() says, without limit */
	PUMP_GOES_ON,		/* it has used up its share */
	PUMP_ENDED,		/* pump_finish() does not take long */
	PUMP_NEEDS_THREAD,	/* it has a time to keep, or something to wait
				 * for at the end: pump_finish() does that */
};

/*
 * Move what can be moved without waiting.  net and local are revents of poll(2)
 * for the two sockets, 0 if nothing is known.
 */
enum pump_turn	pump_turn(struct pump *p, short net, short local);

/* The events of poll(2) that it waits for, 0 for failures alone; -1: not even
 * those. */
void		pump_wants(const struct pump *p, short *net, short *local);

/* Like pump_run(), from where it is to the end. */
enum result	pump_finish(struct pump *p, struct pump_counts *counts,
		    bool *abort, struct error *err);

#endif
