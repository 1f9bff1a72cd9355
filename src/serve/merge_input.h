/* SPDX-License-Identifier: ISC */
/* Standard input, for every client of a merge.  It is read while there is
 * somebody, as fast as the slowest takes it, and who comes late gets what comes
 * from then on. */
#ifndef SERVE_MERGE_INPUT_H
#define SERVE_MERGE_INPUT_H

#include "io/stream.h"
#include "options/options.h"

struct merge_input;

/* One thread reads it.  o is lent. */
struct merge_input	*merge_input_new(const struct options *o);

/* When no stream of it is left.  It is not read any more. */
void	merge_input_end(struct merge_input *in);

/*
 * The local end of one client: what it reads is standard input, and what it
 * writes goes to `output', which is its own from now on.  NULL with errno: no
 * descriptor, output is the caller's still.
 */
struct stream	*merge_input_join(struct merge_input *in,
		    struct stream *output);

#endif
