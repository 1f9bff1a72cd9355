/* SPDX-License-Identifier: ISC */
/* The environment of a command on a connection: ours, and who is connected, in
 * the words of UCSPI and of Ncat.  What a stranger chose has no controls in
 * it; our secrets are left out. */
#ifndef SERVE_ENVIRONMENT_H
#define SERVE_ENVIRONMENT_H

#include <stdbool.h>

#include "base/facts.h"
#include "net/addr.h"

struct environment_peer {
	const char		*proto;		/* TCP, UDP, UNIX, ... */
	const char		*remote_host;	/* its name, or NULL */
	bool			 stranger;	/* it has come to us */
	bool			 announced;	/* both addresses are what
						 * somebody else says */
	const struct addr	*local;
	const struct addr	*remote;
	int			 fd;		/* UNIX: who is there; or -1 */
	const struct facts	*facts;		/* of its layers; or NULL */
};

/* A new array, for posix_spawn(3); the caller gives it back. */
char	**environment_make(const struct environment_peer *peer);
void	environment_free(char **env);

#endif
