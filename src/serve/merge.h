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

/* As server_run(); also with TLS, and DTLS. */
enum result	merge_run(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

/* Datagrams, each of which ends its last line.  `access' may be NULL. */
enum result	merge_run_datagrams(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

#endif
