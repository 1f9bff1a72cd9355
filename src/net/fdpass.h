/* SPDX-License-Identifier: ISC */
/* A descriptor handed to another process: unix(7), SCM_RIGHTS. */
#ifndef NET_FDPASS_H
#define NET_FDPASS_H

#include "base/error.h"

/*
 * Send fd, in blocking mode as ssh's ProxyUseFdpass expects it, over the
 * UNIX-domain socket `to`.  The caller still owns fd.  RESULT_LOCAL.
 */
enum result	fdpass_send(int to, int fd, struct error *err);

#endif
