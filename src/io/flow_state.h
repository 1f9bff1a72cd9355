/* SPDX-License-Identifier: ISC */
/* What the files flow*.c share, and nobody else. */
#ifndef IO_FLOW_STATE_H
#define IO_FLOW_STATE_H

#include "io/flow.h"

#define COPY_SIZE	(128 * 1024)	/* bytes of the buffer, when copying */

/* A transfer shorter than this has emptied the source, most likely: wait for
 * more instead of asking again. */
#define SHORT_TRANSFER	4096

/* Up to here, reading and writing costs less than leaving the bytes in the
 * kernel. */
#define SMALL_TRANSFER	(8 * 1024)

/* System calls before the other direction gets its turn. */
#define FAIR_CALLS	16

/* --- flow_state.c -------------------------------------------------------- */

/* The flow f is over: what flow_step() says of that. */
enum flow_step	flow_end(struct flow *f);
enum flow_step	flow_sink_failed(struct flow *f, int errnum);

/* The source has said its end; what came is still delivered. */
void		flow_source_ended(struct flow *f);

/* The source broke: nothing more comes, but what came is still delivered. */
void		flow_source_failed(struct flow *f, int errnum);

/* A read said -1, or 0, and nothing is pending: the flow is over. */
enum flow_step	flow_end_of_source(struct flow *f, ssize_t n);

/* A write said -1: FLOW_BLOCKED, or the sink has failed. */
enum flow_step	flow_write_failed(struct flow *f);

/* One more read, n more bytes in the sink. */
void		flow_count_read(struct flow *f);
void		flow_moved(struct flow *f, size_t n);

/* Whether the rate allows nothing now; as much of n as it does. */
bool		flow_spent(const struct flow *f);
size_t		flow_allowed(const struct flow *f, size_t n);

/* --- the ways, a step on each -------------------------------------------- */

/* flow_kernel.c: one that is not to be had here becomes FLOW_COPY. */
enum flow_step	flow_step_sendfile(struct flow *f);
enum flow_step	flow_step_splice(struct flow *f);
enum flow_step	flow_step_splice_via(struct flow *f);

/* flow_copy.c */

/* Whether the flow, which is one of those above, goes better by copying now,
 * and a step of that; FLOW_MOVED: it may go on by the kernel. */
bool		flow_is_small(const struct flow *f);
enum flow_step	flow_step_small(struct flow *f, int64_t now);

enum flow_step	flow_step_copy(struct flow *f, int64_t now);

/* The flow f has to wait: one of many does not keep a buffer that is empty. */
void		flow_give_back(struct flow *f);

enum flow_step	flow_step_discard(struct flow *f);

#endif
