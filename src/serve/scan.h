/* SPDX-License-Identifier: ISC */
/* -z: which ports are open?  Many attempts at a time. */
#ifndef SERVE_SCAN_H
#define SERVE_SCAN_H

#include "base/error.h"
#include "options/options.h"

/*
 * Try every port of o and report, one line each on standard output: host, port
 * and "open", "closed" or "silent" ("no-answer" for UDP), in the order of the
 * command line.  RESULT_OK if any is open; otherwise what stopped us:
 * RESULT_REFUSED if any was closed, RESULT_TIMEOUT if all were silent.  With
 * --retry, RESULT_OK when all are open, RESULT_TIMEOUT when they were not in
 * time.
 */
enum result	scan_run(const struct options *o, int64_t deadline,
		    struct error *err);

#endif
