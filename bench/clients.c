/* SPDX-License-Identifier: ISC */
/*
 * Many clients of an echo server.
 *
 * usage: clients rate HOST PORT COUNT AT_ONCE
 *		COUNT connections, AT_ONCE of them at a time: each sends 64
 *		bytes, waits for all of them to come back, and closes.  Prints
 *		the seconds that it took.
 *	  clients hold HOST PORT COUNT
 *		COUNT connections at once: each sends 64 bytes and waits for
 *		them to come back.  Then prints "held COUNT", and leaves when
 *		standard input ends.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

#define MESSAGE	64

struct client {
	int	fd;
	bool	sent;
	size_t	got;
};

static struct sockaddr_in	server;
static int			epoll_fd;

static void
client_start(struct client *c)
{
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = c };

	c->sent = false;
	c->got = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		err(1, "socket");
	if (connect(c->fd, (struct sockaddr *)&server, sizeof(server)) == -1 &&
	    errno != EINPROGRESS)
		err(1, "connect");
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event) == -1)
		err(1, "epoll_ctl");
}

/* Whether its message is back. */
static bool
client_step(struct client *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	char text[MESSAGE];
	ssize_t n;

	if (!c->sent) {
		memset(text, 'x', sizeof(text));
		if (send(c->fd, text, sizeof(text), MSG_NOSIGNAL) != MESSAGE)
			err(1, "send");
		c->sent = true;
		epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
		return false;
	}
	n = recv(c->fd, text, sizeof(text), 0);
	if (n == -1 && errno == EAGAIN)
		return false;
	if (n < 1)
		errx(1, "after %zu bytes: %s", c->got, n == 0 ? "the end" :
		    strerror(errno));
	c->got += (size_t)n;
	return c->got == MESSAGE;
}

static void
run(struct client *client, long count, long at_once, bool hold)
{
	struct epoll_event event[64];
	long started = 0, done = 0;

	while (started < at_once)
		client_start(&client[started++]);
	while (done < count) {
		int n = epoll_wait(epoll_fd, event, 64, 20000);

		if (n < 1)
			errx(1, "%ld of %ld are done, and nothing happens",
			    done, count);
		for (int i = 0; i < n; i++) {
			struct client *c = event[i].data.ptr;

			if (!client_step(c))
				continue;
			done++;
			if (hold) {
				epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd,
				    NULL);
				if (started < count)
					client_start(&client[started++]);
				continue;
			}
			close(c->fd);
			if (started++ < count)
				client_start(c);
		}
	}
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	struct client *client;
	bool hold = argc == 5 && strcmp(argv[1], "hold") == 0;
	long count, at_once;
	int64_t began;
	char byte;

	if (!hold && (argc != 6 || strcmp(argv[1], "rate") != 0))
		errx(1, "see the comment in clients.c");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	server = common_address(argv[2], argv[3]);
	count = common_number(argv[4], 1, 1000000, "count");
	at_once = hold ? (count < 100 ? count : 100) :
	    common_number(argv[5], 1, count, "number at once");
	client = calloc((size_t)(hold ? count : at_once), sizeof(*client));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (client == NULL || epoll_fd == -1)
		err(1, "clients");
	began = common_now();
	run(client, count, at_once, hold);
	if (hold) {
		printf("held %ld\n", count);
		fflush(stdout);
		while (read(STDIN_FILENO, &byte, 1) > 0)
			continue;
	} else {
		printf("%.6f\n", (double)(common_now() - began) / 1e9);
	}
	return 0;
}
