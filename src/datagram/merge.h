/* SPDX-License-Identifier: ISC */
/* --merge of datagrams: what all peers send goes to standard output, in whole
 * lines.  Nothing is sent to them, and standard input is not read. */
#ifndef DATAGRAM_MERGE_H
#define DATAGRAM_MERGE_H

#include <stdint.h>

#include "base/error.h"
#include "net/access.h"
#include "net/listen.h"
#include "options/options.h"

/* Each datagram ends its last line.  l stays the caller's, and `access' may be
 * NULL. */
enum result	merge_run_datagrams(const struct options *o, int64_t deadline,
		    struct listener *l, struct access *access,
		    struct error *err);

#endif
