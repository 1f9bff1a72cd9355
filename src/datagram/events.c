/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "datagram/events.h"

#define KIND_SHIFT	56
#define NUMBER_MASK	(((uint64_t)1 << KIND_SHIFT) - 1)

int
events_add(int epoll_fd, int fd, enum event_kind kind, uint64_t number)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u64 = (uint64_t)kind << KIND_SHIFT | number,
	};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void
events_remove(int epoll_fd, int fd)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

enum event_kind
events_kind(const struct epoll_event *event)
{
	return (enum event_kind)(event->data.u64 >> KIND_SHIFT);
}

uint64_t
events_number(const struct epoll_event *event)
{
	return event->data.u64 & NUMBER_MASK;
}
