/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

int64_t
common_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

long
common_number(const char *text, long low, long high, const char *what)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < low || n > high)
		errx(1, "%s %s: not a number from %ld to %ld", what, text, low,
		    high);
	return n;
}

struct sockaddr_in
common_address(const char *host, const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_port = htons((uint16_t)common_number(port, 0, 65535, "port"));
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		errx(1, "%s: not an IPv4 address", host);
	return sin;
}

int
common_bind(int type)
{
	struct sockaddr_in sin = common_address("127.0.0.1", "0");
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	if (bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	if (type == SOCK_STREAM && listen(fd, SOMAXCONN) == -1)
		err(1, "listen");
	return fd;
}

void
common_announce(int fd, int ready_fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	char text[64];
	int n;

	if (getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "getsockname");
	n = snprintf(text, sizeof(text), "127.0.0.1 %u\n",
	    ntohs(sin.sin_port));
	common_write(ready_fd, text, (size_t)n);
	close(ready_fd);
}

int
common_accept(int ready_fd)
{
	int listener = common_bind(SOCK_STREAM), fd;

	common_announce(listener, ready_fd);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1)
		err(1, "accept");
	close(listener);
	return fd;
}

int
common_connect(int type, const char *host, const char *port)
{
	struct sockaddr_in sin = common_address(host, port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect to %s port %s", host, port);
	return fd;
}

void
common_write(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w == -1)
			err(1, "write");
		p += w;
		n -= (size_t)w;
	}
}

int
common_read(int fd, void *data, size_t n)
{
	char *p = data;

	while (n > 0) {
		ssize_t r = read(fd, p, n);

		if (r == -1)
			err(1, "read");
		if (r == 0)
			return 0;
		p += r;
		n -= (size_t)r;
	}
	return 1;
}
