/* SPDX-License-Identifier: ISC */
/*
 * One client of a broker sends, the others receive.  One of them compares what
 * comes; the others only count, so that they take little time (MSG_TRUNC of
 * tcp(7) throws away without copying).
 *
 * usage: fanout HOST PORT RECEIVERS MIB [STUCK]
 *		Prints the seconds until all of them had all of it.  STUCK more
 *		clients never read.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

#define PERIOD	251		/* of what is sent */
#define BLOCK	(256 * 1024)

struct receiver {
	int	fd;
	bool	compares;
	size_t	got;
};

static char	expected[BLOCK + PERIOD];
static char	block[BLOCK];

/* Returns whether it has all now. */
static int
receive(struct receiver *r, size_t total)
{
	ssize_t n = recv(r->fd, block, sizeof(block),
	    r->compares ? 0 : MSG_TRUNC);

	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n < 1)
		errx(1, "a receiver has %zu of %zu bytes, and then: %s",
		    r->got, total, n == 0 ? "the end" : strerror(errno));
	if (r->compares &&
	    memcmp(block, expected + r->got % PERIOD, (size_t)n) != 0)
		errx(1, "wrong bytes behind %zu", r->got);
	r->got += (size_t)n;
	return r->got == total;
}

int
main(int argc, char **argv)
{
	struct receiver *receiver;
	struct epoll_event event = { .events = EPOLLIN };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC), sender;
	size_t total, sent = 0, count, done = 0;
	int64_t began;

	if ((argc != 5 && argc != 6) || epoll_fd == -1)
		errx(1, "see the comment in fanout.c");
	count = (size_t)common_number(argv[3], 1, 10000, "receivers");
	total = (size_t)common_number(argv[4], 1, 100000, "MiB") << 20;
	for (size_t i = 0; i < sizeof(expected); i++)
		expected[i] = (char)(i % PERIOD);
	receiver = calloc(count, sizeof(*receiver));
	if (receiver == NULL)
		err(1, "calloc");
	for (int i = argc == 6 ? atoi(argv[5]) : 0; i > 0; i--)
		common_connect(SOCK_STREAM, argv[1], argv[2]);
	for (size_t i = 0; i < count; i++) {
		receiver[i].fd = common_connect(SOCK_STREAM, argv[1], argv[2]);
		fcntl(receiver[i].fd, F_SETFL, O_NONBLOCK);
		event.data.ptr = &receiver[i];
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, receiver[i].fd, &event);
	}
	receiver[0].compares = true;
	sender = common_connect(SOCK_STREAM, argv[1], argv[2]);
	sleep(1);		/* until all of them have been let in */
	fcntl(sender, F_SETFL, O_NONBLOCK);
	event.events = EPOLLOUT;
	event.data.ptr = NULL;
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, sender, &event);
	began = common_now();
	while (done < count) {
		struct epoll_event now[64];
		int n = epoll_wait(epoll_fd, now, 64, 20000);

		if (n < 1)
			errx(1, "nothing happens; %zu have all, sent %zu",
			    done, sent);
		for (int i = 0; i < n; i++) {
			size_t left = total - sent;
			ssize_t w;

			if (now[i].data.ptr != NULL) {
				done += (size_t)receive(now[i].data.ptr, total);
				continue;
			}
			w = write(sender, expected + sent % PERIOD,
			    left < BLOCK ? left : BLOCK);
			if (w == -1 && errno != EAGAIN)
				err(1, "send");
			sent += w > 0 ? (size_t)w : 0;
			if (sent == total)
				epoll_ctl(epoll_fd, EPOLL_CTL_DEL, sender,
				    NULL);
		}
	}
	printf("%.6f\n", (double)(common_now() - began) / 1e9);
	return 0;
}
