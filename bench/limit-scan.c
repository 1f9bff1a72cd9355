/* SPDX-License-Identifier: ISC */
/*
 * The limit of scanning: a connect for each port, all of them before waiting
 * for any, and one wait for the silent ones.
 *
 * usage: limit-scan HOST LOW HIGH MILLISECONDS
 *
 * Says how many ports are open, closed, silent.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

#define FLIGHT_MOST	900	/* below the usual limit of descriptors */

enum { OPEN, CLOSED, SILENT, VERDICTS };

/* Returns the descriptor if there is no verdict yet, else -1. */
static int
ask(const struct sockaddr_in *to, unsigned *count)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		count[OPEN]++;
	else if (errno == EINPROGRESS)
		return fd;
	else
		count[CLOSED]++;
	close(fd);
	return -1;
}

static void
settle(int fd, unsigned *count)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len);
	count[errnum == 0 ? OPEN : CLOSED]++;
	close(fd);
}

/* Wait until each has answered, or the time is over. */
static void
wait_for(struct pollfd *pfd, nfds_t n, int64_t until, unsigned *count)
{
	int64_t now;

	while (n > 0 && (now = common_now()) < until) {
		if (poll(pfd, n, (int)((until - now + 999999) / 1000000)) == -1)
			err(1, "poll");
		for (nfds_t i = n; i-- > 0;) {
			if (pfd[i].revents == 0)
				continue;
			settle(pfd[i].fd, count);
			pfd[i] = pfd[--n];
		}
	}
	count[SILENT] += (unsigned)n;
	while (n > 0)
		close(pfd[--n].fd);
}

int
main(int argc, char **argv)
{
	static struct pollfd pfd[FLIGHT_MOST];
	unsigned count[VERDICTS] = { 0 };
	struct sockaddr_in to;
	int64_t patience;
	nfds_t n = 0;
	long high;

	if (argc != 5)
		errx(1, "usage: limit-scan host low high milliseconds");
	to = common_address(argv[1], argv[2]);
	high = common_number(argv[3], 1, 65535, "port");
	patience = common_number(argv[4], 0, 60000, "time") * 1000000;
	for (long port = ntohs(to.sin_port); port <= high; port++) {
		int fd;

		to.sin_port = htons((uint16_t)port);
		fd = ask(&to, count);
		if (fd == -1)
			continue;
		pfd[n++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
		if (n == FLIGHT_MOST) {
			wait_for(pfd, n, common_now() + patience, count);
			n = 0;
		}
	}
	wait_for(pfd, n, common_now() + patience, count);
	printf("open %u closed %u silent %u\n", count[OPEN], count[CLOSED],
	    count[SILENT]);
	return 0;
}
