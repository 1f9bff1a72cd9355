/* SPDX-License-Identifier: ISC */
/* Names of UNIX-domain sockets in the file system: unix(7). */
#ifndef NET_UNIXPATH_H
#define NET_UNIXPATH_H

#include <sys/types.h>

#include "base/error.h"

/* A socket that we made at a path, to be removed again.  Zeroed: none. */
struct unix_claim {
	char	*path;
	int	 dir_fd;	/* of its directory; or -1 */
	dev_t	 dev;
	ino_t	 ino;
	pid_t	 keeper;	/* a process that removes it, or 0; when this */
	int	 keeper_fd;	/* is closed */
};

/*
 * bind(2) fd, of socket type `type`, to path ('@name': abstract).  A socket
 * that is there and that nobody serves is replaced; one that is served, and
 * anything else, is left alone and RESULT_LOCAL returned.
 */
enum result	unixpath_bind(int fd, int type, const char *path,
		    struct unix_claim *claim, struct error *err);

/*
 * Before rights are given up: leave the removing to a process that keeps them
 * and does nothing else, so that no directory outside of a new root stays open.
 * Before there are threads.  RESULT_LOCAL.
 */
enum result	unixpath_delegate(struct unix_claim *claim,
		    struct error *err);

/* Remove what was claimed, if it is still what stands there. */
void		unixpath_release(struct unix_claim *claim);

#endif
