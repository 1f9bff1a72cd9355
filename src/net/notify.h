/* SPDX-License-Identifier: ISC */
/* How a listener says that it is ready, so that nobody has to sleep. */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include "base/error.h"
#include "net/listen.h"

struct notify_options {
	int		 ready_fd;	/* -1: none */
	const char	*port_file;	/* NULL: none */
};

/*
 * --ready-fd: write one line "ADDR PORT" an address (or the path, for
 * UNIX-domain) to descriptor fd, in one write(2), and close it.
 */
enum result	notify_ready_fd(int fd, const struct listener *l,
		    struct error *err);

/* --port-file: put "PORT\n" into file, whole or not at all, by rename(2). */
enum result	notify_port_file(const char *file, const struct listener *l,
		    struct error *err);

/* Find the service manager, while its socket can be reached. */
void		notify_open(void);
void		notify_close(void);

/*
 * Send `state` ("READY=1") to the service manager that notify_open() found, if
 * any: sd_notify(3).  What goes wrong there is only said with -v.
 */
void		notify_service_manager(const char *state);

#endif
