/* SPDX-License-Identifier: ISC */
/*
 * Count the bytes that come from standard input (a pipe, or a socket's
 * datagrams), until nothing came for a while.
 *
 * usage: sink IDLE_MILLISECONDS LIMIT_MILLISECONDS [READY_FD]
 *
 * Prints how many bytes there were, and when the first and the last came
 * (nanoseconds of the monotonic clock).  The idle time counts from the first
 * byte on, LIMIT from the beginning.  With READY_FD, a UDP socket of its own
 * with a large buffer is what it counts.
 */
#include <err.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

#define BUFFER_SIZE	(1024 * 1024)

static int
open_socket(int ready_fd)
{
	int fd = common_bind(SOCK_DGRAM), size = 64 * BUFFER_SIZE, on = 1;

	/* As root there is no limit, otherwise net.core.rmem_max. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == -1)
		warn("UDP_GRO");
	common_announce(fd, ready_fd);
	return fd;
}

int
main(int argc, char **argv)
{
	static char data[BUFFER_SIZE];
	int64_t began = common_now(), first = 0, last = 0, limit;
	long long total = 0;
	int fd = STDIN_FILENO, idle;

	if (argc != 3 && argc != 4)
		errx(1, "usage: sink idle limit [ready_fd]");
	idle = (int)common_number(argv[1], 1, 3600000, "time");
	limit = common_number(argv[2], 1, 3600000, "time") * 1000000;
	if (argc == 4)
		fd = open_socket((int)common_number(argv[3], 0, 1023,
		    "descriptor"));
	while (common_now() - began < limit) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&pfd, 1, idle) == 0 && total > 0)
			break;
		if (pfd.revents == 0)
			continue;
		n = read(fd, data, sizeof(data));
		if (n <= 0)
			break;
		last = common_now();
		if (total == 0)
			first = last;
		total += n;
	}
	printf("%lld %lld %lld\n", total, (long long)first, (long long)last);
	return 0;
}
