/* SPDX-License-Identifier: ISC */
/*
 * A way: what a run does with its sessions.  Each is a file and a row of
 * run/ways.c; the first one that is wanted is taken.
 */
#ifndef SESSION_WAY_H
#define SESSION_WAY_H

#include "base/error.h"
#include "io/pump.h"
#include "net/listen.h"
#include "session/run.h"
#include "session/session.h"

struct way {
	bool		(*wanted)(const struct run *r);

	/* A way without sessions does all by itself: a run (a scan), or that of
	 * a listener of datagrams, whose sockets are l's, which stays the
	 * caller's.  Else NULL. */
	enum result	(*run)(const struct run *r, struct error *err);
	enum result	(*listen)(const struct run *r, struct listener *l,
			    struct error *err);

	/* Before the first session: what all of them share, *context.  On
	 * RESULT_OK close ends it, when there is none any more, with the result
	 * of the run so far, and returns what it is now.  Either may be
	 * NULL. */
	enum result	(*open)(const struct run *r, void **context,
			    struct error *err);
	enum result	(*close)(void *context, enum result result,
			    struct error *err);

	/* Serve one session, and close it; with what is in a way's context, or
	 * NULL.  Called from several threads, unless one_at_a_time. */
	enum result	(*serve)(void *context, struct session *s,
			    struct error *err);

	/* For many whose bytes are only moved, which goes in turns then (see
	 * session_open()): the local end of s, which is stacked; a socket, or
	 * what is woken as one.  NULL: it failed, as err says; s is left to the
	 * caller, closed or not.  NULL instead of a function: there is no such
	 * thing. */
	struct stream	*(*connect)(void *context, struct session *s,
			    struct error *err);

	/* Whether s, which is stacked, is one of those; the others are served
	 * in a thread.  NULL: all are. */
	bool		(*moves)(const struct session *s);

	/* An eventfd that says that it is enough, and that the clients know; -1
	 * or NULL: there is none. */
	int		(*stop_fd)(void *context);

	unsigned	 descriptors;	/* that a session takes, its own too */
	bool		 one_at_a_time;	/* sessions share the local end, and how
					 * each of them went is how the run
					 * went */
	bool		 starts_commands;
	bool		 privileged;	/* serves before rights are given up */
};

#endif
