/* SPDX-License-Identifier: ISC */
/*
 * Accept connections and close them, until standard input ends.
 *
 * usage: accept READY_FD
 */
#include <err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

int
main(int argc, char **argv)
{
	int listener, fd;
	struct pollfd pfd[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};

	if (argc != 2)
		errx(1, "usage: accept ready_fd");
	listener = common_bind(SOCK_STREAM);
	common_announce(listener, (int)common_number(argv[1], 0, 1023,
	    "descriptor"));
	pfd[1].fd = listener;
	for (;;) {
		if (poll(pfd, 2, -1) == -1)
			err(1, "poll");
		if (pfd[0].revents != 0)
			return 0;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1)
			err(1, "accept");
		close(fd);
	}
}
