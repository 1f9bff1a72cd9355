/* SPDX-License-Identifier: ISC */
/*
 * Echo what comes on any number of connections, until standard input ends.
 *
 * usage: echo READY_FD
 */
#include <err.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

static char	block[65536];

static void
watch(int epoll_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		err(1, "epoll_ctl");
}

static void
echo(int fd)
{
	ssize_t n = recv(fd, block, sizeof(block), MSG_DONTWAIT);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n < 1 || send(fd, block, (size_t)n, MSG_NOSIGNAL) != n)
		close(fd);
}

int
main(int argc, char **argv)
{
	struct epoll_event event[64];
	struct rlimit limit;
	int listener, epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 2 || epoll_fd == -1)
		errx(1, "usage: echo ready_fd");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	listener = common_bind(SOCK_STREAM);
	common_announce(listener, (int)common_number(argv[1], 0, 1023,
	    "descriptor"));
	watch(epoll_fd, listener);
	watch(epoll_fd, STDIN_FILENO);
	for (;;) {
		int n = epoll_wait(epoll_fd, event, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd = event[i].data.fd;

			if (fd == STDIN_FILENO)
				return 0;
			if (fd != listener) {
				echo(fd);
				continue;
			}
			fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			if (fd != -1)
				watch(epoll_fd, fd);
		}
	}
}
