/* SPDX-License-Identifier: ISC */
/*
 * Many clients of an echo server.
 *
 * usage: clients rate HOST PORT COUNT AT_ONCE [TARGET]
 *		COUNT connections, AT_ONCE of them at a time: each sends 64
 *		bytes, waits for all of them to come back, and closes.  Prints
 *		the seconds that it took.
 *	  clients hold HOST PORT COUNT [TARGET]
 *		COUNT connections at once: each sends 64 bytes and waits for
 *		them to come back.  Then prints "held COUNT", and leaves when
 *		standard input ends.
 *
 * With TARGET, HOST and PORT are those of a SOCKS5 proxy (RFC 1928), which is
 * asked for port TARGET of HOST.
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
	int	step;		/* number of that below */
	bool	sent;
	size_t	got;
};

/* What is said, and how many bytes are then awaited. */
static struct step {
	unsigned char	say[MESSAGE];
	size_t		length;
	size_t		answer;
} steps[] = {
	{ { 5, 1, 0 }, 3, 2 },
	{ { 5, 1, 0, 1 }, 10, 10 },
	{ { 'x' }, MESSAGE, MESSAGE },
};

#define STEPS	((int)(sizeof(steps) / sizeof(steps[0])))

static int			first_step = STEPS - 1;
static struct sockaddr_in	server;
static int			epoll_fd;

static void
client_start(struct client *c)
{
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = c };

	c->step = first_step;
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

static void
client_say(struct client *c)
{
	const struct step *s = &steps[c->step];

	if (send(c->fd, s->say, s->length, MSG_NOSIGNAL) !=
	    (ssize_t)s->length)
		err(1, "send");
	c->got = 0;
}

/* Whether its message is back. */
static bool
client_step(struct client *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	unsigned char text[MESSAGE];
	ssize_t n;

	if (!c->sent) {
		client_say(c);
		c->sent = true;
		epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
		return false;
	}
	n = recv(c->fd, text, steps[c->step].answer - c->got, 0);
	if (n == -1 && errno == EAGAIN)
		return false;
	if (n < 1)
		errx(1, "after %zu bytes: %s", c->got, n == 0 ? "the end" :
		    strerror(errno));
	if (c->step < STEPS - 1 && c->got < 2 && (size_t)n >= 2 - c->got &&
	    text[1 - c->got] != 0)
		errx(1, "the proxy says no: %d", text[1 - c->got]);
	c->got += (size_t)n;
	if (c->got < steps[c->step].answer)
		return false;
	if (++c->step == STEPS)
		return true;
	client_say(c);
	return false;
}

/* Ask a proxy for that port of the same host. */
static void
use_proxy(const char *host, const char *port)
{
	const struct sockaddr_in target = common_address(host, port);

	memcpy(steps[1].say + 4, &target.sin_addr, 4);
	memcpy(steps[1].say + 8, &target.sin_port, 2);
	first_step = 0;
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
	bool hold = argc >= 5 && strcmp(argv[1], "hold") == 0;
	int words = hold ? 5 : 6;
	long count, at_once;
	int64_t began;
	char byte;

	if ((!hold && (argc < 2 || strcmp(argv[1], "rate") != 0)) ||
	    (argc != words && argc != words + 1))
		errx(1, "see the comment in clients.c");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	server = common_address(argv[2], argv[3]);
	if (argc == words + 1)
		use_proxy(argv[2], argv[words]);
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
