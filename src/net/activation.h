/* SPDX-License-Identifier: ISC */
/* Sockets that a service manager has opened: sd_listen_fds(3). */
#ifndef NET_ACTIVATION_H
#define NET_ACTIVATION_H

#include "base/error.h"
#include "net/listen.h"

/*
 * Take the sockets that LISTEN_FDS and LISTEN_PID tell of into l: all of type
 * `type' and bound, streams listening.  They are never bound again, and their
 * paths never removed.  RESULT_LOCAL says what is wrong with them.
 */
enum result	activation_take(int type, struct listener *l,
		    struct error *err);

#endif
