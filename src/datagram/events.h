/* SPDX-License-Identifier: ISC */
/* Descriptors that epoll(7) watches for a listener of datagrams, and what an
 * event is about: a kind, and which one of those. */
#ifndef DATAGRAM_EVENTS_H
#define DATAGRAM_EVENTS_H

#include <stdint.h>
#include <sys/epoll.h>

enum event_kind {
	EVENT_SOCKET,		/* number: which one of the listener's */
	EVENT_PEER,		/* its own in struct peer */
	EVENT_LOOKUP,		/* of a name, 0 */
	EVENT_WAKE,		/* by another thread, 0 */
};

/* Wait until fd can be read.  -1 with errno. */
int		events_add(int epoll_fd, int fd, enum event_kind kind,
		    uint64_t number);

/* A command that is about to be started has a copy of fd for a moment, so that
 * closing it does not end what epoll watches: this comes before. */
void		events_remove(int epoll_fd, int fd);

enum event_kind	events_kind(const struct epoll_event *event);
uint64_t	events_number(const struct epoll_event *event);

#endif
