/* SPDX-License-Identifier: ISC */
/* --merge: what all clients send goes to standard output, in whole lines.
 * Nothing is sent to them, and standard input is not read. */
#ifndef SERVE_MERGE_H
#define SERVE_MERGE_H

#include <stdint.h>

#include "base/error.h"
#include "net/access.h"
#include "net/listen.h"
#include "options/options.h"
#include "serve/gather.h"

/* As server_run(); also with TLS, and DTLS. */
enum result	merge_run(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

/*
 * The end of a run, whose result was that of the senders: g is ended, and what
 * became of the output counts for more; but whose signal came first, dies of
 * it.
 */
enum result	merge_end(struct gather *g, int64_t deadline,
		    enum result result, struct error *err);

#endif
