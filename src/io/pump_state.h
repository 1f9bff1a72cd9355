/* SPDX-License-Identifier: ISC */
/* What a pump is made of, for the files pump*.c alone. */
#ifndef IO_PUMP_STATE_H
#define IO_PUMP_STATE_H

#include <poll.h>

#include "io/flow.h"
#include "io/idle.h"
#include "io/pump.h"
#include "net/listen.h"
#include "wire/crlf.h"
#include "wire/telnet.h"

enum {
	SLOT_OUT_SOURCE,
	SLOT_OUT_SINK,
	SLOT_IN_SOURCE,
	SLOT_IN_SINK,
	SLOT_WATCH_LOCAL,	/* the reader of standard output goes away */
	SLOT_WATCH_NET,		/* the peer dies */
	SLOT_SIGNALS,
	SLOT_NEXT,		/* the next client waits */
	SLOT_COUNT = SLOT_NEXT + LISTEN_MAX + 1
};

enum phase {
	PHASE_RUN,
	PHASE_DRAIN,		/* -q is over; deliver what came */
	PHASE_BROKEN,		/* the network failed; deliver what came */
	PHASE_DONE,
};

enum pump_local {
	LOCAL_OPEN,
	LOCAL_GONE,	/* a duplex one, and what it still has to say
				 * is sent */
	LOCAL_FAILED,
};

/* An end that is not passed on yet; see pump_end.c. */
struct pump_end {
	bool	 due;
	int64_t	 pause;		/* silence before; CLOCK_NEVER: until the other
				 * direction has ended */
	int64_t	 since;
};

struct pump {
	struct stream			*net;
	struct stream			*local;	/* NULL: pump_settle() */
	const struct pump_options	*o;
	struct pump_setup		 setup;
	struct flow			 out;
	struct flow			 in;
	struct crlf			 crlf;
	struct telnet			 telnet;
	struct filter			 out_filter;
	struct filter			 in_filter;
	enum phase			 phase;
	struct pump_end			 net_end;
	struct pump_end			 local_end;
	bool				 half_closed;	/* before the peer */
	bool				 resting;	/* see send_rest */
	int64_t				 rest_at;	/* it is silent then */
	bool				 hung_up;	/* POLLHUP was seen */
	bool				 opening_seen;	/* by pump_opening.c */
	bool				 abort;	/* left before the end: the peer
						 * must not take it for one */
	enum pump_local			 local_state;
	bool				 undelivered;	/* bytes that it did
							 * not take */
	int64_t				 now;
	int64_t				 active;	/* the last move */
	int64_t				 heard;		/* ... of our input */
	int64_t				 look_at;	/* see pump_at_once.c */
	int64_t				 look_pause;
	struct idle			 idle;
	enum pump_first			 first;
	int64_t				 first_sent;	/* byte; or 0 */
	int64_t				 first_received;
	size_t				 unacked;	/* at the end */
	int64_t				 quit_at;
	int64_t				 probe_at;	/* see PROBE_AFTER */
	uint64_t			 drain_to;	/* received bytes */
	struct error			 failure;
	struct pollfd			 pfd[SLOT_COUNT];
	nfds_t				 slots;		/* in use */
};

/* --- pump_state.c -------------------------------------------------------- */

/* Whether there is, or may be, something to send: once the connection is broken
 * nothing goes any more, not even what was injected. */
bool	pump_sends(const struct pump *p);

/* Whether both are, whatever is unflushed. */
bool	pump_flows_are_over(const struct pump *p);

/* Bytes sent, and not acknowledged. */
size_t	pump_in_doubt(const struct pump *p);

/* A layer's farewell may find that the peer has left: it had all it wanted. */
bool	pump_only_farewell(const struct pump *p);

/* --- pump_opening.c ------------------------------------------------------ */

/* Before what has come is read. */
void	pump_look_at_opening(struct pump *p);

/* --- pump_end.c ---------------------------------------------------------- */

/* What is due before the first step of the flows. */
void	pump_begin_ends(struct pump *p);

/* Standard input has ended and everything of it is sent. */
void	pump_input_ended(struct pump *p);

/* The peer has ended its direction and everything of it is written. */
void	pump_peer_ended(struct pump *p);

/* Tell the local end that nothing more comes.  False: it failed. */
bool	pump_shut_local(struct pump *p);

/* From now on the system asks whether the peer is alive. */
void	pump_probe(const struct pump *p);

/* When an end that is due has to be passed on, if nothing happens before;
 * CLOCK_NEVER. */
int64_t	pump_ends_at(const struct pump *p);

/* Pass on the end whose time has come. */
void	pump_check_ends(struct pump *p);

/* --- pump_at_once.c ------------------------------------------------------ */

/* With at_once: when to look whether it is time to leave; CLOCK_NEVER. */
int64_t	pump_at_once_at(const struct pump *p);

/* Look whether it is time to leave.  True: it is. */
bool	pump_check_at_once(struct pump *p);

/* --- pump_failure.c ------------------------------------------------------ */

/* What went wrong first is kept in p->failure; phase and abort say what is left
 * to be done. */

/* The peer has ended without an answer. */
void	pump_unanswered(struct pump *p);

/* The network failed: what came from it is still written. */
void	pump_net_failed(struct pump *p, int errnum);

/* The local end failed; that it reads no more is told to the next function. */
void	pump_local_failed(struct pump *p, const char *what, int errnum);
void	pump_output_failed(struct pump *p, int errnum);

/* A time is over, which `what' names. */
void	pump_timed_out(struct pump *p, const char *what);

/* Left before the end: whether the peer must not take it for a good one.  We
 * had not said all, or something that the peer said is not where it should
 * be. */
bool	pump_is_cut(const struct pump *p);

/* --- pump_wait.c --------------------------------------------------------- */

/* What poll(2) has to look at, into p->pfd. */
void	pump_fill_slots(struct pump *p);

/* When there is something to do even if nothing happens; CLOCK_NEVER. */
int64_t	pump_wake_at(const struct pump *p);

/* After poll(2): do what p->pfd says, if it found `something', and what it is
 * time for. */
void	pump_woken(struct pump *p, bool something);

/* Fill the slots, poll(2), and do what it says; it does not wait if there is
 * more to do (`again'). */
void	pump_wait(struct pump *p, bool again);

/* --- pump_leave.c -------------------------------------------------------- */

/* Both directions are over: wait until the last byte is acknowledged. */
void	pump_leave(struct pump *p);

/* Fill *err with p->failure and how many bytes went each way. */
void	pump_describe_failure(struct pump *p, struct error *err);

#endif
